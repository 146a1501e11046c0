"""When a meter is inside a non-disablement period: what its calendar says, instant by instant.

Inside a period a meter that has no credit left stays on. SMETS2 leaves open how an electricity
meter reads its schedule, so there are three readings; a safe calendar protects under all of them.
Wherever a calendar is ambiguous the answer here is the pessimistic one, "not in a period", and a
value that no meter can hold (an offset, 24:00:00, a year beyond two octets) is refused.

Source: docs/explanation/meter-model.md; requirements R5, decisions 6 and 18.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import Enum
from functools import lru_cache

from stayon.domain.errors import FieldError
from stayon.domain.prepayment import (
    EVERY_YEAR,
    DatePattern,
    DayOfMonthRule,
    ElectricityCalendar,
    GasCalendar,
    GasSeason,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
)

_ONE_DAY = timedelta(days=1)
_MIDNIGHT = timedelta(0)
_LEAP_CYCLE_DAYS = 4 * 365 + 1
_PLANS_KEPT = 4096


class CalendarReading(Enum):
    """How an electricity meter turns schedule rows into "in a period now".

    EDGE: the state changes only when a row fires and carries over from the calendar before.
    LOOKBACK: the last row that would have fired decides, also for a calendar just received.
    DAY: every day starts outside a period; only that day's rows count.
    """

    EDGE = "edge"
    LOOKBACK = "lookback"
    DAY = "day"


@dataclass(frozen=True, slots=True)
class Gap:
    """A half-open interval (UTC) outside any non-disablement period."""

    start: datetime
    end: datetime


DayPlan = tuple[tuple[timedelta, bool], ...]
"""The marks of one day: time since midnight and state, in order, one for each time."""


class Timetable:
    """A calendar made ready to ask; immutable but for a bounded memory of days worked out.

    ``memory`` is None for a calendar whose every day stands alone (DAY, and every gas calendar).
    Share one between meters: ``electricity_timetable`` and ``gas_timetable`` return the same
    object for equal calendars.
    """

    __slots__ = ("_memory", "_plan_of", "_plans")

    def __init__(self, plan_of: Callable[[date], DayPlan], memory: CalendarReading | None) -> None:
        self._plan_of = plan_of
        self._memory = memory
        self._plans: dict[date, DayPlan] = {}

    def plan(self, day: date) -> DayPlan:
        """The marks of one day."""
        plan = self._plans.get(day)
        if plan is None:
            if len(self._plans) >= _PLANS_KEPT:
                self._plans.clear()
            plan = self._plans[day] = self._plan_of(day)
        return plan

    def state_when_set(self, at: datetime, *, before: bool) -> bool:
        """The state of a meter that takes up this calendar at ``at`` (UTC).

        ``before`` is its state under the calendar it had.
        """
        if self._memory is CalendarReading.EDGE:
            plan = self.plan(at.date())
            due = [state for offset, state in plan if _midnight(at.date()) + offset == at]
            return due[0] if due else before
        day, elapsed = at.date(), at - _midnight(at.date())
        for _ in range(1 if self._memory is None else _LEAP_CYCLE_DAYS):
            passed = [state for offset, state in self.plan(day) if offset <= elapsed]
            if passed:
                return passed[-1]
            day, elapsed = day - _ONE_DAY, _ONE_DAY
        return False

    def next_change(self, after: datetime, until: datetime, *, state: bool) -> datetime | None:
        """The first instant in ``(after, until]`` at which the state is no longer ``state``."""
        for day in _days(after, until):
            midnight = _midnight(day)
            passed = after - midnight
            for offset, marked in self.plan(day):
                if marked is not state and offset > passed:
                    at = midnight + offset
                    return at if at <= until else None
        return None

    def next_mark(self, after: datetime, until: datetime) -> datetime | None:
        """The first mark in ``(after, until]``, whether it repeats the state or changes it."""
        for day in _days(after, until):
            midnight = _midnight(day)
            passed = after - midnight
            for offset, _ in self.plan(day):
                if offset > passed:
                    at = midnight + offset
                    return at if at <= until else None
        return None

    def gaps(self, start: datetime, end: datetime, *, before: bool = False) -> Iterator[Gap]:
        """The intervals of ``[start, end)`` outside any period, for a calendar set at ``start``.

        Proves a profile: a calendar that protects has no gap, but under EDGE the one between
        ``start`` and the first row that fires.
        """
        at, state = start, self.state_when_set(start, before=before)
        while at < end:
            change = self.next_change(at, end, state=state) or end
            if not state:
                yield Gap(at, change)
            at, state = change, not state


@lru_cache(maxsize=256)
def electricity_timetable(calendar: ElectricityCalendar, reading: CalendarReading) -> Timetable:
    """Make an electricity calendar ready; raises ``FieldError`` for what no meter can hold."""
    rows_of = _rows_by_day(calendar)
    marks = [
        (_offset(row.switch_time), row.script is NonDisablement.START) for row in calendar.schedule
    ]
    days_alone = reading is CalendarReading.DAY
    # Few of the thousands of days that are asked for differ in the rows that fire on them.
    plans: dict[tuple[int, ...], DayPlan] = {}

    def plan_of(day: date) -> DayPlan:
        fired = rows_of(day)
        plan = plans.get(fired)
        if plan is None:
            if len(plans) >= _PLANS_KEPT:
                plans.clear()
            plan = _in_order([marks[index] for index in fired], reset=days_alone)
            plans[fired] = plan
        return plan

    return Timetable(plan_of, None if days_alone else reading)


@lru_cache(maxsize=256)
def _rows_by_day(calendar: ElectricityCalendar) -> Callable[[date], tuple[int, ...]]:
    """Which rows fire on a day (by index), whatever the reading: asked once for all three."""
    rows = [
        (
            _bound(row.start, "StartDate"),
            _bound(row.end, "EndDate"),
            frozenset(weekday.value for weekday in row.weekdays),
            frozenset(row.special_days),
        )
        for row in calendar.schedule
    ]

    @lru_cache(maxsize=_PLANS_KEPT)
    def rows_of(day: date) -> tuple[int, ...]:
        special = {s.index for s in calendar.special_days if _matches(s.date, day)}
        weekday = day.isoweekday()
        return tuple(
            index
            for index, (begin, end, weekdays, specials) in enumerate(rows)
            if (not special.isdisjoint(specials) if special else weekday in weekdays)
            and _not_before(day, begin)
            and _not_after(day, end)
        )

    return rows_of


@lru_cache(maxsize=256)
def gas_timetable(calendar: GasCalendar) -> Timetable:
    """Make a gas calendar ready; raises ``FieldError`` for what no meter can hold."""
    profiles: dict[int, DayPlan] = {}
    for profile in calendar.day_profiles:
        actions = [(_offset(a.time), a.action is NonDisablement.START) for a in profile.actions]
        profiles[profile.day_id] = _in_order(actions, reset=True)
    weeks = {w.week_id: dict(w.days) for w in calendar.week_profiles}
    seasons = [(_season_start(season), season.week_id) for season in calendar.seasons]
    unprotected: DayPlan = ((_MIDNIGHT, False),)

    def plan_of(day: date) -> DayPlan:
        for special in calendar.special_days:
            if _matches(special.date, day):
                return profiles.get(special.day_id, unprotected)
        week: dict[int, int] = {}
        for start, week_id in seasons:
            if _not_before(day, start):
                week = weeks.get(week_id, {})
        return profiles.get(week.get(day.isoweekday(), -1), unprotected)

    return Timetable(plan_of, None)


def _in_order(marks: list[tuple[timedelta, bool]], *, reset: bool) -> DayPlan:
    """Sort; of two marks at one time STOP counts; ``reset`` starts the day outside a period."""
    plan: dict[timedelta, bool] = {}
    for offset, state in marks:
        plan[offset] = plan.get(offset, True) and state
    if reset:
        plan.setdefault(_MIDNIGHT, False)
    return tuple(sorted(plan.items()))


def _matches(pattern: DatePattern, day: date) -> bool:
    return (
        pattern.year in (None, day.year)
        and pattern.month in (None, day.month)
        and (pattern.weekday is None or pattern.weekday.value == day.isoweekday())
        and _matches_day_of_month(pattern.day, day)
    )


def _matches_day_of_month(rule: int | DayOfMonthRule | None, day: date) -> bool:
    if isinstance(rule, DayOfMonthRule):
        ahead = 1 if rule is DayOfMonthRule.LAST else 2
        return (day + ahead * _ONE_DAY).day == 1
    return rule in (None, day.day)


_Bound = tuple[int | None, int, int]
"""Year (None for every year), month and day."""


def _not_before(day: date, bound: _Bound) -> bool:
    return _in_year_of(day, bound) <= (day.year, day.month, day.day)


def _not_after(day: date, bound: _Bound) -> bool:
    return (day.year, day.month, day.day) <= _in_year_of(day, bound)


def _in_year_of(day: date, bound: _Bound) -> tuple[int, int, int]:
    year, month, day_of_month = bound
    return (day.year if year is None else year, month, day_of_month)


def _bound(value: ScheduleDate, field: str) -> _Bound:
    if value.offset_minutes != 0:
        raise FieldError(field, "must be a date in UTC")
    if not (1 <= value.year <= EVERY_YEAR and 1 <= value.month <= 12 and 1 <= value.day <= 31):
        raise FieldError(field, f"{value.year}-{value.month}-{value.day} fits no meter")
    return (None if value.year == EVERY_YEAR else value.year, value.month, value.day)


def _season_start(season: GasSeason) -> _Bound:
    start = season.start
    if start.month is None or not isinstance(start.day, int) or start.weekday is not None:
        raise FieldError("SeasonStartDate", "must name a month and a day of the month")
    return (start.year, start.month, start.day)


def _offset(value: SwitchTime) -> timedelta:
    if value.offset_minutes != 0:
        raise FieldError("SwitchTime", "must be a time in UTC")
    try:
        clock = time(value.hour, value.minute, value.second, value.hundredths * 10_000)
    except ValueError:
        raise FieldError("SwitchTime", "is not a time between 00:00:00 and 23:59:59.99") from None
    return datetime.combine(date.min, clock) - datetime.combine(date.min, time.min)


@lru_cache(maxsize=_PLANS_KEPT)
def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _days(after: datetime, until: datetime) -> Iterator[date]:
    day, last = after.date(), until.date()
    while day <= last:
        yield day
        day += _ONE_DAY
