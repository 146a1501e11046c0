"""The money in a prepayment meter: balance, emergency credit, debts, and what a top-up repays.

All amounts are MilliPence. Nothing here knows the time or the supply.
Source: docs/explanation/meter-model.md.
"""

from dataclasses import dataclass
from enum import IntEnum

from stayon.devices.model import (
    DEFAULT_MODEL,
    BalanceTest,
    Boundary,
    MeterModel,
    RaisedLimit,
    RepaymentOrder,
    ZeroCap,
)


class EmergencyState(IntEnum):
    """OFF: not in use; ACTIVE: may be drawn on; EXHAUSTED: used up and owed."""

    OFF = 0
    ACTIVE = 1
    EXHAUSTED = 2


class TopUpResult(IntEnum):
    """Result codes of the Consumer Top Up Response."""

    ACCEPTED = 0
    OVER_MAXIMUM_BALANCE = 4
    OVER_MAXIMUM_CREDIT = 6


@dataclass(frozen=True, slots=True)
class Terms:
    """The money values that Service Request 2.1 sets, all MilliPence, the cap per week."""

    debt_recovery_cap: int
    emergency_limit: int
    emergency_threshold: int
    low_credit_threshold: int
    max_meter_balance: int
    max_credit: int


@dataclass(slots=True)
class Debts:
    """What the home owes beside emergency credit.

    ``accumulated`` (ADR) is repaid by top-ups before anything else but ``payment_based``, of
    which each top-up repays ``payment_percent``; the two time debts run down by a fixed amount a
    day. The two flags (set by Service Request 1.6, never by 2.1) suspend daily charges while the
    supply is disabled, and turn them into ``accumulated`` while emergency credit is in use.
    """

    accumulated: int = 0
    time_based: int = 0
    time_based_daily: int = 0
    second_time_based: int = 0
    second_time_based_daily: int = 0
    payment_based: int = 0
    payment_percent: int = 0
    suspend_when_disabled: bool = False
    suspend_in_emergency: bool = False

    @property
    def total(self) -> int:
        """Everything owed."""
        return self.accumulated + self.time_based + self.second_time_based + self.payment_based

    def fall_due(self) -> int:
        """Take one day's share off the time debts and return it."""
        first = min(self.time_based, self.time_based_daily)
        second = min(self.second_time_based, self.second_time_based_daily)
        self.time_based -= first
        self.second_time_based -= second
        return first + second


