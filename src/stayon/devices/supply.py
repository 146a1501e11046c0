"""The load switch or valve, and the rule that decides about it after every event.

Source: docs/explanation/meter-model.md, ``evaluate()``.
"""

from enum import IntEnum

from stayon.devices.alerts import AlertCode
from stayon.devices.credit import CreditAccount


class Supply(IntEnum):
    """ARMED waits for somebody at the meter."""

    DISABLED = 0
    ENABLED = 1
    ARMED = 2


class Cause(IntEnum):
    """Why a supply is off."""

    CREDIT = 0
    REMOTE = 1


class SupplySwitch:
    """The supply, why it is off (None while on), and whether it is on without credit."""

    __slots__ = ("cause", "in_deficit", "state")

    def __init__(self, state: Supply) -> None:
        """A switch that is off, if it is off, for want of credit."""
        self.state = state
        self.cause = None if state is Supply.ENABLED else Cause.CREDIT
        self.in_deficit = False

    def enable(self) -> None:
        """Close the switch; only a deliberate act does."""
        self.state, self.cause = Supply.ENABLED, None

    def disable(self, cause: Cause) -> None:
        """Open the switch."""
        self.state, self.cause, self.in_deficit = Supply.DISABLED, cause, False

    def arm(self) -> None:
        """Let somebody at the meter enable it; no effect on a supply that is on."""
        if self.state is Supply.DISABLED:
            self.state = Supply.ARMED

    def evaluate(self, account: CreditAccount, *, in_period: bool) -> AlertCode | None:
        """Follow an event; returns the alert to raise, if any.

        The start of a non-disablement period neither enables nor arms.
        """
        if account.exhausted:
            return self._without_credit(in_period=in_period)
        self.in_deficit = False
        if self.state is not Supply.DISABLED or self.cause is not Cause.CREDIT:
            return None
        if account.model.auto_enable:
            self.enable()
        else:
            self.arm()
        by_balance = account.balance > account.disablement_threshold
        return AlertCode.ARMED if by_balance else AlertCode.ARMED_BY_EMERGENCY_CREDIT

    def _without_credit(self, *, in_period: bool) -> AlertCode | None:
        if self.state is Supply.DISABLED:
            return None
        was_on = self.state is Supply.ENABLED
        if not in_period:
            self.disable(Cause.CREDIT)
            return AlertCode.DISABLED_FOR_CREDIT if was_on else None
        told, self.in_deficit = self.in_deficit, was_on
        return AlertCode.CREDIT_USED_UP_BUT_ON if was_on and not told else None
