"""The SSMI's pages over a DSP that holds nothing yet."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.difference import changes
from stayon.ports.store_reference import FailedSupplierRow, FailedSuppliersFile, Withdrawal

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)
ROW = FailedSupplierRow(Eui64(bytes(8)), "Brightside", (), Eui64(b"srp-user"), "OFG-1", NOW, None)
OTHER = replace(ROW, supplier=Eui64(b"supplier"))


def file(
    number: int, *rows: FailedSupplierRow, withdrawn: tuple[int, ...] = ()
) -> FailedSuppliersFile:
    withdrawals = {index: Withdrawal("bob", NOW, "mistake") for index in withdrawn}
    return FailedSuppliersFile(number, b"", "alice", NOW, rows, withdrawals=withdrawals)


@pytest.mark.requirement("D2")
def test_the_difference_to_the_list_in_force() -> None:
    def told(applied: FailedSuppliersFile | None, wanted: FailedSuppliersFile) -> list[object]:
        return [(change.row, change.added) for change in changes(applied, wanted)]

    assert told(None, file(1, ROW)) == [(ROW, True)]
    assert told(file(1, ROW), file(2, ROW)) == []
    assert told(file(1, ROW), file(2, OTHER)) == [(ROW, False), (OTHER, True)]
    assert told(file(1, ROW, OTHER, withdrawn=(0,)), file(2, ROW, OTHER)) == [(ROW, True)]
