"""The electricity non-disablement calendar: special days (class 11) and schedule (class 10).

Source: GBCS use case ECS08a; reference gbcs.md 2.4 and 2.5. Rows and days count from 1 in errors,
as they do on the wire.
"""

import struct
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
    Weekday,
)
from stayon.gbcs.cosem import (
    Array,
    BitString,
    Boolean,
    CosemData,
    LongUnsigned,
    OctetString,
    Structure,
    Unsigned,
)
from stayon.gbcs.prepayment_fields import (
    require_count,
    require_range,
    require_time,
    require_utc_offset,
)

_MAX_SPECIAL_DAYS, _MAX_ROWS = 20, 22
_ENABLED = Boolean(0xFF)
_SCRIPT_TABLE = OctetString(bytes((0, 0, 10, 0, 106, 255)))
_ANY_TIME_LATER = LongUnsigned(0xFFFF)
"""The validity window: a switch missed during an outage is made up for however late it is."""

_SCRIPTS: Final = {NonDisablement.START: LongUnsigned(32), NonDisablement.STOP: LongUnsigned(33)}
_ACTIONS: Final = {script: action for action, script in _SCRIPTS.items()}
_WEEK: Final = tuple(Weekday)
_DATE, _TIME = struct.Struct(">HBBB"), struct.Struct("BBBB")
_ANY_YEAR, _ANY = 0xFFFF, 0xFF
_DAY_RULES: Final = {DayOfMonthRule.LAST: 0xFE, DayOfMonthRule.SECOND_LAST: 0xFD}
_RULES_OF_DAY: Final = {octet: rule for rule, octet in _DAY_RULES.items()}


def encode_special_days(days: tuple[ElectricitySpecialDay, ...]) -> Array:
    """Raises ``FieldError`` for more than 20 days or a date that has no wildcard form."""
    require_count(days, 0, _MAX_SPECIAL_DAYS, "special_days")
    return Array(_encode_special_day(day, n) for n, day in enumerate(days, 1))


def _encode_special_day(day: ElectricitySpecialDay, number: int) -> Structure:
    field = f"special day {number}"
    index = require_range(day.index, 1, _MAX_SPECIAL_DAYS, f"{field} index")
    date = OctetString(_encode_pattern(day.date, f"{field} date"))
    return Structure((LongUnsigned(index), date, Unsigned(index)))


def decode_special_days(data: CosemData) -> tuple[ElectricitySpecialDay, ...]:
    """The inverse; raises ``FieldError`` for any other form."""
    if not isinstance(data, Array):
        raise FieldError("special_days", f"is {data.NAME}, not an array")
    require_count(data.items, 0, _MAX_SPECIAL_DAYS, "special_days")
    return tuple(_decode_special_day(day, n) for n, day in enumerate(data.items, 1))


def _decode_special_day(data: CosemData, number: int) -> ElectricitySpecialDay:
    field = f"special day {number}"
    match data:
        case Structure((LongUnsigned(index), OctetString(date), Unsigned(day_id))):
            require_range(index, 1, _MAX_SPECIAL_DAYS, f"{field} index")
            if index != day_id:
                raise FieldError(f"{field} day id", f"{day_id} differs from the index {index}")
            return ElectricitySpecialDay(index, _decode_pattern(date, f"{field} date"))
    raise FieldError(field, "is not a structure of index, date and day id")


def _encode_pattern(date: DatePattern, field: str) -> bytes:
    year, month, day, weekday = _ANY_YEAR, _ANY, _ANY, _ANY
    if date.year is not None:
        year = require_range(date.year, 0, _ANY_YEAR - 1, f"{field} year")
    if date.month is not None:
        month = require_range(date.month, 1, 12, f"{field} month")
    if isinstance(date.day, DayOfMonthRule):
        day = _DAY_RULES[date.day]
    elif date.day is not None:
        day = require_range(date.day, 1, 31, f"{field} day")
    if date.weekday is not None:
        weekday = date.weekday.value
    return _DATE.pack(year, month, day, weekday)


def _decode_pattern(octets: bytes, field: str) -> DatePattern:
    year, month, day, weekday = _unpack(_DATE, octets, field)
    if month != _ANY:
        require_range(month, 1, 12, f"{field} month")
    if day != _ANY and day not in _RULES_OF_DAY:
        require_range(day, 1, 31, f"{field} day")
    if weekday != _ANY:
        require_range(weekday, 1, 7, f"{field} weekday")
    return DatePattern(
        year=None if year == _ANY_YEAR else year,
        month=None if month == _ANY else month,
        day=None if day == _ANY else _RULES_OF_DAY.get(day, day),
        weekday=None if weekday == _ANY else Weekday(weekday),
    )


