"""Electricity parameter sets that look like the safe one and are not."""

from dataclasses import replace
from typing import Any

from tests.safe_profile import SAFE_ELECTRICITY

from stayon.domain.prepayment import (
    DatePattern,
    ElectricityCalendar,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    NonDisablement,
    PrepaymentConfiguration,
    ScheduleDate,
    SwitchTime,
    Weekday,
)


def amounts(base: PrepaymentConfiguration, **changes: Any) -> PrepaymentConfiguration:
    return replace(base, **changes)


CALENDAR = SAFE_ELECTRICITY.calendar
ROWS = CALENDAR.schedule
START, STOP = NonDisablement.START, NonDisablement.STOP
YEAR_END = ScheduleDate(65535, 12, 31)
CHRISTMAS = DatePattern(None, 12, 25, None)


def calendar(calendar: ElectricityCalendar) -> PrepaymentConfiguration:
    return replace(SAFE_ELECTRICITY, calendar=calendar)


def rows(*schedule: ElectricityScheduleRow) -> PrepaymentConfiguration:
    return calendar(replace(CALENDAR, schedule=schedule))


def all_rows(**changes: Any) -> PrepaymentConfiguration:
    return rows(*(replace(row, **changes) for row in ROWS))


def first_row(**changes: Any) -> PrepaymentConfiguration:
    return rows(replace(ROWS[0], **changes), *ROWS[1:])


def with_special_day(
    date: DatePattern, *, in_rows: tuple[ElectricityScheduleRow, ...] = ROWS
) -> PrepaymentConfiguration:
    return calendar(ElectricityCalendar((ElectricitySpecialDay(1, date),), in_rows))


def on_special_day(row: ElectricityScheduleRow) -> ElectricityScheduleRow:
    return replace(row, special_days=frozenset({1}))


WORKING_DAYS = frozenset(list(Weekday)[:5])
STOP_ROW = replace(ROWS[0], script=STOP, switch_time=SwitchTime(23, 59))
ELECTRICITY = {
    "weekdays only": all_rows(weekdays=WORKING_DAYS),
    "seven times Monday": all_rows(weekdays=frozenset({Weekday.MONDAY})),
    "no day": first_row(weekdays=frozenset()),
    "an end date": all_rows(end=ScheduleDate(2099, 12, 31)),
    "a future start": all_rows(start=ScheduleDate(2031, 1, 1)),
    "second of January": all_rows(start=ScheduleDate(65535, 1, 2)),
    "thirtieth of December": all_rows(end=ScheduleDate(65535, 12, 30)),
    "a wrapped period": all_rows(start=ScheduleDate(65535, 10, 1), end=ScheduleDate(65535, 3, 31)),
    "year 65536": all_rows(end=ScheduleDate(65536, 12, 31)),
    "year -0001": all_rows(start=ScheduleDate(-1, 1, 1)),
    "first START at 00:01": first_row(switch_time=SwitchTime(0, 1)),
    "first START at 01:15": first_row(switch_time=SwitchTime(1, 15)),
    "half a second late": first_row(switch_time=SwitchTime(0, 0, 0, 50)),
    "a time with an offset": first_row(switch_time=SwitchTime(1, 0, offset_minutes=60)),
    "a time without zone": first_row(switch_time=SwitchTime(0, 0, offset_minutes=None)),
    "a date without zone": all_rows(end=ScheduleDate(65535, 12, 31, None)),
    "24:00:00": first_row(switch_time=SwitchTime(24, 0)),
    "STOP at 23:59": rows(*ROWS, STOP_ROW),
    "STOP at 00:00 beside START": rows(*ROWS, replace(ROWS[0], script=STOP)),
    "STOP on one date": rows(
        *ROWS, replace(STOP_ROW, start=ScheduleDate(2027, 1, 5), end=ScheduleDate(2027, 1, 5))
    ),
    "STOP on a special day": with_special_day(
        CHRISTMAS, in_rows=(*map(on_special_day, ROWS), on_special_day(STOP_ROW))
    ),
    "a row fewer": rows(*ROWS[:-1]),
    "a row more": rows(*ROWS, ROWS[-1]),
    "rows in another order": rows(*reversed(ROWS)),
    "a special day in no row": with_special_day(CHRISTMAS),
    "a special day in one row": with_special_day(
        CHRISTMAS, in_rows=(on_special_day(ROWS[0]), *ROWS[1:])
    ),
    "a special day in every row": with_special_day(
        CHRISTMAS, in_rows=tuple(map(on_special_day, ROWS))
    ),
    "every Monday is special": with_special_day(DatePattern(None, None, None, Weekday.MONDAY)),
    "every day is special": with_special_day(DatePattern(None, None, None, None)),
    "an index given twice": calendar(
        ElectricityCalendar(
            (ElectricitySpecialDay(1, CHRISTMAS), ElectricitySpecialDay(1, CHRISTMAS)), ROWS
        )
    ),
    "the cap": amounts(SAFE_ELECTRICITY, debt_recovery_rate_cap=1),
    **{
        f"{field} {amount}": amounts(SAFE_ELECTRICITY, **{field: amount})
        for field, values in {
            "emergency_credit_limit": (0, -1, 9999999),
            "emergency_credit_threshold": (0, -1),
            "low_credit_threshold": (0, -1, 2147483647),
            "max_meter_balance": (9000000 - 1, -1),
            "max_credit_threshold": (0, -1, 50000001),
        }.items()
        for amount in values
    },
}
