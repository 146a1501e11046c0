"""A prepayment meter's state and what time does to it: consumption, charges, calendar, supply.

Time moves only with ``advance``, which jumps from one thing that happens to the next: the exact
microsecond at which credit crosses a threshold, midnight, a switch of the calendar, the
activation of a future-dated command. Source: docs/explanation/meter-model.md.
"""

from datetime import UTC, datetime, timedelta

from stayon.devices.alerts import ActivationOutcome, AlertCode, CredentialsDue, Raised
from stayon.devices.credit import CreditAccount, Debts
from stayon.devices.model import DEFAULT_MODEL, MeterModel
from stayon.devices.notices import CreditNotices
from stayon.devices.parameters import Parameter
from stayon.devices.period import NonDisablementPeriod
from stayon.devices.settings import Scheduled, changed_calendar, changed_terms, shared, terms_of
from stayon.devices.supply import Cause, Supply, SupplySwitch
from stayon.domain.instants import require_utc
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import PrepaymentConfiguration

_MICROSECOND = timedelta(microseconds=1)
_MICROSECONDS_PER_HOUR = 3_600_000_000
_ONE_DAY = timedelta(days=1)
_EXECUTED, _FAILED = AlertCode.FUTURE_COMMAND_EXECUTED, AlertCode.FUTURE_COMMAND_FAILED


