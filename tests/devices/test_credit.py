"""Balance, emergency credit and top-ups, and the switches about them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stayon.devices.credit import CreditAccount, Debts, EmergencyState, Terms, TopUpResult
from stayon.devices.model import (
    BalanceTest,
    Boundary,
    MeterModel,
    RaisedLimit,
    RepaymentOrder,
    ZeroCap,
)

TERMS = Terms(
    debt_recovery_cap=10_00,
    emergency_limit=10_00,
    emergency_threshold=2_00,
    low_credit_threshold=3_00,
    max_meter_balance=100_00,
    max_credit=50_00,
)


def account(
    balance: int = 0, model: MeterModel | None = None, debts: Debts | None = None
) -> CreditAccount:
    return CreditAccount(TERMS, balance=balance, debts=debts, model=model or MeterModel())


def in_emergency(balance: int, used: int, model: MeterModel | None = None) -> CreditAccount:
    """An account whose emergency credit is active and of which ``used`` is drawn."""
    made = account(0, model)
    assert made.activate_emergency_credit()
    made.charge(used)
    made.balance = balance
    return made


def test_charges_take_the_balance_then_emergency_credit_then_the_balance_again() -> None:
    made = account(1_50)
    assert made.activate_emergency_credit()
    made.charge(5_00)
    assert (made.balance, made.emergency_left, made.emergency_owed) == (0, 6_50, 3_50)
    made.charge(10_00)
    assert (made.balance, made.emergency_left, made.emergency_owed) == (-3_50, 0, 10_00)
    assert made.emergency_state is EmergencyState.EXHAUSTED
    assert made.exhausted


def test_emergency_credit_is_offered_below_the_threshold_only() -> None:
    assert not account(2_00).activate_emergency_credit()
    made = account(1_99)
    assert made.activate_emergency_credit()
    assert made.activate_emergency_credit()


def test_there_is_no_emergency_credit_to_activate_when_the_limit_is_zero() -> None:
    made = CreditAccount(replace(TERMS, emergency_limit=0))
    assert not made.activate_emergency_credit()


def test_exhausted_emergency_credit_is_not_activated_again() -> None:
    assert not in_emergency(0, 10_00).activate_emergency_credit()


@pytest.mark.parametrize(
    ("boundary", "exhausted"), [(Boundary.AT_THRESHOLD, True), (Boundary.BELOW_THRESHOLD, False)]
)
def test_credit_at_the_disablement_threshold(boundary: Boundary, exhausted: bool) -> None:
    assert account(0, MeterModel(boundary=boundary)).exhausted is exhausted
    assert account(-1, MeterModel(boundary=boundary)).exhausted


class TestTopUp:
    def test_refusals_leave_everything_as_it_was(self) -> None:
        made = account(60_00, debts=Debts(accumulated=5_00))
        assert made.top_up(50_01, week=1) is TopUpResult.OVER_MAXIMUM_CREDIT
        assert made.top_up(40_01, week=1) is TopUpResult.OVER_MAXIMUM_BALANCE
        assert (made.balance, made.debts.accumulated) == (60_00, 5_00)

    def test_the_maximum_balance_may_be_tested_with_what_reaches_it(self) -> None:
        net = MeterModel(balance_test=BalanceTest.NET)
        made = account(60_00, net, Debts(accumulated=5_00))
        assert made.top_up(45_00, week=1) is TopUpResult.ACCEPTED
        assert made.balance == 100_00

    def test_payment_debt_then_accumulated_debt_then_emergency_credit_then_balance(self) -> None:
        made = in_emergency(-1_00, 4_00)
        made.debts = Debts(accumulated=3_00, payment_based=90_00, payment_percent=10)
        assert made.top_up(20_00, week=1) is TopUpResult.ACCEPTED
        assert made.debts.payment_based == 88_00
        assert made.debts.accumulated == 0
        assert made.emergency_owed == 0
        assert made.balance == -1_00 + 11_00

    def test_a_deficit_may_come_before_emergency_credit(self) -> None:
        made = in_emergency(-6_00, 4_00, MeterModel(repayment=RepaymentOrder.DEFICIT))
        made.top_up(8_00, week=1)
        assert (made.balance, made.emergency_owed) == (0, 2_00)
        other = in_emergency(-6_00, 4_00)
        other.top_up(8_00, week=1)
        assert (other.balance, other.emergency_owed) == (-2_00, 0)

    def test_the_cap_limits_payment_debt_by_the_week(self) -> None:
        made = account(debts=Debts(payment_based=500_00, payment_percent=30))
        for week, left in ((1, 494_00), (1, 490_00), (1, 490_00), (2, 484_00)):
            made.top_up(20_00, week=week)
            assert made.debts.payment_based == left

    @pytest.mark.parametrize(
        ("meaning", "recovered"), [(ZeroCap.NOTHING, 0), (ZeroCap.UNLIMITED, 6_00)]
    )
    def test_a_cap_of_zero(self, meaning: ZeroCap, recovered: int) -> None:
        made = account(
            0, MeterModel(zero_cap=meaning), Debts(payment_based=50_00, payment_percent=30)
        )
        made.take_terms(replace(TERMS, debt_recovery_cap=0))
        made.top_up(20_00, week=1)
        assert made.debts.payment_based == 50_00 - recovered

    def test_repaid_emergency_credit_goes_off_above_the_threshold_only(self) -> None:
        made = in_emergency(0, 4_00)
        made.top_up(5_00, week=1)
        assert (made.emergency_state, made.emergency_left) == (EmergencyState.ACTIVE, 10_00)
        made.top_up(1_00, week=1)
        assert made.emergency_state is EmergencyState.OFF

    def test_exhausted_emergency_credit_must_be_repaid_and_asked_for_again(self) -> None:
        made = in_emergency(0, 10_00)
        made.top_up(9_99, week=1)
        assert (made.emergency_state, made.credit) == (EmergencyState.EXHAUSTED, 0)
        made.top_up(2, week=1)
        assert made.emergency_state is EmergencyState.OFF
        assert made.activate_emergency_credit()


class TestRaisedLimit:
    RAISED = replace(TERMS, emergency_limit=100_00)

    def test_keep_rescues_nobody_whose_emergency_credit_is_used_up(self) -> None:
        made = in_emergency(-1_00, 10_00)
        made.take_terms(self.RAISED)
        assert (made.emergency_state, made.credit) == (EmergencyState.EXHAUSTED, -1_00)

    def test_add_gives_the_difference(self) -> None:
        made = in_emergency(-1_00, 10_00, MeterModel(raised_limit=RaisedLimit.ADD))
        made.take_terms(self.RAISED)
        assert (made.emergency_state, made.credit) == (EmergencyState.ACTIVE, 89_00)
        assert made.emergency_owed == 10_00

    def test_add_takes_back_what_a_lower_limit_does_not_give(self) -> None:
        made = in_emergency(0, 4_00, MeterModel(raised_limit=RaisedLimit.ADD))
        made.take_terms(replace(TERMS, emergency_limit=3_00))
        assert made.emergency_state is EmergencyState.EXHAUSTED

    def test_while_nothing_is_owed_the_limit_is_what_is_left(self) -> None:
        for made in (account(), in_emergency(0, 0)):
            made.take_terms(self.RAISED)
            assert made.emergency_left == 100_00

    def test_a_limit_of_zero_ends_unused_emergency_credit(self) -> None:
        made = in_emergency(0, 0)
        made.take_terms(replace(TERMS, emergency_limit=0))
        assert made.emergency_state is EmergencyState.OFF


class TestDailyCharges:
    def test_time_debts_run_out(self) -> None:
        made = account(10_00, debts=Debts(time_based=1_50, time_based_daily=1_00))
        made.debts.second_time_based, made.debts.second_time_based_daily = 20, 10
        made.charge_for_a_day(50, off=False)
        made.charge_for_a_day(50, off=True)
        assert made.balance == 10_00 - 2 * 50 - 1_50 - 20
        assert made.debts.total == 0

    def test_suspended_while_disabled(self) -> None:
        made = account(0, debts=Debts(time_based=1_50, time_based_daily=1_00))
        made.debts.suspend_when_disabled = True
        made.charge_for_a_day(50, off=True)
        assert (made.balance, made.debts.time_based) == (0, 1_50)
        made.charge_for_a_day(50, off=False)
        assert made.balance == -1_50

    def test_accumulated_while_emergency_credit_is_in_use(self) -> None:
        made = in_emergency(0, 1_00)
        made.debts = Debts(time_based=1_50, time_based_daily=1_00, suspend_in_emergency=True)
        made.charge_for_a_day(50, off=False)
        assert (made.debts.accumulated, made.debts.time_based) == (1_50, 50)
        assert (made.balance, made.emergency_owed) == (0, 1_00)


_MONEY = st.integers(0, 60_00)
_EVENTS = st.lists(
    st.one_of(
        st.tuples(st.just("charge"), _MONEY),
        st.tuples(st.just("day"), st.integers(0, 2_00)),
        st.tuples(st.just("top up"), _MONEY),
        st.tuples(st.just("emergency"), st.just(0)),
        st.tuples(st.just("limit"), _MONEY),
    ),
    max_size=25,
)
_MODELS = st.builds(
    MeterModel,
    boundary=st.sampled_from(Boundary),
    raised_limit=st.sampled_from(RaisedLimit),
    repayment=st.sampled_from(RepaymentOrder),
    balance_test=st.sampled_from(BalanceTest),
    zero_cap=st.sampled_from(ZeroCap),
)


def worth(made: CreditAccount) -> int:
    """What the home has, less what it owes."""
    return made.balance - made.emergency_owed - made.debts.total


@settings(max_examples=150, deadline=None)
@given(_MODELS, _EVENTS, st.integers(-20_00, 20_00), st.booleans())
def test_money_is_conserved(
    model: MeterModel, events: list[tuple[str, int]], balance: int, suspended: bool
) -> None:
    made = account(
        balance,
        model,
        Debts(
            accumulated=3_00,
            time_based=7_00,
            time_based_daily=1_00,
            payment_based=40_00,
            payment_percent=25,
            suspend_in_emergency=suspended,
        ),
    )
    for number, (event, amount) in enumerate(events):
        before, change = worth(made), 0
        if event == "charge":
            made.charge(amount)
            change = -amount
        elif event == "day":
            made.charge_for_a_day(amount, off=False)
            change = -amount
        elif event == "top up":
            accepted = made.top_up(amount, week=number // 5) is TopUpResult.ACCEPTED
            change = amount if accepted else 0
        elif event == "emergency":
            made.activate_emergency_credit()
        else:
            made.take_terms(replace(made.terms, emergency_limit=amount))
        assert worth(made) == before + change
        assert made.emergency_left >= 0
        assert made.emergency_owed >= 0
        assert min(made.debts.accumulated, made.debts.time_based, made.debts.payment_based) >= 0
        active = made.emergency_state is EmergencyState.ACTIVE
        assert made.credit == made.balance + (made.emergency_left if active else 0)


@settings(max_examples=150, deadline=None)
@given(
    _MODELS,
    st.integers(-5_00, 15_00),
    st.booleans(),
    st.integers(0, 9_00),
    st.integers(-3_00, 3_00),
)
def test_nothing_new_happens_before_the_next_alert(
    model: MeterModel, balance: int, active: bool, used: int, threshold: int
) -> None:
    def state(made: CreditAccount) -> tuple[object, ...]:
        return made.exhausted, made.low, made.emergency_on_offer, made.emergency_state

    def build() -> CreditAccount:
        made = in_emergency(balance, used, model) if active else account(balance, model)
        made.disablement_threshold = threshold
        return made

    amount = build().until_next_alert
    if amount is None:
        amount = 50_00
        late = build()
        late.charge(amount)
        assert state(late) == state(build())
        return
    early, due = build(), build()
    early.charge(amount - 1)
    due.charge(amount)
    assert state(early) == state(build())
    assert state(due) != state(build())
