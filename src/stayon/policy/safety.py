"""Proof that a prepayment set is safe: a meter that holds it keeps its home on supply for ever.

The calendars are judged twice: by rules that a person can read (no STOP anywhere, nothing that
ends), and by running them, under every reading, through more than a whole cycle of leap years.
Source: R5, decisions 6 and 18.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from stayon.domain.errors import FieldError, StayonError
from stayon.domain.nondisablement import (
    CalendarReading,
    Timetable,
    electricity_timetable,
    gas_timetable,
)
from stayon.domain.prepayment import (
    EVERY_DAY,
    EVERY_YEAR,
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    GasCalendar,
    NonDisablement,
    PrepaymentConfiguration,
    SwitchTime,
)

_BEGIN = datetime(2020, 1, 1, tzinfo=UTC)
_STARTS = (_BEGIN, datetime(2021, 2, 28, 9, 17, tzinfo=UTC), datetime(2023, 12, 31, 23, tzinfo=UTC))
"""A calendar must protect from any of these on: what starts later than 2020 shows as a gap."""

_PROVEN_FOR = timedelta(days=4 * 366)
_MIDNIGHT = SwitchTime(0, 0)
_WEEK = list(range(1, 8))


class UnsafeError(StayonError):
    """A prepayment set that would not keep a home on supply; ``field`` and ``rule`` say why."""

    def __init__(self, field: str, rule: str) -> None:
        super().__init__(f"{field}: {rule}")
        self.field = field
        self.rule = rule


def prove_safe(configuration: PrepaymentConfiguration, longest_wait: timedelta) -> None:
    """Return if the set is safe.

    ``longest_wait`` is how long an electricity meter that carries its state over may wait for
    the first row to take effect. Raises ``UnsafeError`` naming the field and the rule.
    """
    _prove_amounts(configuration)
    try:
        if isinstance(configuration, ElectricityPrepaymentConfiguration):
            _prove_schedule(configuration.calendar)
            _prove_electricity(configuration.calendar, longest_wait)
        else:
            _prove_profiles(configuration.calendar)
            _require_no_gap("calendar", gas_timetable(configuration.calendar), timedelta(0))
    except FieldError as error:
        raise UnsafeError(f"calendar, {error.field}", error.rule) from None


def _prove_amounts(configuration: PrepaymentConfiguration) -> None:
    if configuration.debt_recovery_rate_cap != 0:
        raise UnsafeError("debt_recovery_rate_cap", "must be zero")
    if configuration.emergency_credit_limit <= 0:
        raise UnsafeError("emergency_credit_limit", "must be more than zero")
    if configuration.emergency_credit_threshold <= 0:
        raise UnsafeError(
            "emergency_credit_threshold", "must be more than zero, or no credit is offered"
        )
    if configuration.low_credit_threshold < 0:
        raise UnsafeError("low_credit_threshold", "must not be negative")
    if configuration.max_credit_threshold <= 0:
        raise UnsafeError("max_credit_threshold", "must be more than zero")
    if configuration.max_meter_balance <= configuration.max_credit_threshold:
        raise UnsafeError("max_meter_balance", "must be more than the maximum credit threshold")


def _prove_schedule(calendar: ElectricityCalendar) -> None:
    indices = [day.index for day in calendar.special_days]
    if len(set(indices)) != len(indices):
        raise UnsafeError("special_days", "an index occurs twice")
    for position, row in enumerate(calendar.schedule, start=1):
        name = f"schedule row {position}"
        if row.script is not NonDisablement.START:
            raise UnsafeError(name, "is a STOP")
        if row.weekdays != EVERY_DAY:
            raise UnsafeError(name, "does not apply on every day of the week")
        if row.special_days != frozenset(indices):
            raise UnsafeError(name, "does not apply on exactly the special days there are")
        if row.end.year != EVERY_YEAR:
            raise UnsafeError(name, "ends")


def _prove_electricity(calendar: ElectricityCalendar, longest_wait: timedelta) -> None:
    for reading in CalendarReading:
        allowed = longest_wait if reading is CalendarReading.EDGE else timedelta(0)
        timetable = electricity_timetable(calendar, reading)
        _require_no_gap(f"calendar read as {reading.name}", timetable, allowed)
        if reading is CalendarReading.EDGE:
            _require_short_wait(timetable, longest_wait)


def _require_short_wait(timetable: Timetable, longest_wait: timedelta) -> None:
    """Refuse rows so far apart that a meter reached just after one waits longer than this."""
    for offset, _ in timetable.plan(_BEGIN.date()):
        missed = _BEGIN + offset + timedelta.resolution
        if timetable.next_change(missed, missed + longest_wait, state=False) is None:
            minutes = longest_wait // timedelta(minutes=1)
            raise UnsafeError(
                "calendar read as EDGE", f"a meter may wait more than {minutes} minutes for a row"
            )


def _prove_profiles(calendar: GasCalendar) -> None:
    days = [profile.day_id for profile in calendar.day_profiles]
    weeks = [profile.week_id for profile in calendar.week_profiles]
    if len(set(days)) != len(days) or len(set(weeks)) != len(weeks):
        raise UnsafeError("days and weeks", "an id occurs twice")
    for profile in calendar.day_profiles:
        if any(action.action is not NonDisablement.START for action in profile.actions):
            raise UnsafeError(f"day {profile.day_id}", "has a STOP")
        if profile.actions[0].time != _MIDNIGHT:
            raise UnsafeError(f"day {profile.day_id}", "does not begin at 00:00")
    for week in calendar.week_profiles:
        if sorted(index for index, _ in week.days) != _WEEK:
            raise UnsafeError(f"week {week.week_id}", "does not have each of the seven days once")
    if unknown := set(_day_references(calendar)) - set(days):
        raise UnsafeError("days", f"day {min(unknown)} is used but not defined")
    if unknown := {season.week_id for season in calendar.seasons} - set(weeks):
        raise UnsafeError("weeks", f"week {min(unknown)} is used but not defined")


def _day_references(calendar: GasCalendar) -> Iterator[int]:
    for week in calendar.week_profiles:
        yield from (day_id for _, day_id in week.days)
    yield from (special.day_id for special in calendar.special_days)


def _require_no_gap(field: str, timetable: Timetable, first_wait: timedelta) -> None:
    """Refuse any gap but one of ``first_wait`` at most right after the calendar is taken up."""
    for start in _STARTS:
        for gap in timetable.gaps(start, start + _PROVEN_FOR):
            if gap.start != start or gap.end - start > first_wait:
                raise UnsafeError(field, f"leaves a gap from {gap.start:%Y-%m-%d %H:%M} UTC")
