"""The meter in time: thresholds, calendar, supply, Service Request 2.1."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.devices.alerts import AlertCode, CommandReference
from stayon.devices.credit import Debts, EmergencyState, TopUpResult
from stayon.devices.model import MeterModel, RaisedLimit
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, GAS_ACTIVATIONS, Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.supply import Cause, Supply
from stayon.domain.errors import FieldError
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.nondisablement import CalendarReading
from stayon.domain.prepayment import (
    ElectricityCalendar,
    GasDayAction,
    GasDayProfile,
    NonDisablement,
    ScheduleDate,
    SwitchTime,
)

NOON = datetime(2026, 11, 16, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POUND = 1_00000
LATER = CommandReference(0x00DE, 77)

START_ROW = SAFE_ELECTRICITY.calendar.schedule[0]


def calendar(**hours: NonDisablement) -> ElectricityCalendar:
    """An electricity calendar of rows at ``hNN``."""
    rows = (
        replace(START_ROW, script=script, switch_time=SwitchTime(int(hour[1:]), 0))
        for hour, script in hours.items()
    )
    return ElectricityCalendar((), tuple(rows))


ORDINARY = replace(
    SAFE_ELECTRICITY,
    debt_recovery_rate_cap=WholePounds(10),
    emergency_credit_limit=MilliPence(5 * POUND),
    emergency_credit_threshold=MilliPence(1 * POUND),
    calendar=calendar(h16=NonDisablement.START, h10=NonDisablement.STOP),
)
"""Friendly hours from 16:00 to 10:00, five pounds of emergency credit."""


def meter(
    balance: int = 20 * POUND,
    *,
    hourly: int = 1 * POUND,
    at: datetime = NOON,
    supply: Supply = Supply.ENABLED,
    model: MeterModel | None = None,
) -> Prepayment:
    return Prepayment(
        ORDINARY, at, balance=balance, consumption_per_hour=hourly, supply=supply,
        model=model or MeterModel(),
    )  # fmt: skip


def supply_of(made: Prepayment) -> Supply:
    return made.supply


def in_period(made: Prepayment) -> bool:
    return made.period.active


def codes(made: Prepayment) -> list[AlertCode]:
    return [raised.code for raised in made.collect()]


class TestTime:
    def test_thresholds_are_crossed_at_their_very_instant(self) -> None:
        made = meter(3 * POUND)
        made.advance(NOON + 3 * HOUR)
        told = {raised.code: raised.at - NOON for raised in made.collect()}
        one_unit = timedelta(hours=1) / POUND
        assert told[AlertCode.LOW_CREDIT] == HOUR + one_unit
        assert told[AlertCode.BELOW_EMERGENCY_THRESHOLD] == 2 * HOUR + one_unit
        assert told[AlertCode.DISABLED_FOR_CREDIT] == 3 * HOUR
        assert (made.supply, made.switch.cause) == (Supply.DISABLED, Cause.CREDIT)

    def test_a_home_off_supply_uses_nothing(self) -> None:
        made = meter(1 * POUND)
        made.advance(NOON + 3 * HOUR)
        assert made.account.balance == 0
        made.advance(NOON + 3 * DAY)
        assert made.account.balance == 0

    def test_time_does_not_run_backwards(self) -> None:
        made = meter()
        made.advance(NOON - DAY)
        assert (made.at, made.account.balance) == (NOON, 20 * POUND)

    def test_standing_charge_and_time_debts_fall_due_at_midnight(self) -> None:
        made = meter(hourly=0)
        made.standing_charge = 50
        made.account.debts = Debts(time_based=100, time_based_daily=30)
        made.advance(NOON + 2 * DAY)
        assert made.account.balance == 20 * POUND - 2 * 80

    def test_friendly_hours_keep_a_home_on_until_they_stop(self) -> None:
        made = meter(5 * POUND, at=NOON)
        made.advance(NOON + 21 * HOUR)
        assert supply_of(made) is Supply.ENABLED
        assert made.account.balance == -16 * POUND
        assert codes(made).count(AlertCode.CREDIT_USED_UP_BUT_ON) == 1
        made.advance(NOON + 22 * HOUR)
        assert supply_of(made) is Supply.DISABLED
        assert codes(made) == [AlertCode.DISABLED_FOR_CREDIT]

    def test_start_neither_enables_nor_arms(self) -> None:
        made = meter(1 * POUND)
        made.advance(NOON + 12 * HOUR)
        assert in_period(made)
        assert supply_of(made) is Supply.DISABLED

    def test_every_start_may_tell_the_deficit_again(self) -> None:
        model = MeterModel(repeats_deficit_alert=True)
        made = Prepayment(
            SAFE_ELECTRICITY, NOON, balance=POUND, consumption_per_hour=POUND, model=model
        )
        made.advance(NOON + DAY + HOUR)
        assert codes(made).count(AlertCode.CREDIT_USED_UP_BUT_ON) == 1 + 12

    @pytest.mark.parametrize("reading", CalendarReading)
    def test_a_stop_cuts_under_every_reading(self, reading: CalendarReading) -> None:
        made = Prepayment(
            ORDINARY, NOON + 5 * HOUR, balance=-POUND,
            model=MeterModel(reading=reading),
        )  # fmt: skip
        made.advance(NOON + 11 * HOUR)
        assert supply_of(made) is Supply.ENABLED
        made.advance(NOON + 22 * HOUR)
        assert supply_of(made) is Supply.DISABLED


@pytest.mark.requirement("R5", "decision 18")
@pytest.mark.parametrize("reading", CalendarReading)
def test_the_safe_set_keeps_an_electricity_home_on_for_1500_days(reading: CalendarReading) -> None:
    made = Prepayment(
        SAFE_ELECTRICITY, NOON, balance=POUND, consumption_per_hour=POUND // 2,
        standing_charge=POUND // 2, model=MeterModel(reading=reading),
    )  # fmt: skip
    made.advance(NOON + 1500 * DAY)
    assert supply_of(made) is Supply.ENABLED
    assert AlertCode.DISABLED_FOR_CREDIT not in codes(made)
    assert made.account.balance == POUND - 1500 * 12 * POUND - 1500 * POUND // 2


@pytest.mark.requirement("R5", "decision 18")
def test_the_safe_set_keeps_a_gas_home_on_for_1500_days() -> None:
    made = Prepayment(SAFE_GAS, NOON, balance=POUND, consumption_per_hour=POUND // 2)
    made.advance(NOON + 1500 * DAY)
    assert supply_of(made) is Supply.ENABLED


class TestSupply:
    def off(self, model: MeterModel | None = None) -> Prepayment:
        made = meter(1 * POUND, model=model)
        made.advance(NOON + HOUR)
        made.collect()
        return made

    def test_a_top_up_arms_and_a_person_enables(self) -> None:
        made = self.off()
        assert made.top_up(5 * POUND) is TopUpResult.ACCEPTED
        assert (made.supply, codes(made)) == (Supply.ARMED, [AlertCode.ARMED])
        assert made.enable_locally()
        assert made.switch.cause is None

    def test_emergency_credit_arms_too(self) -> None:
        made = self.off()
        assert made.activate_emergency_credit()
        assert codes(made) == [
            AlertCode.EMERGENCY_CREDIT_ACTIVATED,
            AlertCode.ARMED_BY_EMERGENCY_CREDIT,
        ]
        assert made.enable_locally()
        made.advance(NOON + 10 * HOUR)
        assert AlertCode.EMERGENCY_CREDIT_USED_UP in codes(made)

    def test_asking_for_emergency_credit_again_is_no_news(self) -> None:
        made = self.off()
        made.activate_emergency_credit()
        made.collect()
        assert made.activate_emergency_credit()
        assert codes(made) == []

    def test_some_meters_come_on_by_themselves(self) -> None:
        made = self.off(MeterModel(auto_enable=True))
        made.top_up(5 * POUND)
        assert (made.supply, made.switch.cause) == (Supply.ENABLED, None)

    def test_nobody_enables_a_disabled_supply_locally(self) -> None:
        assert not self.off().enable_locally()

    def test_an_armed_supply_without_credit_goes_off_outside_friendly_hours(self) -> None:
        made = self.off()
        made.top_up(1)
        made.collect()
        made.adjust_balance(-1)
        assert (made.supply, codes(made)) == (Supply.DISABLED, [])

    def test_an_armed_supply_without_credit_stays_armed_in_friendly_hours(self) -> None:
        made = self.off()
        made.advance(NOON + 6 * HOUR)
        made.top_up(1)
        made.adjust_balance(-1)
        assert supply_of(made) is Supply.ARMED
        made.collect()
        assert made.enable_locally()
        assert codes(made) == [AlertCode.CREDIT_USED_UP_BUT_ON]

    def test_refused_top_ups_raise_alerts(self) -> None:
        made = meter(hourly=0)
        assert made.top_up(91 * POUND) is TopUpResult.OVER_MAXIMUM_CREDIT
        made.account.balance = 450 * POUND
        assert made.top_up(60 * POUND) is TopUpResult.OVER_MAXIMUM_BALANCE
        assert codes(made) == [
            AlertCode.TOP_UP_OVER_MAXIMUM_CREDIT,
            AlertCode.TOP_UP_OVER_MAXIMUM_BALANCE,
        ]

    def test_remote_disable_needs_a_remote_enable_or_arming(self) -> None:
        made = meter(hourly=0)
        made.disable_remotely()
        made.top_up(POUND)
        assert (made.supply, made.switch.cause) == (Supply.DISABLED, Cause.REMOTE)
        assert made.enable_remotely()
        made.arm_remotely()
        assert supply_of(made) is Supply.ENABLED
        made.disable_remotely()
        made.arm_remotely()
        assert supply_of(made) is Supply.ARMED

    def test_remote_enable_without_credit_does_not_last(self) -> None:
        assert not self.off().enable_remotely()

    def test_gas_is_enabled_at_the_meter_only_and_only_under_control(self) -> None:
        made = Prepayment(SAFE_GAS, NOON, balance=POUND, supply=Supply.DISABLED)
        made.top_up(POUND)
        assert made.fuel is Fuel.GAS
        assert not made.enable_remotely()
        assert not made.enable_locally(at_the_meter=False)
        assert not made.enable_locally(flow_controlled=False)
        assert supply_of(made) is Supply.ARMED
        assert made.enable_locally()


class TestUpdate:
    def test_safe_set_does_not_restore_a_home_that_is_off(self) -> None:
        made = meter(1 * POUND)
        made.advance(NOON + 4 * HOUR)
        made.set_now(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY)
        assert supply_of(made) is Supply.DISABLED
        assert made.activate_emergency_credit()
        assert made.enable_locally()

    def test_exhausted_emergency_credit_is_no_help_unless_the_limit_adds(self) -> None:
        for raised, supply in (
            (RaisedLimit.KEEP, Supply.DISABLED),
            (RaisedLimit.ADD, Supply.ARMED),
        ):
            model = MeterModel(raised_limit=raised)
            made = meter(0, at=NOON - HOUR, supply=Supply.DISABLED, model=model)
            made.activate_emergency_credit()
            made.enable_locally()
            made.account.charge(1 * POUND)
            made.advance(NOON + 4 * HOUR - timedelta(seconds=1))
            made.set_now(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY)
            assert supply_of(made) is supply

    def test_a_huge_low_credit_threshold_is_told_at_once(self) -> None:
        made = meter()
        made.set_now(
            [Parameter.LOW_CREDIT],
            replace(ORDINARY, low_credit_threshold=MilliPence(100 * POUND)),
        )
        assert codes(made) == [AlertCode.LOW_CREDIT]

    def test_some_parameters_only(self) -> None:
        made = meter()
        made.set_now([Parameter.SPECIAL_DAYS, Parameter.DEBT_RECOVERY_CAP], SAFE_ELECTRICITY)
        assert made.account.terms.debt_recovery_cap == 0
        assert made.account.terms.emergency_limit == 5 * POUND
        assert made.period.calendar == ORDINARY.calendar

    def test_a_future_update_is_told_parameter_by_parameter(self) -> None:
        made = meter(hourly=0)
        made.faults = frozenset({Parameter.EMERGENCY_LIMIT})
        made.set_later(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY, NOON + HOUR, LATER)
        made.advance(NOON + HOUR - timedelta(seconds=1))
        assert made.account.terms.debt_recovery_cap == 10 * POUND
        made.advance(NOON + 2 * HOUR)
        raised = made.collect()
        assert [r.outcome.parameter for r in raised if r.outcome] == [*ELECTRICITY_ACTIVATIONS]
        assert {r.at for r in raised} == {NOON + HOUR}
        failed = [r.outcome for r in raised if r.code is AlertCode.FUTURE_COMMAND_FAILED]
        assert [f.parameter for f in failed if f] == [Parameter.EMERGENCY_LIMIT]
        assert made.account.terms.emergency_limit == 5 * POUND
        assert made.account.terms.debt_recovery_cap == 0
        assert made.scheduled == ()

    def test_cancel_leaves_the_present_values(self) -> None:
        made = meter(hourly=0)
        made.set_later(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY, NOON + HOUR, LATER)
        made.cancel([Parameter.SCHEDULE])
        made.advance(NOON + 2 * HOUR)
        assert made.period.calendar == ORDINARY.calendar
        assert made.account.terms.debt_recovery_cap == 0

    def test_a_present_update_overtakes_a_future_one(self) -> None:
        made = meter(hourly=0)
        made.set_later([Parameter.EMERGENCY_LIMIT], ORDINARY, NOON + HOUR, LATER)
        made.set_now(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY)
        made.advance(NOON + 2 * HOUR)
        assert made.account.terms.emergency_limit == 100 * POUND
        assert codes(made) == []

    def test_a_future_that_has_come_takes_effect_at_once(self) -> None:
        made = meter(hourly=0)
        made.set_later([Parameter.DEBT_RECOVERY_CAP], SAFE_ELECTRICITY, NOON, LATER)
        assert made.account.terms.debt_recovery_cap == 0
        assert codes(made) == [AlertCode.FUTURE_COMMAND_EXECUTED]

    def test_gas_calendar_and_special_days_activate_apart(self) -> None:
        stop = GasDayProfile(1, (GasDayAction(SwitchTime(0, 0), NonDisablement.STOP),))
        other = replace(
            SAFE_GAS, calendar=replace(SAFE_GAS.calendar, day_profiles=(stop,), special_days=())
        )
        made = Prepayment(SAFE_GAS, NOON, balance=POUND)
        made.set_now([Parameter.SPECIAL_DAYS], other)
        assert in_period(made)
        made.set_now(GAS_ACTIVATIONS, other)
        assert not in_period(made)
        made.set_now([Parameter.CALENDAR], SAFE_GAS)
        assert in_period(made)

    @pytest.mark.parametrize(
        ("parameter", "accepted"),
        [
            (Parameter.EMERGENCY_LIMIT, False),
            (Parameter.MAX_METER_BALANCE, True),
            (Parameter.SCHEDULE, True),
            (Parameter.LOW_CREDIT, True),
        ],
    )
    def test_limits_of_the_firmware(self, parameter: Parameter, accepted: bool) -> None:
        model = MeterModel(
            largest_emergency_limit=MilliPence(50 * POUND),
            largest_meter_balance=MilliPence(500 * POUND),
        )
        assert meter(model=model).accepts(parameter, SAFE_ELECTRICITY) is accepted

    def test_a_calendar_that_no_meter_can_hold(self) -> None:
        row = replace(START_ROW, start=ScheduleDate(65536, 1, 1))
        broken = replace(SAFE_ELECTRICITY, calendar=ElectricityCalendar((), (row,)))
        assert not meter().accepts(Parameter.SCHEDULE, broken)
        with pytest.raises(FieldError):
            Prepayment(broken, NOON)

    def test_the_other_fuels_calendar(self) -> None:
        with pytest.raises(FieldError):
            meter().set_now(ELECTRICITY_ACTIVATIONS, SAFE_GAS)
        with pytest.raises(FieldError):
            Prepayment(SAFE_GAS, NOON).set_now(GAS_ACTIVATIONS, SAFE_ELECTRICITY)


_ACTIONS = st.lists(
    st.tuples(
        st.sampled_from(
            ["wait", "top up", "emergency", "enable", "remote on", "remote off", "arm", "safe"]
        ),
        st.integers(1, 40),
    ),
    max_size=20,
)


@settings(max_examples=120, deadline=None)
@given(
    _ACTIONS,
    st.integers(-5 * POUND, 10 * POUND),
    st.sampled_from(CalendarReading),
    st.sampled_from(Supply),
)
def test_supply_comes_on_by_a_deliberate_act_only(
    actions: list[tuple[str, int]], balance: int, reading: CalendarReading, supply: Supply
) -> None:
    made = meter(balance, supply=supply, model=MeterModel(reading=reading))
    for action, amount in actions:
        before = made.supply
        if action == "wait":
            made.advance(made.at + amount * HOUR)
        elif action == "top up":
            made.top_up(amount * POUND)
        elif action == "emergency":
            made.activate_emergency_credit()
        elif action == "enable":
            made.enable_locally()
            assert before is not Supply.DISABLED or made.supply is Supply.DISABLED
        elif action == "remote on":
            made.enable_remotely()
        elif action == "remote off":
            made.disable_remotely()
        elif action == "arm":
            made.arm_remotely()
        else:
            made.set_now(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY)
        if made.supply is Supply.ENABLED and before is not Supply.ENABLED:
            assert action in ("enable", "remote on")
        if made.supply is Supply.ENABLED and amount and action == "wait":
            assert made.period.active or not made.account.exhausted
        assert (made.switch.cause is None) == (made.supply is Supply.ENABLED)


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 3 * POUND),
    st.integers(1, 2 * POUND),
    st.lists(st.integers(1, 48 * 60), min_size=1, max_size=12),
    st.booleans(),
)
@example(balance=0, hourly=1, minutes=[1, 1], emergency=False)
def test_the_size_of_the_steps_does_not_matter(
    balance: int, hourly: int, minutes: list[int], emergency: bool
) -> None:
    def build() -> Prepayment:
        made = meter(balance, hourly=hourly, at=NOON + 5 * HOUR)
        made.period.active = True
        made.standing_charge = 12345
        if emergency:
            made.activate_emergency_credit()
        # The period was begun by hand: let the meter look at where it stands before time passes.
        made.advance(made.at + timedelta(microseconds=1))
        return made

    whole, parts = build(), build()
    for step in minutes:
        parts.advance(parts.at + timedelta(minutes=step))
    whole.advance(parts.at)
    assert whole.account.balance == parts.account.balance
    assert whole.account.emergency_owed == parts.account.emergency_owed
    assert whole.supply == parts.supply
    assert whole.collect() == parts.collect()


def test_a_home_that_owes_emergency_credit_is_told_once() -> None:
    made = meter(0, supply=Supply.DISABLED)
    made.activate_emergency_credit()
    made.enable_locally()
    made.advance(NOON + 5 * HOUR)
    assert made.account.emergency_state is EmergencyState.EXHAUSTED
    assert codes(made).count(AlertCode.EMERGENCY_CREDIT_USED_UP) == 1


def test_a_meter_may_start_with_emergency_credit_in_use() -> None:
    made = Prepayment(ORDINARY, NOON, balance=0, emergency_drawn=4 * POUND)
    assert (made.account.emergency_state, made.account.credit) == (EmergencyState.ACTIVE, POUND)
    made = Prepayment(ORDINARY, NOON, balance=0, emergency_drawn=5 * POUND, supply=Supply.DISABLED)
    assert made.account.emergency_state is EmergencyState.EXHAUSTED
    made.advance(NOON + HOUR)
    assert codes(made) == []


@pytest.mark.parametrize("reading", [CalendarReading.EDGE, CalendarReading.LOOKBACK])
def test_a_meter_knows_its_friendly_hours_from_the_start(reading: CalendarReading) -> None:
    made = Prepayment(ORDINARY, NOON + 20 * HOUR, balance=-POUND, model=MeterModel(reading=reading))
    made.advance(NOON + 21 * HOUR)
    assert made.supply is Supply.ENABLED
