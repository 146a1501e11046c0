"""The catalogue of use cases: complete, consistent, and refused when it is not."""

import csv

import pytest
from tests.reference import SHARED, needs_shared, rtds_files

from stayon.adapters.package_data import read
from stayon.domain.errors import FieldError
from stayon.domain.metering import DeviceType
from stayon.gbcs.catalogue import (
    PACKAGE_PATH,
    CatalogueEntry,
    Kind,
    PayloadFamily,
    parse_catalogue,
)
from stayon.gbcs.frame import Cra, parse_frame
from stayon.gbcs.prepayment_configuration import UseCase

SHIPPED = read(PACKAGE_PATH)
CATALOGUE = parse_catalogue(SHIPPED)
HEADER = b"message_code,kind,use_cases,service_requests,devices,payloads,name\n"


def test_a_code_stands_for_a_use_case() -> None:
    assert CATALOGUE.find(0x006F) == CatalogueEntry(
        message_code=0x006F,
        kind=Kind.COMMAND,
        use_cases=("GCS05",),
        service_requests=("2.1",),
        devices=frozenset({DeviceType.GSME}),
        payloads=frozenset({PayloadFamily.GBZ}),
        name="Update the prepayment configuration, gas",
    )
    assert CATALOGUE.find(0xFFFF) is None


def test_look_up_by_use_case_and_service_request() -> None:
    assert [e.message_code for e in CATALOGUE.of_use_case("ECS08a")] == [0x00CC, 0x00DE]
    codes = {e.message_code for e in CATALOGUE.of_service_request("2.1") if e.kind is Kind.COMMAND}
    assert codes == {use_case.value for use_case in UseCase}
    assert CATALOGUE.of_use_case("ECS08x") == CATALOGUE.of_service_request("NA") == ()


def test_what_ships() -> None:
    codes = [entry.message_code for entry in CATALOGUE.entries]
    assert codes == sorted(codes)
    assert len(codes) == 233
    assert all(e.name and e.use_cases and e.devices and e.payloads for e in CATALOGUE.entries)
    names = [entry.name for entry in CATALOGUE.entries]
    assert len(set(names)) == len(names)


@needs_shared
def test_every_reference_message_is_in_it() -> None:
    for path in rtds_files():
        frame = parse_frame(bytes.fromhex(path.read_text()))
        entry = CATALOGUE.find(frame.message_code)
        assert entry is not None, path.name
        assert (entry.kind is Kind.ALERT) == (frame.cra is Cra.ALERT), path.name
        assert any(path.name.startswith(code[:4]) for code in entry.use_cases), path.name


@needs_shared
def test_it_agrees_with_the_facts() -> None:
    with (SHARED / "reference" / "usecases.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    facts = {int(code, 16) for row in rows for code in row["message_code"].split()}
    facts |= {int(row["alert_message_code"], 16) for row in rows if row["alert_message_code"]}
    assert facts == {entry.message_code for entry in CATALOGUE.entries}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (b"", "use case catalogue, line 1"),
        (b"code,name\n", "use case catalogue, line 1"),
        (HEADER + b"00DE,command\n", "use case catalogue, line 2"),
        (HEADER + b"xyz,command,A,2.1,ESME,DLMS,x\n", "use case catalogue, line 2"),
        (HEADER + b"00DE,order,A,2.1,ESME,DLMS,x\n", "use case catalogue, line 2"),
        (HEADER + b"00DE,command,A,2.1,TOASTER,DLMS,x\n", "use case catalogue, line 2"),
        (HEADER + b"00DE,command,A,2.1,ESME,XML,x\n", "use case catalogue, line 2"),
        (HEADER + 2 * b"00DE,command,A,2.1,ESME,DLMS,x\n", "use case catalogue, line 3"),
    ],
)
def test_a_broken_catalogue_is_refused(data: bytes, field: str) -> None:
    with pytest.raises(FieldError) as error:
        parse_catalogue(data)
    assert error.value.field == field
