"""How the profile file writes money, times and dates."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.shipped import changed

from stayon.domain.metering import Fuel
from stayon.domain.money import MILLIPENCE_PER_POUND
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricitySpecialDay,
    ScheduleDate,
    SwitchTime,
    Weekday,
)
from stayon.policy.documents import millipence
from stayon.policy.profile_document import _bound, _pattern, _time


@given(st.integers(-(10**11), 10**11))
@settings(max_examples=50)
def test_money_is_read_exactly(amount: int) -> None:
    sign, value = ("-", -amount) if amount < 0 else ("", amount)
    text = f"{sign}£{value // MILLIPENCE_PER_POUND}.{value % MILLIPENCE_PER_POUND:05d}"
    assert millipence(text) == amount


@pytest.mark.parametrize("text", ["90", "£", "£1.", "£1.123456", "£1,000", "£-1", "£1 ", "€1"])
def test_what_is_not_money(text: str) -> None:
    with pytest.raises(ValueError, match="£90"):
        millipence(text)


def test_times_and_dates() -> None:
    assert _time("02:30") == SwitchTime(2, 30)
    assert _time("23:59:58.07") == SwitchTime(23, 59, 58, 7)
    assert _bound("*-01-01") == ScheduleDate(65535, 1, 1)
    assert _bound("2030-02-28") == ScheduleDate(2030, 2, 28)
    assert _pattern("*-*-last Mon") == DatePattern(None, None, DayOfMonthRule.LAST, Weekday.MONDAY)
    assert _pattern("2026-02-second-last") == DatePattern(2026, 2, DayOfMonthRule.SECOND_LAST, None)
    assert _pattern("*-12-*") == DatePattern(None, 12, None, None)


def test_special_days_of_both_fuels_reach_the_profile() -> None:
    policy = changed(
        "safe_prepayment.toml",
        ("special_days = []\n\n#", 'special_days = [{ index = 1, date = "*-12-25" }]\n\n#'),
        ('"Sun"]\nspecial_days = []', '"Sun"]\nspecial_days = [1]'),
    )  # fmt: skip
    calendar = policy.safe_prepayment.electricity.calendar
    assert calendar.special_days == (ElectricitySpecialDay(1, DatePattern(None, 12, 25, None)),)
    assert all(row.special_days == {1} for row in calendar.schedule)
    assert policy.safe_prepayment.configuration(Fuel.GAS).calendar.special_days