class CreditAccount:
    """Balance and emergency credit under ``terms``.

    Whatever happens, ``balance - emergency_owed - debts.total`` changes by exactly what is
    charged or topped up.
    """

    __slots__ = (
        "balance",
        "credit_mode",
        "debts",
        "disablement_threshold",
        "emergency_left",
        "emergency_owed",
        "emergency_state",
        "model",
        "recovered_in_week",
        "terms",
        "week",
    )

    def __init__(
        self,
        terms: Terms,
        *,
        balance: int = 0,
        disablement_threshold: int = 0,
        debts: Debts | None = None,
        emergency_drawn: int = 0,
        model: MeterModel = DEFAULT_MODEL,
    ) -> None:
        """``emergency_drawn`` is how much of the emergency credit has been used so far."""
        self.terms = terms
        self.credit_mode = False
        self.balance = balance
        self.disablement_threshold = disablement_threshold
        self.debts = debts or Debts()
        self.model = model
        self.emergency_state = EmergencyState.OFF
        self.emergency_left = max(terms.emergency_limit - emergency_drawn, 0)
        self.emergency_owed = emergency_drawn
        if emergency_drawn:
            left = self.emergency_left
            self.emergency_state = EmergencyState.ACTIVE if left else EmergencyState.EXHAUSTED
        self.week = 0
        self.recovered_in_week = 0

    @property
    def credit(self) -> int:
        """What may still be used: the balance, and emergency credit while it is active."""
        if self.emergency_state is EmergencyState.ACTIVE:
            return self.balance + self.emergency_left
        return self.balance

    @property
    def spare(self) -> int:
        """How much may be charged before credit is used up; negative or 0 when it is."""
        over = 1 if self.model.boundary is Boundary.BELOW_THRESHOLD else 0
        return self.credit - self.disablement_threshold + over

    @property
    def exhausted(self) -> bool:
        """No credit is left, which does not matter in credit mode."""
        return not self.credit_mode and self.spare <= 0

    @property
    def low(self) -> bool:
        """Credit is below the low credit threshold."""
        return not self.credit_mode and self.credit < self.terms.low_credit_threshold

    @property
    def emergency_on_offer(self) -> bool:
        """The balance is so low that emergency credit may be asked for."""
        return not self.credit_mode and self.balance < self.terms.emergency_threshold

    @property
    def until_next_alert(self) -> int | None:
        """The smallest charge that makes something new happen, None when none would."""
        if self.credit_mode:
            return None
        ahead = [self.spare, self.credit - self.terms.low_credit_threshold + 1]
        above = max(self.balance - self.disablement_threshold, 0)
        if self.emergency_state is EmergencyState.ACTIVE:
            ahead.append(above + self.emergency_left)
        fall = self.balance - self.terms.emergency_threshold + 1
        if fall > above and self.emergency_state is EmergencyState.ACTIVE:
            fall += self.emergency_left
        ahead.append(fall)
        return min((amount for amount in ahead if amount > 0), default=None)

    def charge(self, amount: int) -> None:
        """Take ``amount``: of the balance down to the threshold, of emergency credit, then on."""
        above = min(amount, max(self.balance - self.disablement_threshold, 0))
        drawn = 0
        if self.emergency_state is EmergencyState.ACTIVE:
            drawn = min(amount - above, self.emergency_left)
            self.emergency_left -= drawn
            self.emergency_owed += drawn
            if self.emergency_left == 0:
                self.emergency_state = EmergencyState.EXHAUSTED
        self.balance -= amount - drawn

    def charge_for_a_day(self, standing_charge: int, *, off: bool) -> None:
        """Standing charge and time debts; the debt recovery rate cap does not limit them."""
        debts = self.debts
        if off and debts.suspend_when_disabled:
            return
        due = standing_charge + debts.fall_due()
        if debts.suspend_in_emergency and self.emergency_state is not EmergencyState.OFF:
            debts.accumulated += due
        else:
            self.charge(due)

    def activate_emergency_credit(self) -> bool:
        """Whether emergency credit is active now; asking again is no error."""
        if self.emergency_state is EmergencyState.OFF:
            if self.emergency_left <= 0 or not self.emergency_on_offer:
                return False
            self.emergency_state = EmergencyState.ACTIVE
        return self.emergency_state is EmergencyState.ACTIVE

    def top_up(self, amount: int, *, week: int) -> TopUpResult:
        """Repay and credit ``amount``, or refuse it whole; ``week`` numbers the cap's period."""
        if amount > self.terms.max_credit:
            return TopUpResult.OVER_MAXIMUM_CREDIT
        recovered = self.recovered_in_week if week == self.week else 0
        payment = self._payment_share(amount, recovered)
        accumulated = min(self.debts.accumulated, amount - payment)
        left = amount - payment - accumulated
        deficit = 0
        if self.model.repayment is RepaymentOrder.DEFICIT:
            deficit = min(left, max(self.disablement_threshold - self.balance, 0))
        emergency = min(self.emergency_owed, left - deficit)
        credited = left - emergency
        tested = amount if self.model.balance_test is BalanceTest.GROSS else credited
        if self.balance + tested > self.terms.max_meter_balance:
            return TopUpResult.OVER_MAXIMUM_BALANCE
        self.debts.payment_based -= payment
        self.week = week
        self.recovered_in_week = recovered + payment
        self.debts.accumulated -= accumulated
        self.emergency_owed -= emergency
        self.emergency_left += emergency
        self.balance += credited
        self.settle()
        return TopUpResult.ACCEPTED

    def _payment_share(self, amount: int, recovered: int) -> int:
        share = min(amount * self.debts.payment_percent // 100, self.debts.payment_based)
        cap = self.terms.debt_recovery_cap
        if cap == 0 and self.model.zero_cap is ZeroCap.UNLIMITED:
            return share
        return max(min(share, cap - recovered), 0)

    def settle(self) -> None:
        """Switch emergency credit off once it is repaid and the balance no longer calls for it."""
        if self.emergency_owed == 0:
            self.emergency_left = self.terms.emergency_limit
            exhausted = self.emergency_state is EmergencyState.EXHAUSTED
            if exhausted or self.emergency_left <= 0 or not self.emergency_on_offer:
                self.emergency_state = EmergencyState.OFF

    def take_terms(self, terms: Terms) -> None:
        """Go on under other terms."""
        raised = terms.emergency_limit - self.terms.emergency_limit
        self.terms = terms
        if raised and self.emergency_owed and self.model.raised_limit is RaisedLimit.ADD:
            self.emergency_left = max(self.emergency_left + raised, 0)
            self.emergency_state = (
                EmergencyState.ACTIVE if self.emergency_left else EmergencyState.EXHAUSTED
            )
        self.settle()
