"""XML Schema's ways to write values."""

import base64
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.duis.strategies import schedule_dates, switch_times

from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import ScheduleDate, SwitchTime
from stayon.duis import lexical
from stayon.duis.errors import DuisError


@pytest.mark.parametrize(
    ("text", "number"), [("7", 7), (" +7\n", 7), ("007", 7), ("-0", 0), ("-3", -3)]
)
def test_integers(text: str, number: int) -> None:
    assert lexical.integer(text, "x", lexical.INT) == number


@pytest.mark.parametrize("text", ["", "1.0", "1_000", "1e3", "٣", "\xa01", "- 1", "1" * 41])
def test_what_is_no_integer(text: str) -> None:
    with pytest.raises(DuisError, match=r"x: .* is not an integer"):
        lexical.integer(text, "x", lexical.INT)


@pytest.mark.parametrize("bounds", [lexical.INT, lexical.UNSIGNED_INT, lexical.UNSIGNED_SHORT])
def test_integers_out_of_bounds(bounds: tuple[int, int]) -> None:
    low, high = bounds
    assert lexical.integer(str(low), "x", bounds) == low
    assert lexical.integer(str(high), "x", bounds) == high
    for number in (low - 1, high + 1):
        with pytest.raises(DuisError, match="is not in"):
            lexical.integer(str(number), "x", bounds)


def test_booleans() -> None:
    assert [lexical.boolean(text, "x") for text in ("true", " 1 ", "false", "0")] == [
        *(True, True, False, False)
    ]
    for text in ("True", "yes", "", "2"):
        with pytest.raises(DuisError, match="is not true or false"):
            lexical.boolean(text, "x")


@given(st.binary(max_size=60), st.integers(0, 60))
def test_base64_with_white_space_anywhere(octets: bytes, place: int) -> None:
    text = base64.b64encode(octets).decode()
    assert lexical.base64_octets(text[:place] + " \r\n\t" + text[place:], "x") == octets


@given(st.text("AQ/=", max_size=12))
def test_one_text_for_each_run_of_octets(text: str) -> None:
    try:
        octets = lexical.base64_octets(text, "x")
    except DuisError:
        return
    assert base64.b64encode(octets).decode() == text


@pytest.mark.parametrize(
    "text", ["3q=", "3q", "3q==3q==", "=", "3-q=", "3q==x", "3é==", "3r==", "AAAA="]
)
def test_what_is_no_canonical_base64(text: str) -> None:
    with pytest.raises(DuisError, match="base64"):
        lexical.base64_octets(text, "x")


def test_hexadecimal_codes() -> None:
    assert lexical.hexadecimal(" 8f66 ", "x") == 0x8F66
    for text in ("8F6", "8F666", "8F6G", ""):
        with pytest.raises(DuisError, match="is not four hexadecimal digits"):
            lexical.hexadecimal(text, "x")


def test_eui64_needs_its_hyphens() -> None:
    text = "90-b3-D5-1F-30-01-00-00"
    assert lexical.eui64(f" {text} ", "DeviceID") == Eui64.parse(text)
    for other in (text.replace("-", ""), text[:-1], "x"):
        with pytest.raises(DuisError, match="DeviceID"):
            lexical.eui64(other, "DeviceID")


def test_a_request_id_that_is_none() -> None:
    with pytest.raises(DuisError, match=r"PrecedingServiceRequestID: .*originator:target:counter"):
        lexical.request_id("1:2:3", "PrecedingServiceRequestID")


@pytest.mark.parametrize(
    ("text", "instant"),
    [
        ("2030-01-15T09:00:00.00Z", datetime(2030, 1, 15, 9, tzinfo=UTC)),
        (" 2030-01-15T09:00:00+01:30 ", datetime(2030, 1, 15, 7, 30, tzinfo=UTC)),
        ("2030-01-15T09:00:00-14:00", datetime(2030, 1, 15, 23, tzinfo=UTC)),
        ("2029-12-31T24:00:00.000Z", datetime(2030, 1, 1, tzinfo=UTC)),
        ("2030-01-15T09:00:00.1234560Z", datetime(2030, 1, 15, 9, 0, 0, 123456, UTC)),
        ("3000-12-31T00:00:00.00Z", datetime(3000, 12, 31, tzinfo=UTC)),
    ],
)
def test_instants(text: str, instant: datetime) -> None:
    assert lexical.instant(text, "x") == instant


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("2030-01-15", "is not a date and time"),
        ("2030-01-15T9:00:00Z", "is not a date and time"),
        ("2030-01-15T09:00:00", "has no time zone"),
        ("2030-02-30T09:00:00Z", "in the years 1 to 9999"),
        ("-0001-02-28T09:00:00Z", "in the years 1 to 9999"),
        ("65536-02-28T09:00:00Z", "in the years 1 to 9999"),
        ("9999-12-31T24:00:00Z", "in the years 1 to 9999"),
        ("0001-01-01T00:00:00+01:00", "in the years 1 to 9999"),
        ("2030-01-15T24:00:00.5Z", "later than 24:00:00"),
        ("2030-01-15T09:00:00.0000001Z", "at most 6 digits"),
    ],
)
def test_what_is_no_instant(text: str, rule: str) -> None:
    with pytest.raises(DuisError, match=f"x: .*{rule}"):
        lexical.instant(text, "x")


@given(switch_times)
def test_times_are_kept_as_they_are_written(time: SwitchTime) -> None:
    assert lexical.switch_time(f" {lexical.write_switch_time(time)} ", "x") == time


@given(schedule_dates)
def test_dates_are_kept_as_they_are_written(date: ScheduleDate) -> None:
    assert lexical.schedule_date(f"\n{lexical.write_schedule_date(date)}", "x") == date


@pytest.mark.requirement("R5", refuses=True)
def test_what_xml_can_say_and_a_meter_cannot_be_told() -> None:
    assert lexical.switch_time("24:00:00", "x") == SwitchTime(24, 0, 0, 0, None)
    assert lexical.switch_time("00:00:00+01:00", "x") == SwitchTime(0, 0, 0, 0, 60)
    assert lexical.switch_time("00:00:00.070-00:30", "x") == SwitchTime(0, 0, 0, 7, -30)
    assert lexical.schedule_date("65536-01-01Z", "x") == ScheduleDate(65536, 1, 1)
    assert lexical.schedule_date("-0001-01-01", "x") == ScheduleDate(-1, 1, 1, None)


@pytest.mark.parametrize("text", ["9:00:00", "25:00:00", "24:01:00", "00:00:00.005", "00:00", ""])
def test_what_is_no_time(text: str) -> None:
    with pytest.raises(DuisError, match="x: "):
        lexical.switch_time(text, "x")


@pytest.mark.parametrize("text", ["15-01-01", "2015-13-01", "2015-01-32", "2015-01-01+15:00", ""])
def test_what_is_no_date(text: str) -> None:
    with pytest.raises(DuisError, match="is not a date"):
        lexical.schedule_date(text, "x")
