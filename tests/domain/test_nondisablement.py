"""The calendar readings, on the safe profile, on its near misses and on plain examples."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain import nondisablement
from stayon.domain.errors import FieldError
from stayon.domain.nondisablement import (
    CalendarReading,
    Gap,
    Timetable,
    electricity_timetable,
    gas_timetable,
)
from stayon.domain.prepayment import (
    EVERY_DAY,
    EVERY_YEAR,
    DatePattern,
    DayOfMonthRule,
    ElectricityCalendar,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    GasDayAction,
    GasDayProfile,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
    Weekday,
)

START, STOP = NonDisablement.START, NonDisablement.STOP
EDGE, LOOKBACK, DAY = CalendarReading.EDGE, CalendarReading.LOOKBACK, CalendarReading.DAY
BEGINNINGS = [
    datetime(2026, 1, 1, tzinfo=UTC),
    datetime(2026, 2, 28, 23, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 29, 1, 0, tzinfo=UTC),
    datetime(2026, 6, 30, 12, 0, tzinfo=UTC),
    datetime(2026, 11, 21, 10, 17, tzinfo=UTC),
    datetime(2026, 12, 25, 23, 59, tzinfo=UTC),
    datetime(2027, 12, 31, 22, 1, tzinfo=UTC),
    datetime(2028, 2, 29, 0, 0, 1, tzinfo=UTC),
]
ONE_DAY = timedelta(days=1)
MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
WEEKEND = frozenset({Weekday.SATURDAY, Weekday.SUNDAY})


def row(
    script: NonDisablement,
    hour: int,
    minute: int = 0,
    weekdays: frozenset[Weekday] = EVERY_DAY,
    special: frozenset[int] = frozenset(),
) -> ElectricityScheduleRow:
    year_start, year_end = ScheduleDate(EVERY_YEAR, 1, 1), ScheduleDate(EVERY_YEAR, 12, 31)
    return ElectricityScheduleRow(
        script, special, weekdays, SwitchTime(hour, minute), year_start, year_end
    )


def electricity(
    *rows: ElectricityScheduleRow,
    reading: CalendarReading = DAY,
    special_days: tuple[ElectricitySpecialDay, ...] = (),
) -> Timetable:
    return electricity_timetable(ElectricityCalendar(special_days, rows), reading)


@pytest.mark.requirement("R5", "decision 18")
@pytest.mark.parametrize("start", BEGINNINGS)
@pytest.mark.parametrize("reading", CalendarReading)
def test_the_safe_electricity_calendar_protects_1500_days(
    start: datetime, reading: CalendarReading
) -> None:
    safe = electricity_timetable(SAFE_ELECTRICITY.calendar, reading)
    gaps = list(safe.gaps(start, start + 1500 * ONE_DAY))
    if reading is EDGE:
        bare = sum((gap.end - gap.start for gap in gaps), timedelta(0))
        assert bare <= timedelta(hours=2)
        assert all(gap.start == start for gap in gaps)
    else:
        assert gaps == []


@pytest.mark.requirement("R5", "decision 18")
@pytest.mark.parametrize("start", BEGINNINGS)
def test_the_safe_gas_calendar_protects_1500_days(start: datetime) -> None:
    assert list(gas_timetable(SAFE_GAS.calendar).gaps(start, start + 1500 * ONE_DAY)) == []


def test_readings_differ_on_a_lone_midnight_row_received_at_ten() -> None:
    at = MONDAY + timedelta(hours=10)
    bare = {
        r: list(electricity(row(START, 0), reading=r).gaps(at, at + ONE_DAY))
        for r in (*CalendarReading,)
    }
    assert bare == {EDGE: [Gap(at, MONDAY + ONE_DAY)], LOOKBACK: [], DAY: []}


def test_edge_takes_a_row_that_fires_at_the_very_instant() -> None:
    timetable = electricity(row(START, 10), reading=EDGE)
    assert timetable.state_when_set(MONDAY + timedelta(hours=10), before=False)
    assert timetable.state_when_set(MONDAY, before=True)


def test_lookback_finds_last_weekends_row_and_gives_up_on_one_that_never_fired() -> None:
    weekend = row(START, 6, weekdays=WEEKEND)
    friday = MONDAY + timedelta(days=4)
    assert electricity(weekend, reading=LOOKBACK).state_when_set(friday, before=False)
    never = replace(weekend, start=ScheduleDate(2099, 1, 1), end=ScheduleDate(2099, 12, 31))
    assert not electricity(never, reading=LOOKBACK).state_when_set(friday, before=True)


def test_day_forgets_at_midnight() -> None:
    timetable = electricity(row(START, 1, 15))
    assert list(timetable.gaps(MONDAY, MONDAY + 2 * ONE_DAY)) == [
        Gap(MONDAY, MONDAY + timedelta(minutes=75)),
        Gap(MONDAY + ONE_DAY, MONDAY + ONE_DAY + timedelta(minutes=75)),
    ]
    assert not timetable.state_when_set(MONDAY, before=True)


def test_stop_wins_over_start_at_the_same_time_in_either_order() -> None:
    for rows in ((row(START, 0), row(STOP, 0)), (row(STOP, 0), row(START, 0))):
        timetable = electricity(*rows)
        assert not timetable.state_when_set(MONDAY, before=True)


def test_the_next_mark_may_repeat_a_state_and_is_strictly_later() -> None:
    timetable = electricity(row(START, 0), row(START, 2), reading=EDGE)
    second = MONDAY + timedelta(hours=2)
    assert timetable.next_mark(MONDAY, MONDAY + ONE_DAY) == second
    assert timetable.next_mark(second, MONDAY + ONE_DAY) == MONDAY + ONE_DAY
    assert timetable.next_mark(MONDAY, second - timedelta(seconds=1)) is None
    assert timetable.next_mark(second, MONDAY + timedelta(hours=23)) is None


def test_next_change_sees_the_last_instant_and_nothing_beyond() -> None:
    timetable = electricity(row(START, 8), row(STOP, 18), reading=EDGE)
    stop = MONDAY + timedelta(hours=18)
    assert timetable.next_change(MONDAY + timedelta(hours=8), stop, state=True) == stop
    assert timetable.next_change(MONDAY, stop - timedelta(seconds=1), state=True) is None
    assert timetable.next_change(stop, stop + timedelta(hours=5), state=False) is None


class TestElectricityDays:
    def test_a_special_day_overrides_the_weekday(self) -> None:
        christmas = ElectricitySpecialDay(1, DatePattern(None, 12, 25, None))
        eve = ElectricitySpecialDay(2, DatePattern(None, 12, 24, None))
        timetable = electricity(
            row(START, 0, special=frozenset({2})), special_days=(christmas, eve)
        )
        protected = {d: timetable.plan(date(2026, 12, d))[0][1] for d in (23, 24, 25, 26)}
        assert protected == {23: True, 24: True, 25: False, 26: True}

    @pytest.mark.parametrize(
        ("pattern", "days"),
        [
            (DatePattern(None, None, DayOfMonthRule.LAST, None), {date(2028, 2, 29)}),
            (DatePattern(None, None, DayOfMonthRule.SECOND_LAST, None), {date(2028, 2, 28)}),
            (DatePattern(2028, 2, None, Weekday.TUESDAY), {date(2028, 2, 29)}),
            (DatePattern(2028, 2, 27, None), {date(2028, 2, 27)}),
            (DatePattern(2027, None, None, None), set()),
            (DatePattern(None, 3, None, None), {date(2028, 3, 1)}),
        ],
    )
    def test_patterns(self, pattern: DatePattern, days: set[date]) -> None:
        special = (ElectricitySpecialDay(1, pattern),)
        timetable = electricity(
            row(START, 0, weekdays=frozenset(), special=frozenset({1})), special_days=special
        )
        tried = [date(2028, 2, 27) + n * ONE_DAY for n in range(4)]
        assert {day for day in tried if timetable.plan(day)[0][1]} == days

    @pytest.mark.parametrize(
        ("start", "end", "fires"),
        [
            ((2026, 11, 16), (2026, 11, 17), {16, 17}),
            ((EVERY_YEAR, 11, 17), (EVERY_YEAR, 12, 31), {17, 18}),
            ((EVERY_YEAR, 1, 1), (2026, 11, 15), set()),
            ((2027, 1, 1), (EVERY_YEAR, 12, 31), set()),
            ((EVERY_YEAR, 10, 1), (EVERY_YEAR, 3, 31), set()),
        ],
    )
    def test_bounds(
        self, start: tuple[int, int, int], end: tuple[int, int, int], fires: set[int]
    ) -> None:
        bounded = replace(row(START, 0), start=ScheduleDate(*start), end=ScheduleDate(*end))
        timetable = electricity(bounded)
        assert {d for d in (16, 17, 18) if timetable.plan(date(2026, 11, d))[0][1]} == fires


def safe_with(**changes: object) -> ElectricityCalendar:
    """The safe calendar with these fields of every row replaced."""
    rows = SAFE_ELECTRICITY.calendar.schedule
    return ElectricityCalendar((), tuple(replace(r, **changes) for r in rows))  # type: ignore[arg-type]


def safe_and(*more: ElectricityScheduleRow) -> ElectricityCalendar:
    """The safe calendar with further rows."""
    return ElectricityCalendar((), (*SAFE_ELECTRICITY.calendar.schedule, *more))


CHRISTMAS = ElectricitySpecialDay(1, DatePattern(None, 12, 25, None))


@pytest.mark.requirement("R5", "decision 18", refuses=True)
@pytest.mark.parametrize(
    ("near_miss", "unprotected"),
    [
        (safe_with(weekdays=EVERY_DAY - WEEKEND), {DAY}),
        (safe_with(weekdays=frozenset({Weekday.MONDAY})), {DAY}),
        (safe_with(weekdays=frozenset()), {EDGE, LOOKBACK, DAY}),
        (safe_with(end=ScheduleDate(2027, 3, 1)), {DAY}),
        (safe_with(start=ScheduleDate(2027, 3, 1)), {EDGE, LOOKBACK, DAY}),
        (safe_with(start=ScheduleDate(EVERY_YEAR, 1, 2)), {DAY}),
        (safe_with(end=ScheduleDate(EVERY_YEAR, 12, 30)), {DAY}),
        (safe_and(row(STOP, 23, 59)), {EDGE, LOOKBACK, DAY}),
        (safe_and(row(STOP, 0)), {EDGE, LOOKBACK, DAY}),
        (safe_and(row(STOP, 5, weekdays=WEEKEND)), {EDGE, LOOKBACK, DAY}),
        (replace(safe_with(), special_days=(CHRISTMAS,)), {DAY}),
    ],
)
def test_near_misses_of_the_safe_calendar(
    near_miss: ElectricityCalendar, unprotected: set[CalendarReading]
) -> None:
    start = MONDAY + timedelta(hours=10)
    bare = {
        reading
        for reading in CalendarReading
        for gap in electricity_timetable(near_miss, reading).gaps(start, start + 400 * ONE_DAY)
        if gap.start > start or gap.end - gap.start > timedelta(hours=2)
    }
    assert bare == unprotected


@pytest.mark.parametrize(
    "broken",
    [
        replace(row(START, 0), switch_time=SwitchTime(24, 0)),
        replace(row(START, 0), switch_time=SwitchTime(0, 0, offset_minutes=60)),
        replace(row(START, 0), switch_time=SwitchTime(0, 0, offset_minutes=None)),
        replace(row(START, 0), start=ScheduleDate(65536, 1, 1)),
        replace(row(START, 0), start=ScheduleDate(-1, 1, 1)),
        replace(row(START, 0), end=ScheduleDate(EVERY_YEAR, 13, 1)),
        replace(row(START, 0), end=ScheduleDate(EVERY_YEAR, 12, 32)),
        replace(row(START, 0), end=ScheduleDate(EVERY_YEAR, 12, 31, offset_minutes=None)),
    ],
)
def test_what_no_meter_can_hold_is_refused(broken: ElectricityScheduleRow) -> None:
    with pytest.raises(FieldError):
        electricity(broken)


class TestGas:
    def plan_on(self, day: date, **changes: object) -> bool:
        """Is the first instant of a day protected, with these parts of the safe one replaced?"""
        calendar = replace(SAFE_GAS.calendar, special_days=())
        plan = gas_timetable(replace(calendar, **changes)).plan(day)  # type: ignore[arg-type]
        return plan[0][1]

    def test_later_season_in_the_list_wins_once_it_has_begun(self) -> None:
        seasons = (
            GasSeason(DatePattern(2014, 1, 1, None), 1),
            GasSeason(DatePattern(2026, 12, 1, None), 2),
        )
        assert self.plan_on(date(2026, 11, 30), seasons=seasons)
        assert not self.plan_on(date(2026, 12, 1), seasons=seasons)

    def test_a_lone_wildcard_season_leaves_the_start_of_the_year_bare(self) -> None:
        april = (GasSeason(DatePattern(None, 4, 1, None), 1),)
        assert not self.plan_on(date(2026, 3, 31), seasons=april)
        assert self.plan_on(date(2026, 4, 1), seasons=april)

    def test_a_week_with_index_1_seven_times_is_a_monday_only(self) -> None:
        week = (GasWeekProfile(1, ((1, 1),) * 7),)
        assert self.plan_on(MONDAY.date(), week_profiles=week)
        assert not self.plan_on(MONDAY.date() + ONE_DAY, week_profiles=week)

    def test_unknown_names_do_not_protect(self) -> None:
        week = (GasWeekProfile(1, tuple((n, 9) for n in range(1, 8))),)
        special = (GasSpecialDay(DatePattern(None, 12, 25, None), 9),)
        assert not self.plan_on(MONDAY.date(), week_profiles=week)
        assert not self.plan_on(MONDAY.date(), week_profiles=())
        assert not self.plan_on(date(2026, 12, 25), special_days=special)

    def test_first_matching_special_day_counts(self) -> None:
        stop = GasDayProfile(2, (GasDayAction(SwitchTime(0, 0), STOP),))
        special = (
            GasSpecialDay(DatePattern(None, 12, 25, None), 2),
            GasSpecialDay(DatePattern(None, 12, None, None), 1),
        )
        profiles = (*SAFE_GAS.calendar.day_profiles, stop)
        assert not self.plan_on(date(2026, 12, 25), special_days=special, day_profiles=profiles)
        assert self.plan_on(date(2026, 12, 26), special_days=special, day_profiles=profiles)

    def test_a_day_that_does_not_begin_at_midnight_is_bare_until_it_does(self) -> None:
        late = (GasDayProfile(1, (GasDayAction(SwitchTime(0, 1), START),)),)
        timetable = gas_timetable(replace(SAFE_GAS.calendar, day_profiles=late, special_days=()))
        assert list(timetable.gaps(MONDAY, MONDAY + ONE_DAY)) == [
            Gap(MONDAY, MONDAY + timedelta(minutes=1))
        ]

    @pytest.mark.parametrize(
        "start",
        [
            DatePattern(2014, None, 1, None),
            DatePattern(2014, 1, None, None),
            DatePattern(2014, 1, DayOfMonthRule.LAST, None),
            DatePattern(2014, 1, 1, Weekday.MONDAY),
        ],
    )
    def test_a_season_with_an_open_start_is_refused(self, start: DatePattern) -> None:
        with pytest.raises(FieldError, match="SeasonStartDate"):
            self.plan_on(MONDAY.date(), seasons=(GasSeason(start, 1),))


def test_the_memory_of_days_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(nondisablement, "_PLANS_KEPT", 3)
    timetable = electricity(row(START, 0), row(START, 3))
    plans = [timetable.plan(MONDAY.date() + n * ONE_DAY) for n in range(10)]
    assert len(set(plans)) == 1
    assert len(timetable._plans) <= 3


def test_equal_calendars_share_a_timetable() -> None:
    again = replace(SAFE_ELECTRICITY.calendar)
    assert electricity_timetable(again, DAY) is electricity_timetable(
        SAFE_ELECTRICITY.calendar, DAY
    )


_rows = st.builds(
    row,
    st.sampled_from(NonDisablement),
    st.integers(0, 23),
    st.sampled_from([0, 15, 30]),
    st.frozensets(st.sampled_from(Weekday)),
)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(_rows, min_size=1, max_size=6),
    st.sampled_from(CalendarReading),
    st.integers(0, 7 * 24 * 60),
    st.booleans(),
)
def test_walking_the_marks_and_jumping_the_changes_agree(
    rows: list[ElectricityScheduleRow],
    reading: CalendarReading,
    minutes: int,
    before: bool,
) -> None:
    timetable = electricity(*rows, reading=reading)
    start = MONDAY + timedelta(minutes=minutes)
    end = start + 9 * ONE_DAY
    state = timetable.state_when_set(start, before=before)
    walked, since, at = [], start, timetable.next_mark(start, end)
    while at is not None:
        now_in = timetable.state_when_set(at, before=state)
        if now_in is not state:
            if not state:
                walked.append(Gap(since, at))
            state, since = now_in, at
        at = timetable.next_mark(at, end)
    if not state and since < end:
        walked.append(Gap(since, end))
    assert list(timetable.gaps(start, end, before=before)) == walked
