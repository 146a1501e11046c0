"""XML Schema's ways to write values, read strictly.

Each function takes the text between the tags and the name of the element, and raises ``DuisError``
for text that is not of the type. Types that collapse white space lose it at both ends, strings do
not. Source: XML Schema Part 2, second edition, section 3.
"""

import binascii
import re
from datetime import UTC, datetime, timedelta
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import ScheduleDate, SwitchTime
from stayon.domain.request_id import RequestId
from stayon.duis.errors import DuisError

WHITE_SPACE: Final = " \t\r\n"

_INTEGER = re.compile(r"[+-]?[0-9]{1,40}\Z")
_ZONE = r"(?P<zone>Z|[+-](?:0[0-9]|1[0-3]):[0-5][0-9]|[+-]14:00)?\Z"
_TIME_OF_DAY = (
    r"(?P<hour>[01][0-9]|2[0-4]):(?P<minute>[0-5][0-9]):(?P<second>[0-5][0-9])"
    r"(?:\.(?P<fraction>[0-9]{1,40}))?"
)
_DAY = r"(?P<month>0[1-9]|1[0-2])-(?P<day>0[1-9]|[12][0-9]|3[01])"
_TIME = re.compile(_TIME_OF_DAY + _ZONE)
_DATE = re.compile(r"(?P<year>-?[0-9]{4,18})-" + _DAY + _ZONE)
_DATE_TIME = re.compile(r"(?P<year>-?[0-9]{4,18})-" + _DAY + "T" + _TIME_OF_DAY + _ZONE)
_BOOLEANS: Final = {"true": True, "1": True, "false": False, "0": False}

INT: Final = (-(2**31), 2**31 - 1)
"""Bounds of xs:int."""
UNSIGNED_INT: Final = (0, 2**32 - 1)
UNSIGNED_SHORT: Final = (0, 2**16 - 1)
UNSIGNED_LONG: Final = (0, 2**64 - 1)


def integer(text: str, field: str, bounds: tuple[int, int]) -> int:
    """An integer within ``bounds``, both included."""
    text = text.strip(WHITE_SPACE)
    if _INTEGER.match(text) is None:
        raise DuisError(field, f"{text[:40]!r} is not an integer")
    number = int(text)
    low, high = bounds
    if not low <= number <= high:
        raise DuisError(field, f"{number} is not in {low}..{high}")
    return number


def boolean(text: str, field: str) -> bool:
    """``true``, ``false``, ``1`` or ``0``."""
    value = _BOOLEANS.get(text.strip(WHITE_SPACE))
    if value is None:
        raise DuisError(field, f"{text[:40]!r} is not true or false")
    return value


def base64_octets(text: str, field: str) -> bytes:
    """Canonical base64: padded, no stray bits; white space may stand anywhere."""
    try:
        octets = binascii.a2b_base64(text, strict_mode=True)
    except ValueError:
        text = "".join(text.split())
        try:
            octets = binascii.a2b_base64(text, strict_mode=True)
        except ValueError:
            raise DuisError(field, "is not base64") from None
    if text.endswith("="):
        last = octets[-(len(octets) % 3) :]
        if binascii.b2a_base64(last, newline=False).decode() != text[-4:]:
            raise DuisError(field, "is not canonical base64: bits are set that belong to no octet")
    return octets


def hexadecimal(text: str, field: str) -> int:
    """The number that two octets in hexadecimal (an alert or message code) stand for."""
    text = text.strip(WHITE_SPACE)
    if re.match(r"[0-9A-Fa-f]{4}\Z", text) is None:
        raise DuisError(field, f"{text[:40]!r} is not four hexadecimal digits")
    return int(text, 16)


def eui64(text: str, field: str) -> Eui64:
    """Eight hexadecimal pairs with hyphens."""
    text = text.strip(WHITE_SPACE)
    try:
        value = Eui64.parse(text)
    except FieldError as error:
        raise DuisError(field, error.rule) from None
    if len(text) != 23:
        raise DuisError(field, f"{text!r} lacks the hyphens")
    return value


