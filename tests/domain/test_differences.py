"""Where two values differ."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.differences import Difference, first_difference
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import NonDisablement, PrepaymentConfiguration

ROWS = SAFE_ELECTRICITY.calendar.schedule
FIELDS = ("emergency_credit_limit", "low_credit_threshold", "max_meter_balance")


@pytest.mark.parametrize("safe", [SAFE_ELECTRICITY, SAFE_GAS])
def test_equal_values_do_not_differ(safe: PrepaymentConfiguration) -> None:
    assert first_difference(safe, replace(safe)) is None


@given(st.sampled_from(FIELDS), st.integers(0, 10**8))
@settings(max_examples=30)
def test_the_field_and_both_values_are_named(field: str, amount: int) -> None:
    found = replace(SAFE_GAS, **{field: MilliPence(amount)})  # type: ignore[arg-type]
    wanted = getattr(SAFE_GAS, field)
    expected = None if wanted == amount else Difference(field, wanted, amount)
    assert first_difference(SAFE_GAS, found) == expected


def test_the_first_difference_deep_inside() -> None:
    stop = replace(ROWS[2], script=NonDisablement.STOP)
    calendar = replace(SAFE_ELECTRICITY.calendar, schedule=(*ROWS[:2], stop, *ROWS[3:]))
    difference = first_difference(SAFE_ELECTRICITY, replace(SAFE_ELECTRICITY, calendar=calendar))
    assert difference is not None
    assert difference.path == "calendar.schedule[3].script"
    assert str(difference).startswith("calendar.schedule[3].script: NonDisablement.STOP, not")


def test_lists_of_other_lengths_and_other_types_differ_as_a_whole() -> None:
    assert first_difference((1, 2), (1,), "list") == Difference("list", (1, 2), (1,))
    assert first_difference(SAFE_GAS, 1) == Difference("", SAFE_GAS, 1)
    assert first_difference(1, 2, "number") == Difference("number", 1, 2)
