"""What Service Request 2.1 changes in a meter, parameter by parameter.

Source: GBCS ECS08a and GCS05; docs/explanation/meter-model.md.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache

from stayon.devices.alerts import CommandReference
from stayon.devices.credit import Terms
from stayon.devices.model import MeterModel
from stayon.devices.parameters import Parameter
from stayon.domain.errors import FieldError
from stayon.domain.money import MILLIPENCE_PER_POUND
from stayon.domain.nondisablement import (
    CalendarReading,
    Timetable,
    electricity_timetable,
    gas_timetable,
)
from stayon.domain.prepayment import (
    ElectricityCalendar,
    ElectricityPrepaymentConfiguration,
    GasCalendar,
    PrepaymentConfiguration,
)
from stayon.domain.same import Same

Calendar = ElectricityCalendar | GasCalendar

_TERMS: dict[Parameter, tuple[str, ...]] = {
    Parameter.MAX_METER_BALANCE: ("max_meter_balance",),
    Parameter.MAX_CREDIT: ("max_credit",),
    Parameter.DEBT_RECOVERY_CAP: ("debt_recovery_cap",),
    Parameter.LOW_CREDIT: ("low_credit_threshold",),
    Parameter.EMERGENCY_LIMIT: ("emergency_limit",),
    Parameter.EMERGENCY_THRESHOLD: ("emergency_threshold",),
    Parameter.EMERGENCY_CREDIT: ("emergency_limit", "emergency_threshold"),
    Parameter.MAX_BALANCE_AND_CREDIT: ("max_meter_balance", "max_credit"),
}


@dataclass(frozen=True, slots=True)
class Scheduled:
    """Parameters of a future-dated command that still wait for ``at`` (UTC)."""

    at: datetime
    configuration: PrepaymentConfiguration
    parameters: tuple[Parameter, ...]
    command: CommandReference


def shared(configuration: PrepaymentConfiguration) -> PrepaymentConfiguration:
    """One object for equal configurations: a campaign gives the same one to every meter."""
    return _shared(Same(configuration))


@lru_cache(maxsize=512)
def _shared(same: Same[PrepaymentConfiguration]) -> PrepaymentConfiguration:
    return _first_of(same.value)


@lru_cache(maxsize=512)
def _first_of(configuration: PrepaymentConfiguration) -> PrepaymentConfiguration:
    return configuration


def terms_of(configuration: PrepaymentConfiguration) -> Terms:
    """The money values, all in MilliPence (the electricity cap is sent in whole pounds)."""
    return _terms_of(Same(configuration))


@lru_cache(maxsize=512)
def _terms_of(same: Same[PrepaymentConfiguration]) -> Terms:
    configuration = same.value
    cap: int = configuration.debt_recovery_rate_cap
    if isinstance(configuration, ElectricityPrepaymentConfiguration):
        cap *= MILLIPENCE_PER_POUND
    return Terms(
        debt_recovery_cap=cap,
        emergency_limit=configuration.emergency_credit_limit,
        emergency_threshold=configuration.emergency_credit_threshold,
        low_credit_threshold=configuration.low_credit_threshold,
        max_meter_balance=configuration.max_meter_balance,
        max_credit=configuration.max_credit_threshold,
    )


def changed_terms(
    terms: Terms, configuration: PrepaymentConfiguration, parameters: Iterable[Parameter]
) -> Terms:
    """``terms`` with those values of ``configuration`` that ``parameters`` name."""
    new = terms_of(configuration)
    names = [name for parameter in parameters for name in _TERMS.get(parameter, ())]
    changed = replace(terms, **{name: getattr(new, name) for name in names})
    return new if changed == new else changed


def changed_calendar(
    calendar: Calendar, configuration: PrepaymentConfiguration, parameters: Iterable[Parameter]
) -> Calendar:
    """``calendar`` with those parts of ``configuration`` that ``parameters`` name."""
    new = configuration.calendar
    given = set(parameters)
    if isinstance(calendar, ElectricityCalendar):
        if not isinstance(new, ElectricityCalendar):
            raise FieldError("calendar", "a gas calendar does not fit an electricity meter")
        changed: Calendar = ElectricityCalendar(
            new.special_days if Parameter.SPECIAL_DAYS in given else calendar.special_days,
            new.schedule if Parameter.SCHEDULE in given else calendar.schedule,
        )
    else:
        if not isinstance(new, GasCalendar):
            raise FieldError("calendar", "an electricity calendar does not fit a gas meter")
        kept = calendar if Parameter.CALENDAR not in given else new
        special = new if Parameter.SPECIAL_DAYS in given else calendar
        changed = replace(kept, special_days=special.special_days)
    return new if changed == new else changed


def timetable(calendar: Calendar, reading: CalendarReading) -> Timetable:
    """The calendar made ready; raises ``FieldError`` for what no meter can hold."""
    return _timetable(Same(calendar), reading)


@lru_cache(maxsize=512)
def _timetable(same: Same[Calendar], reading: CalendarReading) -> Timetable:
    calendar = same.value
    if isinstance(calendar, ElectricityCalendar):
        return electricity_timetable(calendar, reading)
    return gas_timetable(calendar)


def acceptable(
    parameter: Parameter, configuration: PrepaymentConfiguration, model: MeterModel
) -> bool:
    """Whether the firmware takes this parameter's values."""
    if parameter in (Parameter.SCHEDULE, Parameter.CALENDAR):
        try:
            timetable(configuration.calendar, model.reading)
        except FieldError:
            return False
        return True
    largest = None
    value: int = 0
    if parameter in (Parameter.EMERGENCY_LIMIT, Parameter.EMERGENCY_CREDIT):
        largest, value = model.largest_emergency_limit, configuration.emergency_credit_limit
    elif parameter in (Parameter.MAX_METER_BALANCE, Parameter.MAX_BALANCE_AND_CREDIT):
        largest, value = model.largest_meter_balance, configuration.max_meter_balance
    return largest is None or value <= largest


def without(
    scheduled: tuple[Scheduled, ...], parameters: Iterable[Parameter]
) -> tuple[Scheduled, ...]:
    """What still waits once ``parameters`` have been given anew or cancelled."""
    gone = frozenset(parameters)
    kept = (
        replace(item, parameters=tuple(p for p in item.parameters if p not in gone))
        for item in scheduled
    )
    return tuple(item for item in kept if item.parameters)
