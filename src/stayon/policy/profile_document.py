"""The file of the safe prepayment set, and its reading into the values of the field."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from stayon.domain.money import MILLIPENCE_PER_POUND, MilliPence, WholePounds
from stayon.domain.prepayment import (
    EVERY_YEAR,
    DatePattern,
    DayOfMonthRule,
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    GasCalendar,
    GasDayAction,
    GasDayProfile,
    GasPrepaymentConfiguration,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
    Weekday,
)
from stayon.policy.documents import Money, millipence

_WEEKDAYS = dict(zip(("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"), Weekday, strict=True))
_DAY_RULES = {"last": DayOfMonthRule.LAST, "second-last": DayOfMonthRule.SECOND_LAST}
_DATE = re.compile(r"(\d{4}|\*)-(\d\d)-(\d\d)")
_PATTERN = re.compile(
    r"(\d{4}|\*)-(\d\d|\*)-(\d\d|\*|last|second-last)(?: (Mon|Tue|Wed|Thu|Fri|Sat|Sun))?"
)
_TIME = re.compile(r"(\d\d):(\d\d)(?::(\d\d)(?:\.(\d\d))?)?")


def _time(text: str) -> SwitchTime:
    match = _TIME.fullmatch(text)
    if match is None:
        raise ValueError("is not a time such as 02:00")
    return SwitchTime(*(int(part or 0) for part in match.groups()))


def _bound(text: str) -> ScheduleDate:
    match = _DATE.fullmatch(text)
    if match is None:
        raise ValueError("is not a date such as *-01-01 (* is every year)")
    year, month, day = match.groups()
    return ScheduleDate(EVERY_YEAR if year == "*" else int(year), int(month), int(day))


def _pattern(text: str) -> DatePattern:
    match = _PATTERN.fullmatch(text)
    if match is None:
        raise ValueError("is not a date such as *-12-25, *-*-last or 2026-*-01 Mon")
    year, month, day, weekday = match.groups()
    return DatePattern(
        None if year == "*" else int(year),
        None if month == "*" else int(month),
        None if day == "*" else _DAY_RULES.get(day) or int(day),
        None if weekday is None else _WEEKDAYS[weekday],
    )


def _as_time(text: str) -> str:
    _time(text)
    return text


def _as_bound(text: str) -> str:
    _bound(text)
    return text


def _as_pattern(text: str) -> str:
    _pattern(text)
    return text


Time = Annotated[str, AfterValidator(_as_time)]
Bound = Annotated[str, AfterValidator(_as_bound)]
Pattern = Annotated[str, AfterValidator(_as_pattern)]
Script = Literal["START", "STOP"]
DayName = Literal["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
SpecialDayIndex = Annotated[int, Field(ge=1, le=20)]
Identifier = Annotated[int, Field(ge=1, le=5)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SpecialDayDocument(_Strict):
    """A special day of the electricity calendar."""

    index: SpecialDayIndex
    date: Pattern


class ScheduleDocument(_Strict):
    """Rows of the electricity schedule that differ in the time of day only."""

    script: Script
    at: Annotated[tuple[Time, ...], Field(min_length=1)]
    weekdays: frozenset[DayName]
    special_days: frozenset[SpecialDayIndex]
    first: Bound
    last: Bound

    def rows(self) -> tuple[ElectricityScheduleRow, ...]:
        """One row for each time."""
        return tuple(
            ElectricityScheduleRow(
                script=NonDisablement(self.script),
                special_days=self.special_days,
                weekdays=frozenset(_WEEKDAYS[name] for name in self.weekdays),
                switch_time=_time(text),
                start=_bound(self.first),
                end=_bound(self.last),
            )
            for text in self.at
        )


class _Amounts(_Strict):
    debt_recovery_rate_cap: Money
    emergency_credit_limit: Money
    emergency_credit_threshold: Money
    low_credit_threshold: Money
    max_meter_balance: Money
    max_credit_threshold: Money

    def amount(self, name: str) -> MilliPence:
        return MilliPence(millipence(str(getattr(self, name))))


def _whole_pounds(text: str) -> str:
    if millipence(text) % MILLIPENCE_PER_POUND:
        raise ValueError("is not a number of whole pounds")
    return text


class ElectricityDocument(_Amounts):
    """The electricity table."""

    debt_recovery_rate_cap: Annotated[Money, AfterValidator(_whole_pounds)]
    special_days: Annotated[tuple[SpecialDayDocument, ...], Field(max_length=20)]
    schedule: Annotated[tuple[ScheduleDocument, ...], Field(min_length=1, max_length=22)]

    def configuration(self) -> ElectricityPrepaymentConfiguration:
        """The values of the field."""
        return ElectricityPrepaymentConfiguration(
            debt_recovery_rate_cap=WholePounds(
                self.amount("debt_recovery_rate_cap") // MILLIPENCE_PER_POUND
            ),
            emergency_credit_limit=self.amount("emergency_credit_limit"),
            emergency_credit_threshold=self.amount("emergency_credit_threshold"),
            low_credit_threshold=self.amount("low_credit_threshold"),
            calendar=ElectricityCalendar(
                special_days=tuple(
                    ElectricitySpecialDay(day.index, _pattern(day.date))
                    for day in self.special_days
                ),
                schedule=tuple(row for group in self.schedule for row in group.rows()),
            ),
            max_meter_balance=self.amount("max_meter_balance"),
            max_credit_threshold=self.amount("max_credit_threshold"),
        )


class ActionDocument(_Strict):
    """Start or stop at a time of day."""

    at: Time
    action: Script


class DayDocument(_Strict):
    """A day profile of the gas calendar."""

    id: Identifier
    actions: Annotated[tuple[ActionDocument, ...], Field(min_length=1, max_length=3)]


class WeekDocument(_Strict):
    """A week profile of the gas calendar: day ids, Monday first."""

    id: Annotated[int, Field(ge=1, le=2)]
    days: Annotated[tuple[Identifier, ...], Field(min_length=7, max_length=7)]


class SeasonDocument(_Strict):
    """A season of the gas calendar."""

    start: Pattern
    week: int


class GasSpecialDayDocument(_Strict):
    """A special day of the gas calendar."""

    date: Pattern
    day: int


class GasDocument(_Amounts):
    """The gas table."""

    days: Annotated[tuple[DayDocument, ...], Field(min_length=1, max_length=5)]
    weeks: Annotated[tuple[WeekDocument, ...], Field(min_length=1, max_length=2)]
    seasons: Annotated[tuple[SeasonDocument, ...], Field(min_length=1, max_length=3)]
    special_days: Annotated[tuple[GasSpecialDayDocument, ...], Field(max_length=20)]

    def configuration(self) -> GasPrepaymentConfiguration:
        """The values of the field."""
        return GasPrepaymentConfiguration(
            debt_recovery_rate_cap=self.amount("debt_recovery_rate_cap"),
            emergency_credit_limit=self.amount("emergency_credit_limit"),
            emergency_credit_threshold=self.amount("emergency_credit_threshold"),
            low_credit_threshold=self.amount("low_credit_threshold"),
            calendar=GasCalendar(
                day_profiles=tuple(
                    GasDayProfile(
                        day.id,
                        tuple(
                            GasDayAction(_time(entry.at), NonDisablement(entry.action))
                            for entry in day.actions
                        ),
                    )
                    for day in self.days
                ),
                week_profiles=tuple(
                    GasWeekProfile(week.id, tuple(enumerate(week.days, start=1)))
                    for week in self.weeks
                ),
                seasons=tuple(
                    GasSeason(_pattern(season.start), season.week) for season in self.seasons
                ),
                special_days=tuple(
                    GasSpecialDay(_pattern(special.date), special.day)
                    for special in self.special_days
                ),
            ),
            max_meter_balance=self.amount("max_meter_balance"),
            max_credit_threshold=self.amount("max_credit_threshold"),
        )


class SafePrepaymentDocument(_Strict):
    """safe_prepayment.toml."""

    version: Annotated[str, Field(min_length=1, max_length=20)]
    longest_wait_minutes: Annotated[int, Field(ge=0, le=24 * 60)]
    electricity: ElectricityDocument
    gas: GasDocument