def request_id(text: str, field: str) -> RequestId:
    """``originator:target:counter``; a ResponseID has the same form."""
    try:
        return RequestId.parse(text.strip(WHITE_SPACE))
    except FieldError as error:
        raise DuisError(field, error.rule) from None


def instant(text: str, field: str) -> datetime:
    """An xs:dateTime as an instant in UTC.

    It needs a zone, a year from 1 to 9999, and no more than microseconds; 24:00:00 is the next
    day's midnight.
    """
    match = _DATE_TIME.match(text.strip(WHITE_SPACE))
    if match is None:
        raise DuisError(field, f"{text[:40]!r} is not a date and time")
    if match["zone"] is None:
        raise DuisError(field, f"{text[:40]!r} has no time zone: it is not an instant")
    time = _time_of_day(match, field, digits=6)
    try:
        midnight = datetime(int(match["year"]), int(match["month"]), int(match["day"]), tzinfo=UTC)
        return midnight + time - timedelta(minutes=_offset(match["zone"]) or 0)
    except (ValueError, OverflowError):
        raise DuisError(field, f"{text[:40]!r} is not a date in the years 1 to 9999") from None


def switch_time(text: str, field: str) -> SwitchTime:
    """An xs:time, to the hundredth of a second, as it is written: nothing is converted."""
    match = _TIME.match(text.strip(WHITE_SPACE))
    if match is None:
        raise DuisError(field, f"{text[:40]!r} is not a time of day")
    _time_of_day(match, field, digits=2)
    hundredths = int((match["fraction"] or "").ljust(2, "0")[:2])
    return SwitchTime(
        int(match["hour"]),
        int(match["minute"]),
        int(match["second"]),
        hundredths,
        _offset(match["zone"]),
    )


def schedule_date(text: str, field: str) -> ScheduleDate:
    """An xs:date as it is written, whatever its year (65535 is the wildcard of GBCS)."""
    match = _DATE.match(text.strip(WHITE_SPACE))
    if match is None:
        raise DuisError(field, f"{text[:40]!r} is not a date")
    year, month, day = int(match["year"]), int(match["month"]), int(match["day"])
    return ScheduleDate(year, month, day, _offset(match["zone"]))


def _time_of_day(match: re.Match[str], field: str, digits: int) -> timedelta:
    """The time since midnight; its fraction must be exact in ``digits`` digits."""
    hour, minute, second = int(match["hour"]), int(match["minute"]), int(match["second"])
    fraction = match["fraction"] or ""
    if fraction[digits:].strip("0"):
        raise DuisError(field, f"a fraction of a second has at most {digits} digits here")
    microseconds = int(fraction[:6].ljust(6, "0"))
    if hour == 24 and (minute or second or fraction.strip("0")):
        raise DuisError(field, "no time is later than 24:00:00")
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=microseconds)


def _offset(zone: str | None) -> int | None:
    """Minutes east of UTC."""
    if zone is None:
        return None
    if zone == "Z":
        return 0
    minutes = int(zone[1:3]) * 60 + int(zone[4:6])
    return -minutes if zone[0] == "-" else minutes


def write_switch_time(time: SwitchTime) -> str:
    """``hh:mm:ss.cc`` and the zone: what ``switch_time`` reads."""
    return (
        f"{time.hour:02d}:{time.minute:02d}:{time.second:02d}.{time.hundredths:02d}"
        f"{_write_offset(time.offset_minutes)}"
    )


def write_schedule_date(date: ScheduleDate) -> str:
    """``yyyy-mm-dd`` and the zone: what ``schedule_date`` reads."""
    year = f"-{-date.year:04d}" if date.year < 0 else f"{date.year:04d}"
    return f"{year}-{date.month:02d}-{date.day:02d}{_write_offset(date.offset_minutes)}"


def _write_offset(minutes: int | None) -> str:
    if minutes is None:
        return ""
    if minutes == 0:
        return "Z"
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}"