class RunningMeter:
    """One meter in prepayment mode, up to the instant ``at`` (UTC).

    ``consumption_per_hour`` and ``standing_charge`` (a day) are MilliPence and may be set at any
    time. Alerts gather until ``collect`` takes them; at its ``appointment`` (UTC), which is not
    about prepayment, ``CredentialsDue`` is among them.
    """

    __slots__ = (
        "_notices",
        "_raised",
        "_residue",
        "account",
        "appointment",
        "at",
        "consumption_per_hour",
        "faults",
        "period",
        "scheduled",
        "standing_charge",
        "switch",
    )

    def __init__(
        self,
        configuration: PrepaymentConfiguration,
        at: datetime,
        *,
        balance: int = 0,
        disablement_threshold: int = 0,
        debts: Debts | None = None,
        supply: Supply = Supply.ENABLED,
        emergency_drawn: int = 0,
        consumption_per_hour: int = 0,
        standing_charge: int = 0,
        model: MeterModel = DEFAULT_MODEL,
        faults: frozenset[Parameter] = frozenset(),
    ) -> None:
        """A meter that has long had ``configuration``; off, if not ENABLED, for want of credit.

        ``emergency_drawn`` is how much of its emergency credit the home has used. ``faults`` names
        parameters whose activation fails. Raises ``FieldError`` for a calendar that no meter can
        hold.
        """
        configuration = shared(configuration)
        self.at = require_utc(at, "instant of the meter")
        self.account = CreditAccount(
            terms_of(configuration),
            balance=balance,
            disablement_threshold=disablement_threshold,
            debts=debts,
            emergency_drawn=emergency_drawn,
            model=model,
        )
        self.period = NonDisablementPeriod(configuration.calendar, model.reading, at)
        self.switch = SupplySwitch(supply)
        self.consumption_per_hour = consumption_per_hour
        self.standing_charge = standing_charge
        self.faults = faults
        self.scheduled: tuple[Scheduled, ...] = ()
        self.appointment: datetime | None = None
        self._residue = 0
        self._raised: tuple[Raised, ...] = ()
        self._notices = CreditNotices(self.account)

    @property
    def model(self) -> MeterModel:
        """The make of the meter."""
        return self.account.model

    @property
    def fuel(self) -> Fuel:
        """The energy that this meter measures."""
        return Fuel.ELECTRICITY if self.period.electric else Fuel.GAS

    @property
    def supply(self) -> Supply:
        """Whether the home is on supply."""
        return self.switch.state

    def collect(self) -> tuple[Raised, ...]:
        """Take the alerts raised since the last call, oldest first."""
        raised, self._raised = self._raised, ()
        return raised

    # What time brings.

    def advance(self, to: datetime) -> None:
        """Let time pass until ``to`` (UTC); does nothing when that is not in the future."""
        while self.at < to:
            stop = min(to, _midnight(self.at) + _ONE_DAY, *(item.at for item in self.scheduled))
            stop = min(stop, self.appointment or stop)
            switch = self._next_switch(stop)
            self.at = self._consume(switch or stop)
            if self.at == switch:
                self._follow_calendar()
            self._arrive()

    def _arrive(self) -> None:
        """Do what is due at the present instant."""
        if self.at == _midnight(self.at):
            self.account.charge_for_a_day(self.standing_charge, off=self.supply is Supply.DISABLED)
        self._keep_appointment()
        self._activate_what_is_due()
        self._evaluate()

    def make_appointment(self, at: datetime) -> None:
        """Stop at ``at`` (UTC), in place of what was agreed before; at once if that is past."""
        self.appointment = at
        self._keep_appointment()

    def _keep_appointment(self) -> None:
        if self.appointment is not None and self.appointment <= self.at:
            self.appointment = None
            self._raised = (*self._raised, CredentialsDue(_EXECUTED, self.at))

    def is_quiet(self, to: datetime, used: int) -> bool:
        """Whether nothing happens before ``to`` but that ``used`` energy is used, if it is on.

        ``used`` is in MilliPence x microseconds / hour. False beyond the coming midnight.
        """
        account, state = self.account, self.switch.state
        if self.scheduled or self.appointment or to > _midnight(self.at) + _ONE_DAY:
            return False
        if state is Supply.DISABLED:
            return account.exhausted or self.switch.cause is Cause.REMOTE
        if state is Supply.ENABLED:
            needed = account.until_next_alert
            if needed is not None and needed * _MICROSECONDS_PER_HOUR <= self._residue + used:
                return False
        # What has no credit hangs on the calendar.
        return not account.exhausted or (self.switch.in_deficit and not self._next_switch(to))

    def coast(self, to: datetime, used: int) -> None:
        """The same as ``advance``, in one step, for what ``is_quiet`` has found to be quiet."""
        while (switch := self._next_switch(to)) is not None:
            self.at = switch
            self._follow_calendar()
        self.at = to
        if self.switch.state is Supply.ENABLED:
            amount, self._residue = divmod(self._residue + used, _MICROSECONDS_PER_HOUR)
            self.account.charge(amount)
        self._arrive()

    @property
    def _repeats_alert(self) -> bool:
        return self.model.repeats_deficit_alert and self.switch.in_deficit

    def _next_switch(self, until: datetime) -> datetime | None:
        look = self.period.next_mark if self._repeats_alert else self.period.next_change
        return look(self.at, until)

    def _follow_calendar(self) -> None:
        self.period.follow(self.at)
        if self.period.active and self._repeats_alert:
            self._raise(AlertCode.CREDIT_USED_UP_BUT_ON)

    def _consume(self, until: datetime) -> datetime:
        """Use energy until ``until``, or until a threshold is crossed, and return that instant."""
        rate = self.consumption_per_hour
        if self.switch.state is not Supply.ENABLED or rate <= 0:
            return until
        used = self._residue + rate * ((until - self.at) // _MICROSECOND)
        amount, residue = divmod(used, _MICROSECONDS_PER_HOUR)
        needed = self.account.until_next_alert
        if needed is not None and needed <= amount:
            owed = needed * _MICROSECONDS_PER_HOUR
            microseconds = -((self._residue - owed) // rate)
            amount, residue = needed, self._residue + rate * microseconds - owed
            until = self.at + microseconds * _MICROSECOND
        self.account.charge(amount)
        self._residue = residue
        return until

    def _apply(
        self, parameters: tuple[Parameter, ...], configuration: PrepaymentConfiguration
    ) -> None:
        calendar = changed_calendar(self.period.calendar, configuration, parameters)
        self.account.take_terms(changed_terms(self.account.terms, configuration, parameters))
        if calendar is not self.period.calendar:
            self.period.replace(calendar, self.model.reading, self.at)

    def _activate_what_is_due(self) -> None:
        for item in self.scheduled:
            if item.at > self.at:
                continue
            self.scheduled = tuple(other for other in self.scheduled if other is not item)
            good = tuple(p for p in item.parameters if p not in self.faults)
            self._apply(good, item.configuration)
            for parameter in item.parameters:
                failed = parameter in self.faults
                code = _FAILED if failed else _EXECUTED
                self._raise(code, ActivationOutcome(item.command, parameter))

    # The rule that follows every event.

    def _evaluate(self) -> None:
        for code in self._notices.news(self.account):
            self._raise(code)
        alert = self.switch.evaluate(self.account, in_period=self.period.active)
        if alert is not None:
            self._raise(alert)

    def _raise(self, code: AlertCode, outcome: ActivationOutcome | None = None) -> None:
        self._raised = (*self._raised, Raised(code, self.at, outcome))


def _midnight(at: datetime) -> datetime:
    return datetime(at.year, at.month, at.day, tzinfo=UTC)
