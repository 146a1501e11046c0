"""What happens to a Failed Suppliers file before its rows are read, and the SRP register."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.world import (
    BEFORE,
    FAILED_SUPPLIERS,
    INSTRUCTION,
    NOW,
    SRP,
    SUPPLIER,
    DspWorld,
    dsp_world,
    fail_the_supplier,
)

from stayon.checks.facts import SrpRegistration
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.parties.dsp.data_management.plain_text import PlainTextCheck
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.audit import AuditQuery
from stayon.ports.scanning import ScannerUnavailable

OTHER = Eui64.parse("00-DB-12-34-00-00-00-77")
PAIR = SrpRegistration(OTHER, SRP, "PMA-7", BEFORE, None)


class Scanner:
    description = "a scanner of the test"

    def __init__(self, found: str | None = None, *, down: bool = False) -> None:
        self.found = found
        self.down = down

    async def scan(self, content: bytes) -> str | None:
        if self.down:
            raise ScannerUnavailable("down")
        return self.found


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[DspWorld]:
    async with dsp_world(tmp_path) as world:
        yield world


@pytest.mark.requirement("D1", "T2")
async def test_the_trail_says_what_looked_at_a_file(world: DspWorld) -> None:
    administration = world.dsp.administration
    await administration.enter_instruction(INSTRUCTION)
    await administration.upload(FAILED_SUPPLIERS, "pat")
    administration.scanner = Scanner()
    await administration.upload(FAILED_SUPPLIERS, "pat")
    rows = await world.store.audit_rows(AuditQuery(code="uploaded"))
    details = sorted(row.entry.detail for row in rows)
    assert "nothing was scanned" in details[0]
    assert "a scanner of the test" in details[1]


@pytest.mark.requirement("D1", refuses=True)
async def test_no_upload_with_malware_or_without_a_verdict(world: DspWorld) -> None:
    administration = world.dsp.administration
    await administration.enter_instruction(INSTRUCTION)
    administration.scanner = Scanner("Eicar")
    with pytest.raises(FileError, match="Eicar"):
        await administration.upload(FAILED_SUPPLIERS, "pat")
    (row,) = await world.store.audit_rows(AuditQuery(code="upload refused"))
    assert row.entry.detail.startswith("pat: Eicar")
    administration.scanner = Scanner(down=True)
    with pytest.raises(ScannerUnavailable):
        await administration.upload(FAILED_SUPPLIERS, "pat")
    assert await world.store.failed_suppliers_files() == ()


@pytest.mark.requirement("D1", refuses=True)
@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,\xff\n", "octet 2 is not UTF-8"),
        (b"a,b\nc\x00,d\n", "row 2, character 2 is a control character"),
        ("a\u202eb".encode(), "row 1, character 2 is a control character"),
        (b'a,b\nc," =cmd()"\n', "row 2, column 2 would be a formula"),
        (b"PK\x03\x04", "row 1, character 3 is a control character"),
    ],
)
async def test_without_a_scanner_only_plain_text_is_taken(content: bytes, words: str) -> None:
    found = await PlainTextCheck().scan(content)
    assert found is not None
    assert words in found


@pytest.mark.requirement("D1")
async def test_plain_text_is_plain() -> None:
    assert await PlainTextCheck().scan(b"\xef\xbb\xbf" + FAILED_SUPPLIERS) is None


@pytest.mark.requirement("D2")
async def test_the_difference_to_the_list_in_force(world: DspWorld) -> None:
    await fail_the_supplier(world)
    administration = world.dsp.administration
    same = await administration.upload(FAILED_SUPPLIERS, "pat")
    assert await administration.difference(same.file_id) == []
    changed = await administration.upload(
        FAILED_SUPPLIERS.replace(b"Example Energy", b"Example Power"), "pat"
    )
    removed, added = await administration.difference(changed.file_id)
    assert (removed.added, removed.row.supplier_name) == (False, "Example Energy")
    assert (added.added, added.row.supplier_name) == (True, "Example Power")


@pytest.mark.requirement("decision 8")
async def test_a_pair_is_registered_and_ended(world: DspWorld) -> None:
    administration = world.dsp.administration
    await administration.register_srp(PAIR, "pat")
    reference = await world.dsp.view.current()
    assert reference.srp_registrations(OTHER) == (PAIR,)
    assert reference.srp_registrations(SUPPLIER) != ()
    ended = replace(PAIR, effective_to=NOW)
    await administration.register_srp(ended, "kim")
    assert (await world.dsp.view.current()).srp_registrations(OTHER) == (ended,)
    await administration.register_srp(replace(PAIR, effective_from=NOW), "kim")
    assert len((await world.dsp.view.current()).srp_registrations(OTHER)) == 2
    rows = await world.store.audit_rows(AuditQuery(code="srp register"))
    assert len(rows) == 3


@pytest.mark.requirement("decision 8", refuses=True)
async def test_pairs_that_cannot_be_registered(world: DspWorld) -> None:
    register = world.dsp.administration.register_srp
    await register(PAIR, "pat")
    for wrong, words in [
        (replace(PAIR, reference=" "), "the PMA's reference"),
        (replace(PAIR, effective_to=BEFORE), "does not end before"),
        (replace(PAIR, srp=OTHER), "is no SolrContingency User"),
        (replace(PAIR, effective_from=BEFORE + timedelta(days=1)), "is registered already"),
    ]:
        with pytest.raises(AdministrationError, match=words):
            await register(wrong, "pat")
