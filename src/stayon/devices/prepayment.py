"""What people and parties do to a prepayment meter: vends, buttons, Service Requests.

Source: docs/explanation/meter-model.md.
"""

from collections.abc import Iterable
from datetime import datetime

from stayon.devices.alerts import AlertCode, CommandReference
from stayon.devices.credit import EmergencyState, TopUpResult
from stayon.devices.parameters import Parameter
from stayon.devices.running import RunningMeter
from stayon.devices.settings import Scheduled, acceptable, shared, without
from stayon.devices.supply import Cause, Supply
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration


class Prepayment(RunningMeter):
    """One meter in prepayment mode, with all that can be done to it; each act happens at ``at``."""

    __slots__ = ()

    def top_up(self, amount: int) -> TopUpResult:
        """A vend of ``amount`` MilliPence arrives."""
        result = self.account.top_up(amount, week=(self.at.date().toordinal() - 1) // 7)
        if result is TopUpResult.OVER_MAXIMUM_CREDIT:
            self._raise(AlertCode.TOP_UP_OVER_MAXIMUM_CREDIT)
        elif result is TopUpResult.OVER_MAXIMUM_BALANCE:
            self._raise(AlertCode.TOP_UP_OVER_MAXIMUM_BALANCE)
        self._evaluate()
        return result

    def adjust_balance(self, amount: int) -> None:
        """Service Request 1.5: add ``amount`` (may be negative) to the balance."""
        self.account.balance += amount
        self.account.settle()
        self._evaluate()

    def activate_emergency_credit(self) -> bool:
        """The button, the PPMID or Service Request 2.5; whether it is active now."""
        before = self.account.emergency_state
        active = self.account.activate_emergency_credit()
        if active and before is EmergencyState.OFF:
            self._raise(AlertCode.EMERGENCY_CREDIT_ACTIVATED)
        self._evaluate()
        return active

    def enable_locally(self, *, at_the_meter: bool = True, flow_controlled: bool = True) -> bool:
        """Somebody enables an armed supply; returns whether it is on now.

        Gas is enabled at the meter only, and goes back to ARMED when gas flows uncontrolled.
        """
        gas = self.fuel is Fuel.GAS
        if self.supply is Supply.ARMED and not (gas and not (at_the_meter and flow_controlled)):
            self._switch_on()
        return self.supply is Supply.ENABLED

    def enable_remotely(self) -> bool:
        """Service Request 7.1, electricity only; returns whether the supply is on now."""
        if self.fuel is Fuel.ELECTRICITY:
            self._switch_on()
        return self.supply is Supply.ENABLED

    def disable_remotely(self) -> None:
        """Service Request 7.2."""
        self.switch.disable(Cause.REMOTE)

    def arm_remotely(self) -> None:
        """Service Request 7.3."""
        self.switch.arm()
        self._evaluate()

    def _switch_on(self) -> None:
        self.switch.enable()
        self._evaluate()

    def set_payment_mode(self, mode: PaymentMode) -> None:
        """Service Request 1.6, at once. Balance and debts stay as they are.

        A supply that is off for want of credit is armed, or comes on, as when credit arrives.
        """
        self.account.credit_mode = isinstance(mode, CreditMode)
        if isinstance(mode, PrepaymentMode):
            self.account.disablement_threshold = mode.disablement_threshold
            self.account.debts.suspend_when_disabled = mode.suspend_debt_disabled
            self.account.debts.suspend_in_emergency = mode.suspend_debt_emergency
        self._evaluate()

    # What Service Request 2.1 does.

    def accepts(self, parameter: Parameter, configuration: PrepaymentConfiguration) -> bool:
        """Whether the firmware takes this parameter's values as its next ones."""
        return acceptable(parameter, configuration, self.model)

    def set_now(
        self, parameters: Iterable[Parameter], configuration: PrepaymentConfiguration
    ) -> None:
        """Make these values current; whatever waited for these parameters is forgotten."""
        given = tuple(parameters)
        self.scheduled = without(self.scheduled, given)
        self.write(given, configuration)

    def write(
        self, parameters: Iterable[Parameter], configuration: PrepaymentConfiguration
    ) -> None:
        """Make these values current; whatever waits, waits on."""
        self._apply(tuple(parameters), shared(configuration))
        self._evaluate()

    def set_later(
        self,
        parameters: Iterable[Parameter],
        configuration: PrepaymentConfiguration,
        at: datetime,
        command: CommandReference,
    ) -> None:
        """Make these values current at ``at``, each with an alert that says how it went."""
        given = tuple(parameters)
        waiting = Scheduled(at, shared(configuration), given, command)
        self.scheduled = (*without(self.scheduled, given), waiting)
        self._activate_what_is_due()
        self._evaluate()

    def cancel(self, parameters: Iterable[Parameter]) -> None:
        """Forget what waits for these parameters."""
        self.scheduled = without(self.scheduled, parameters)
