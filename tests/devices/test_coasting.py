"""``is_quiet`` and ``coast``: a stretch of time in one step, with the result of ``advance``."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.devices.alerts import CommandReference
from stayon.devices.model import MeterModel
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS
from stayon.devices.prepayment import Prepayment
from stayon.devices.supply import Supply
from stayon.domain.nondisablement import CalendarReading
from stayon.domain.prepayment import PrepaymentConfiguration

MIDNIGHT = datetime(2027, 1, 16, tzinfo=UTC)
NOON = MIDNIGHT - timedelta(hours=12)
POUND = 100_000
MICROSECONDS = 3_600_000_000


def meter(
    balance: int,
    configuration: PrepaymentConfiguration = SAFE_ELECTRICITY,
    *,
    per_hour: int = POUND,
    supply: Supply = Supply.ENABLED,
    emergency_drawn: int = 0,
    model: MeterModel | None = None,
) -> Prepayment:
    return Prepayment(
        configuration,
        NOON,
        balance=balance,
        supply=supply,
        emergency_drawn=emergency_drawn,
        consumption_per_hour=per_hour,
        standing_charge=45_000,
        model=model or MeterModel(),
    )


def used(hours: float, per_hour: int = POUND) -> int:
    return per_hour * round(hours * MICROSECONDS)


def test_a_meter_with_plenty_is_quiet_up_to_midnight_and_not_beyond() -> None:
    plenty = meter(100 * POUND)
    assert plenty.is_quiet(MIDNIGHT, used(12))
    assert not plenty.is_quiet(MIDNIGHT + timedelta(microseconds=1), used(12))


def test_what_reaches_a_threshold_is_not_quiet() -> None:
    # 12 pounds are used; credit is low below 2 pounds, and that is where the next alert is.
    assert meter(22 * POUND).is_quiet(MIDNIGHT, used(12))
    assert not meter(22 * POUND - 1).is_quiet(MIDNIGHT, used(12))


def test_what_waits_for_its_time_is_not_quiet() -> None:
    waiting = meter(100 * POUND)
    at = MIDNIGHT - timedelta(hours=1)
    waiting.set_later(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY, at, CommandReference(0x00DE, 1))
    assert not waiting.is_quiet(MIDNIGHT, used(12))


def test_a_meter_that_is_off_is_quiet_whatever_the_home_would_use() -> None:
    off = meter(-POUND, supply=Supply.DISABLED)
    assert off.is_quiet(MIDNIGHT, used(12))
    off.coast(MIDNIGHT, used(12))
    assert off.account.balance == -POUND - 45_000


def test_a_meter_that_has_credit_again_is_not_quiet() -> None:
    assert not meter(POUND, supply=Supply.DISABLED).is_quiet(MIDNIGHT, 0)
    remote = meter(POUND)
    remote.disable_remotely()
    assert remote.is_quiet(MIDNIGHT, 0)


def test_a_meter_in_deficit_is_quiet_while_the_calendar_is() -> None:
    deficit = meter(-POUND)
    assert not deficit.is_quiet(MIDNIGHT, used(12))
    deficit.advance(NOON + timedelta(hours=1))
    assert deficit.switch.in_deficit
    assert deficit.is_quiet(MIDNIGHT, used(11))


@settings(max_examples=80)
@given(
    balance=st.integers(min_value=-30 * POUND, max_value=60 * POUND),
    per_hour=st.integers(min_value=0, max_value=2 * POUND),
    hours=st.floats(min_value=0.01, max_value=12),
    drawn=st.sampled_from([0, POUND, 100 * POUND]),
    supply=st.sampled_from(Supply),
    gas=st.booleans(),
    reading=st.sampled_from(CalendarReading),
    repeats=st.booleans(),
)
def test_coasting_is_advancing(
    *,
    balance: int,
    per_hour: int,
    hours: float,
    drawn: int,
    supply: Supply,
    gas: bool,
    reading: CalendarReading,
    repeats: bool,
) -> None:
    def made() -> Prepayment:
        return meter(
            balance,
            SAFE_GAS if gas else SAFE_ELECTRICITY,
            per_hour=per_hour,
            supply=supply,
            emergency_drawn=drawn,
            model=MeterModel(reading=reading, repeats_deficit_alert=repeats),
        )

    once, stepped = made(), made()
    begin = NOON + timedelta(minutes=1)
    for each in (once, stepped):
        each.advance(begin)
        each.collect()
    to = min(begin + timedelta(hours=hours), MIDNIGHT)
    energy = per_hour * ((to - begin) // timedelta(microseconds=1))
    if not once.is_quiet(to, energy):
        return
    once.coast(to, energy)
    for part in range(1, 5):
        stepped.advance(begin + (to - begin) * part / 4)
    assert state(once) == state(stepped)
    assert once.collect() == stepped.collect()


def state(one: Prepayment) -> tuple[object, ...]:
    account = one.account
    return (
        one.at,
        account.balance,
        account.emergency_left,
        account.emergency_owed,
        account.emergency_state,
        one.supply,
        one.switch.in_deficit,
        one.period.active,
        one._residue,
    )


@pytest.mark.parametrize("minutes", [0, 1])
def test_the_day_is_charged_for_at_midnight(minutes: int) -> None:
    one = meter(100 * POUND, per_hour=0)
    one.coast(MIDNIGHT - timedelta(minutes=minutes), 0)
    assert one.account.balance == 100 * POUND - (0 if minutes else 45_000)