def encode_schedule(rows: tuple[ElectricityScheduleRow, ...], special_days: int) -> Array:
    """``special_days`` is how many there are: each row has a bit for each.

    Raises ``FieldError`` naming the row and what of it does not fit.
    """
    require_count(rows, 1, _MAX_ROWS, "schedule")
    return Array(_encode_row(row, n, special_days) for n, row in enumerate(rows, 1))


def _encode_row(row: ElectricityScheduleRow, number: int, special_days: int) -> Structure:
    field = f"schedule row {number}"
    for index in row.special_days:
        require_range(index, 1, special_days, f"{field} special_days")
    weekdays = "".join("1" if day in row.weekdays else "0" for day in _WEEK)
    applicable = "".join("1" if n in row.special_days else "0" for n in range(1, special_days + 1))
    return Structure(
        (
            LongUnsigned(number),
            _ENABLED,
            _SCRIPT_TABLE,
            _SCRIPTS[row.script],
            _encode_time(row.switch_time, f"{field} switch_time"),
            _ANY_TIME_LATER,
            BitString.of(weekdays),
            BitString.of(applicable),
            _encode_date(row.start, f"{field} start"),
            _encode_date(row.end, f"{field} end"),
        )
    )


def _encode_time(time: SwitchTime, field: str) -> OctetString:
    require_time(time, field)
    return OctetString(_TIME.pack(time.hour, time.minute, time.second, time.hundredths))


def _encode_date(date: ScheduleDate, field: str) -> OctetString:
    require_utc_offset(date.offset_minutes, field)
    year = require_range(date.year, 0, 0xFFFF, f"{field} year")
    month = require_range(date.month, 1, 12, f"{field} month")
    day = require_range(date.day, 1, 31, f"{field} day")
    return OctetString(_DATE.pack(year, month, day, _ANY))


def decode_schedule(data: CosemData, special_days: int) -> tuple[ElectricityScheduleRow, ...]:
    """The inverse of ``encode_schedule``; raises ``FieldError`` for any other form."""
    if not isinstance(data, Array):
        raise FieldError("schedule", f"is {data.NAME}, not an array")
    require_count(data.items, 1, _MAX_ROWS, "schedule")
    return tuple(_decode_row(row, n, special_days) for n, row in enumerate(data.items, 1))


def _decode_row(data: CosemData, number: int, special_days: int) -> ElectricityScheduleRow:
    field = f"schedule row {number}"
    match data:
        case Structure(
            (
                LongUnsigned() as entry,
                Boolean() as enabled,
                OctetString() as table,
                LongUnsigned() as script,
                OctetString(time),
                LongUnsigned() as window,
                BitString() as weekdays,
                BitString() as applicable,
                OctetString(start),
                OctetString(end),
            )
        ):
            _require(entry, LongUnsigned(number), f"{field} number")
            _require(enabled, _ENABLED, f"{field} enabled")
            _require(table, _SCRIPT_TABLE, f"{field} script table")
            _require(window, _ANY_TIME_LATER, f"{field} validity window")
            if script not in _ACTIONS:
                raise FieldError(f"{field} script", f"{script.value} is neither 32 nor 33")
            bits = _bits(weekdays, len(_WEEK), f"{field} weekdays")
            days = _bits(applicable, special_days, f"{field} special_days")
            return ElectricityScheduleRow(
                script=_ACTIONS[script],
                special_days=frozenset(n for n, bit in enumerate(days, 1) if bit == "1"),
                weekdays=frozenset(day for day, bit in zip(_WEEK, bits, strict=True) if bit == "1"),
                switch_time=_decode_time(time, f"{field} switch_time"),
                start=_decode_date(start, f"{field} start"),
                end=_decode_date(end, f"{field} end"),
            )
    raise FieldError(field, "is not a structure of the ten fields of a schedule entry")


def _decode_time(octets: bytes, field: str) -> SwitchTime:
    time = SwitchTime(*_unpack(_TIME, octets, field))
    require_time(time, field)
    return time


def _decode_date(octets: bytes, field: str) -> ScheduleDate:
    year, month, day, weekday = _unpack(_DATE, octets, field)
    require_range(month, 1, 12, f"{field} month")
    require_range(day, 1, 31, f"{field} day")
    require_range(weekday, _ANY, _ANY, f"{field} weekday")
    return ScheduleDate(year, month, day)


def _unpack(layout: struct.Struct, octets: bytes, field: str) -> tuple[int, ...]:
    if len(octets) != layout.size:
        raise FieldError(field, f"has {len(octets)} octets, not {layout.size}")
    return layout.unpack(octets)


def _bits(data: BitString, size: int, field: str) -> str:
    if data.size != size:
        raise FieldError(field, f"has {data.size} bits, not {size}")
    if "1" in data.padding:
        raise FieldError(field, "a bit that pads the last octet is set")
    return data.bits


def _require(found: CosemData, expected: CosemData, field: str) -> None:
    if found != expected:
        raise FieldError(field, f"is {found}, not {expected}")
