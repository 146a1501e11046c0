import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import MAX_COUNTER
from stayon.parties.srp.portfolio import COLUMNS, PortfolioError, dump_portfolio, load_portfolio

HEADER = ",".join(COLUMNS)
GOOD = (
    "00-DB-12-34-56-78-90-A0,90B3D51F30010000,electricity,SMETS2,1234567890123,csp-north,"
    "4.1,17,AB1 2CD"
)


def file_of(*rows: str) -> bytes:
    return "\n".join((HEADER, *rows)).encode()


def problems_of(data: bytes) -> list[str]:
    with pytest.raises(PortfolioError) as refused:
        load_portfolio(data)
    return [str(problem) for problem in refused.value.problems]


@pytest.mark.requirement("decision-5")
def test_a_good_row_is_read() -> None:
    (device,) = load_portfolio(file_of(GOOD))
    assert device == PortfolioDevice(
        Eui64.parse("00db1234567890a0"),
        Eui64.parse("90b3d51f30010000"),
        Fuel.ELECTRICITY,
        Generation.SMETS2,
        "1234567890123",
        Route.CSP_NORTH,
        "4.1",
        17,
        "AB1 2CD",
    )


@pytest.mark.requirement("decision-5")
def test_the_last_three_columns_may_be_empty_and_a_byte_order_mark_is_no_harm() -> None:
    row = "00DB1234567890A1,90B3D51F30010000,gas,SMETS1,123456,s1sp-secure,,,"
    (device,) = load_portfolio(b"\xef\xbb\xbf" + file_of(row))
    assert (device.gbcs_version, device.counter_floor, device.postcode) == (None, 0, None)


def test_an_empty_line_is_no_row() -> None:
    assert len(load_portfolio(file_of("", GOOD, ""))) == 1


@pytest.mark.requirement("decision-5", refuses=True)
@pytest.mark.parametrize(
    ("column", "bad", "rule"),
    [
        ("device_id", "00DB", "sixteen hex digits"),
        ("supplier_id", "x" * 65, "longer than 64"),
        ("fuel", "oil", "electricity or gas"),
        ("smets", "SMETS3", "SMETS1 or SMETS2"),
        ("mpxn", "12345", "13 digits"),
        ("route", "pigeon", "csp-north"),
        ("gbcs_version", "four", "GBCS version"),
        ("counter_floor", "-1", "0..2^64-1"),
        ("counter_floor", "0x", "0..2^64-1"),
        ("counter_floor", str(MAX_COUNTER + 1), "0..2^64-1"),
        ("postcode", "=1+1", "postcode"),
    ],
)
def test_each_bad_field_is_named_by_line_column_and_rule(column: str, bad: str, rule: str) -> None:
    fields = GOOD.split(",")
    fields[COLUMNS.index(column)] = bad
    (problem,) = problems_of(file_of(GOOD.replace("A0,", "A9,"), ",".join(fields)))
    assert problem.startswith(f"line 3, column {column}: ")
    assert rule in problem


@pytest.mark.requirement("decision-5", refuses=True)
def test_all_bad_rows_are_named_at_once() -> None:
    found = problems_of(file_of(GOOD, GOOD, "a,b", GOOD.replace("electricity", "oil")))
    assert [problem.split(":")[0] for problem in found] == [
        "line 3, column device_id",
        "line 4, column -",
        "line 5, column fuel",
    ]


@pytest.mark.requirement("decision-5", refuses=True)
def test_the_route_must_carry_the_generation() -> None:
    (problem,) = problems_of(file_of(GOOD.replace("csp-north", "s1sp-secure")))
    assert problem == "line 2, column route: s1sp-secure carries SMETS1 devices, not SMETS2"


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        (b"", "the header must be"),
        (b"device_id\n", "the header must be"),
        (HEADER.encode() + b"\n", "no devices"),
        (file_of(GOOD) + b"\n\xff", "line 3, column -: the file is not UTF-8"),
        (file_of(GOOD) + b'\n"unfinished', "not CSV"),
    ],
)
def test_a_file_that_is_no_portfolio_is_refused(data: bytes, rule: str) -> None:
    assert rule in problems_of(data)[0]


def test_no_more_than_a_thousand_problems_are_named() -> None:
    assert len(problems_of(file_of(*["a,b"] * 5000))) <= 1001


devices = st.builds(
    PortfolioDevice,
    device_id=st.binary(min_size=8, max_size=8).map(Eui64),
    supplier_id=st.binary(min_size=8, max_size=8).map(Eui64),
    fuel=st.just(Fuel.GAS),
    generation=st.just(Generation.SMETS2),
    mpxn=st.from_regex(r"[0-9]{6,10}", fullmatch=True).filter(str.isascii),
    route=st.sampled_from([Route.CSP_NORTH, Route.CSP_CENTRAL_SOUTH]),
    gbcs_version=st.none() | st.just("4.3"),
    counter_floor=st.integers(0, MAX_COUNTER),
    postcode=st.none() | st.just("EH1 1YZ"),
)


@given(st.lists(devices, min_size=1, max_size=8, unique_by=lambda device: device.device_id))
def test_what_is_written_reads_back(portfolio: list[PortfolioDevice]) -> None:
    assert list(load_portfolio("".join(dump_portfolio(portfolio)).encode())) == portfolio


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(PortfolioError):
        assert load_portfolio(f"{HEADER}\n{text}".encode())
