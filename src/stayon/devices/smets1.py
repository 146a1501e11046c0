"""SMETS1 meters: no GBCS, only what their SMETS1 Service Provider tells them in its own way.

Source: requirements decision 11; the prepayment state is that of any other meter.
"""

from dataclasses import dataclass
from datetime import datetime

from stayon.devices.alerts import AlertCode, CommandReference, Raised
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, GAS_ACTIVATIONS, Parameter
from stayon.devices.prepayment import Prepayment
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.payment_mode import PaymentMode
from stayon.domain.prepayment import PrepaymentConfiguration


@dataclass(frozen=True, slots=True)
class Smets1Outcome:
    """What became of an update: everything that is not in ``failed`` has taken effect."""

    failed: tuple[Parameter, ...]

    @property
    def success(self) -> bool:
        """Whether all of it has."""
        return not self.failed


class Smets1Meter:
    """A SMETS1 ESME or GSME; the fuel is that of its prepayment state."""

    __slots__ = ("eui64", "prepayment")

    def __init__(self, eui64: Eui64, prepayment: Prepayment) -> None:
        self.eui64 = eui64
        self.prepayment = prepayment

    def update(
        self,
        configuration: PrepaymentConfiguration,
        now: datetime,
        *,
        execution: datetime | None = None,
        counter: int = 0,
    ) -> Smets1Outcome:
        """Update Prepay Configuration at ``now``, or for ``execution`` (both UTC).

        ``counter`` is the request's; alerts about a later activation refer to it. An immediate
        update repeated is harmless. Raises ``FieldError`` for a calendar of the other fuel.
        """
        self.prepayment.advance(now)
        gas = self.prepayment.fuel is Fuel.GAS
        parameters = GAS_ACTIVATIONS if gas else ELECTRICITY_ACTIVATIONS
        failed = tuple(p for p in parameters if self._fails(p, configuration, execution))
        done = tuple(p for p in parameters if p not in failed)
        if execution is None:
            self.prepayment.set_now(done, configuration)
        else:
            self.prepayment.set_later(
                done, configuration, execution, CommandReference(message_code=0, counter=counter)
            )
        return Smets1Outcome(failed)

    def set_payment_mode(self, mode: PaymentMode, now: datetime) -> Smets1Outcome:
        """Update Payment Mode at ``now`` (UTC), at once; repeated it is harmless."""
        self.prepayment.advance(now)
        self.prepayment.set_payment_mode(mode)
        return Smets1Outcome(failed=())

    def _fails(
        self,
        parameter: Parameter,
        configuration: PrepaymentConfiguration,
        execution: datetime | None,
    ) -> bool:
        if execution is None and parameter in self.prepayment.faults:
            return True
        return not self.prepayment.accepts(parameter, configuration)

    def advance(self, now: datetime) -> tuple[Raised, ...]:
        """Let time pass until ``now`` (UTC); the alerts raised since the last call."""
        self.prepayment.advance(now)
        return self.prepayment.collect()

    def raise_alert(self, code: AlertCode, now: datetime) -> tuple[Raised, ...]:
        """Something happens to the meter itself."""
        return (*self.advance(now), Raised(code, now))
