"""The proof that a profile is safe: what it accepts and each thing it refuses."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.policy.shipped import changed
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import (
    DatePattern,
    ElectricityScheduleRow,
    ElectricitySpecialDay,
    GasDayAction,
    GasDayProfile,
    GasSeason,
    GasSpecialDay,
    GasWeekProfile,
    NonDisablement,
    PrepaymentConfiguration,
    ScheduleDate,
    SwitchTime,
    Weekday,
)
from stayon.policy import PolicyError
from stayon.policy.safety import UnsafeError, prove_safe

TWO_HOURS = timedelta(hours=2)
CALENDAR = SAFE_ELECTRICITY.calendar
ROWS = CALENDAR.schedule
GAS = SAFE_GAS.calendar
START, STOP = NonDisablement.START, NonDisablement.STOP
CHRISTMAS = ElectricitySpecialDay(1, DatePattern(None, 12, 25, None))


def refused(configuration: PrepaymentConfiguration, field: str, rule: str) -> None:
    with pytest.raises(UnsafeError) as caught:
        prove_safe(configuration, TWO_HOURS)
    assert field in caught.value.field
    assert rule in caught.value.rule


@pytest.mark.requirement("R5", "decision 6")
@pytest.mark.parametrize("safe", [SAFE_ELECTRICITY, SAFE_GAS])
def test_the_safe_sets_are_proven_safe(safe: PrepaymentConfiguration) -> None:
    prove_safe(safe, TWO_HOURS)


@pytest.mark.requirement("R5", "decision 6", refuses=True)
@pytest.mark.parametrize("safe", [SAFE_ELECTRICITY, SAFE_GAS])
@pytest.mark.parametrize(
    ("field", "amount", "rule"),
    [
        ("debt_recovery_rate_cap", 1, "zero"),
        ("emergency_credit_limit", 0, "more than zero"),
        ("emergency_credit_threshold", 0, "more than zero"),
        ("low_credit_threshold", -1, "negative"),
        ("max_credit_threshold", 0, "more than zero"),
        ("max_meter_balance", 9000000, "maximum credit threshold"),
    ],
)
def test_unsafe_amounts(safe: PrepaymentConfiguration, field: str, amount: int, rule: str) -> None:
    refused(replace(safe, **{field: amount}), field, rule)  # type: ignore[arg-type]


def with_rows(*rows: ElectricityScheduleRow) -> PrepaymentConfiguration:
    return replace(SAFE_ELECTRICITY, calendar=replace(CALENDAR, schedule=rows))


@pytest.mark.requirement("R5", "decision 6", refuses=True)
@pytest.mark.parametrize(
    ("rows", "field", "rule"),
    [
        ((*ROWS, replace(ROWS[0], script=STOP)), "row 13", "STOP"),
        ((replace(ROWS[0], weekdays=frozenset({Weekday.MONDAY})), *ROWS[1:]), "row 1", "every day"),
        ((replace(ROWS[0], end=ScheduleDate(2099, 12, 31)), *ROWS[1:]), "row 1", "ends"),
        ((replace(ROWS[0], special_days=frozenset({1})), *ROWS[1:]), "row 1", "special days"),
        (ROWS[1:], "EDGE", "gap"),
        (ROWS[:1], "EDGE", "gap"),
        ((*ROWS[:2], *ROWS[3:]), "EDGE", "120 minutes"),
        (tuple(replace(r, start=ScheduleDate(65535, 1, 2)) for r in ROWS), "EDGE", "gap"),
        (tuple(replace(r, end=ScheduleDate(65535, 12, 30)) for r in ROWS), "DAY", "gap"),
        (tuple(replace(r, start=ScheduleDate(2031, 1, 1)) for r in ROWS), "", "gap"),
        ((replace(ROWS[0], start=ScheduleDate(65535, 1, 1, None)),), "StartDate", "UTC"),
        ((replace(ROWS[0], switch_time=SwitchTime(24, 0)),), "SwitchTime", "not a time"),
    ],
)
def test_unsafe_schedules(rows: tuple[ElectricityScheduleRow, ...], field: str, rule: str) -> None:
    refused(with_rows(*rows), field, rule)


@pytest.mark.requirement("R5", "decision 6", refuses=True)
def test_special_days_need_every_row() -> None:
    special = replace(CALENDAR, special_days=(CHRISTMAS,))
    refused(replace(SAFE_ELECTRICITY, calendar=special), "row 1", "special days")
    everywhere = tuple(replace(row, special_days=frozenset({1})) for row in ROWS)
    prove_safe(replace(SAFE_ELECTRICITY, calendar=replace(special, schedule=everywhere)), TWO_HOURS)
    twice = replace(special, special_days=(CHRISTMAS, CHRISTMAS), schedule=everywhere)
    refused(replace(SAFE_ELECTRICITY, calendar=twice), "special_days", "twice")


DAY = GAS.day_profiles[0]
WEEK = GAS.week_profiles[0]
SEASON = GAS.seasons[0]


@pytest.mark.requirement("R5", "decision 6", refuses=True)
@pytest.mark.parametrize(
    ("change", "field", "rule"),
    [
        ({"day_profiles": (DAY, DAY)}, "days", "twice"),
        ({"week_profiles": (WEEK, WEEK)}, "days and weeks", "twice"),
        (
            {"day_profiles": (DAY, GasDayProfile(2, (GasDayAction(SwitchTime(0, 0), STOP),)))},
            "day 2",
            "STOP",
        ),
        (
            {"day_profiles": (GasDayProfile(1, (GasDayAction(SwitchTime(0, 1), START),)),)},
            "day 1",
            "00:00",
        ),
        ({"special_days": (GasSpecialDay(DatePattern(2050, 1, 1, None), 4),)}, "days", "day 4"),
        (
            {"week_profiles": (GasWeekProfile(1, ((1, 1), (2, 3), *WEEK.days[2:])),)},
            "days",
            "day 3",
        ),
        ({"seasons": (SEASON, replace(SEASON, week_id=2))}, "weeks", "week 2"),
        ({"seasons": (GasSeason(DatePattern(2031, 1, 1, None), 1),)}, "calendar", "gap"),
        ({"seasons": (GasSeason(DatePattern(None, 4, 1, None), 1),)}, "calendar", "gap"),
        ({"seasons": (GasSeason(DatePattern(None, None, 1, None), 1),)}, "Season", "month"),
        ({"week_profiles": (GasWeekProfile(1, ((1, 1),) * 7),)}, "week 1", "seven days"),
    ],
)
def test_unsafe_gas_calendars(change: dict[str, object], field: str, rule: str) -> None:
    calendar = replace(GAS, **change)  # type: ignore[arg-type]
    refused(replace(SAFE_GAS, calendar=calendar), field, rule)


def test_amounts_keep_their_types() -> None:
    assert isinstance(SAFE_ELECTRICITY.debt_recovery_rate_cap, int)
    assert (WholePounds(0), MilliPence(0)) == (0, 0)


@pytest.mark.requirement("decision 6", refuses=True)
@pytest.mark.parametrize(
    ("old", "new", "path"),
    [
        ('script = "START"', 'script = "STOP"', "electricity.schedule row 1"),
        ('action = "START"', 'action = "STOP"', "gas.day 1"),
        ('last = "*-12-31"', 'last = "2099-12-31"', "electricity.schedule row 1"),
        ("longest_wait_minutes = 120", "longest_wait_minutes = 60", "electricity.calendar"),
        ('rate_cap = "£0"', 'rate_cap = "£1"', "electricity.debt_recovery_rate_cap"),
        ('limit = "£100.00"', 'limit = "£0"', "electricity.emergency_credit_limit"),
        ('balance = "£500.00"', 'balance = "£90.00"', "electricity.max_meter_balance"),
    ],
)
def test_the_loader_refuses_an_unsafe_profile(old: str, new: str, path: str) -> None:
    with pytest.raises(PolicyError) as caught:
        changed("safe_prepayment.toml", (old, new))
    assert caught.value.path.startswith(path)
    assert caught.value.file == "safe_prepayment.toml"
