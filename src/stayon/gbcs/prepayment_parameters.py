"""What the parts of a prepayment command are called, in outcomes and in alerts.

The names are those of the fields of the configuration, such as ``max_credit_threshold``; gas has
two that each stand for two amounts, and one for its calendar.
"""

from typing import Final

from stayon.gbcs import zcl_calendar, zcl_prepayment
from stayon.gbcs.alerts import DlmsOutcome, GbzOutcome
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.prepayment_activation import UseCase
from stayon.gbcs.prepayment_electricity import ITEMS

PREPAYMENT, CALENDAR = zcl_prepayment.CLUSTER, zcl_calendar.CLUSTER

GAS_HEAD: Final = {
    (PREPAYMENT, 0x03): "emergency_credit",
    (PREPAYMENT, 0x0C): "debt_recovery_rate_cap",
    (PREPAYMENT, 0x09): "low_credit_threshold",
    (PREPAYMENT, 0x0B): "max_meter_balance_and_credit",
    (CALENDAR, 0x00): "calendar",
}
"""Cluster and command of the components with which every GCS05 begins, and their names."""

GAS_TAIL: Final = {(CALENDAR, 0x03): "seasons", (CALENDAR, 0x04): "special_days"}
"""The two with which it ends; between them come the day profiles and the week profiles."""

GAS_DAY_PROFILE, GAS_WEEK_PROFILE = (CALENDAR, 0x01), (CALENDAR, 0x02)

_ALERT_CONTROL: Final = 0x01
"""The frame control in alerts about GCS05, though the calendar commands they name have 09."""

_GAS_ACTIVATIONS: Final = {**GAS_HEAD, (CALENDAR, 0x04): GAS_TAIL[CALENDAR, 0x04]}
_ELECTRICITY_ACTIVATIONS: Final = {
    item.specification[1:4]: item.parameter for item in ITEMS[UseCase.ECS08A] if item.is_activation
}
_USE_CASES: Final = {use_case.value: use_case for use_case in UseCase}


def use_case_of(message_code: int) -> UseCase:
    """The use case with this message code; raises ``GbcsError`` for any other code."""
    if message_code not in _USE_CASES:
        rule = f"{message_code:04X} does not update a prepayment configuration"
        raise GbcsError("message code", 0, rule)
    return _USE_CASES[message_code]


def activations(use_case: UseCase) -> tuple[str, ...]:
    """The parameters that have an activation time, in the order of their alerts."""
    names = _GAS_ACTIVATIONS if use_case is UseCase.GCS05 else _ELECTRICITY_ACTIVATIONS
    return tuple(names.values())


def parameter_of(outcome: DlmsOutcome | GbzOutcome) -> str:
    """Which parameter the content of an 8F66 or 8F67 alert speaks of.

    Raises ``GbcsError`` when it names a command of another use case, or no activation time in it.
    """
    use_case = use_case_of(outcome.message_code)
    name = None
    if isinstance(outcome, DlmsOutcome) and use_case is not UseCase.GCS05:
        attribute = (outcome.class_id, outcome.logical_name, outcome.attribute)
        name = _ELECTRICITY_ACTIVATIONS.get(attribute)
    elif isinstance(outcome, GbzOutcome) and use_case is UseCase.GCS05:
        name = _GAS_ACTIVATIONS.get((outcome.cluster, outcome.command_id))
    if name is None:
        raise GbcsError("future-dated outcome", 0, f"names no activation time of {use_case.name}")
    return name


def alert_content(parameter: str, use_case: UseCase, counter: int) -> DlmsOutcome | GbzOutcome:
    """The inverse, for the command with this originator counter.

    Raises ``GbcsError`` for a name that ``activations`` does not list.
    """
    names = activations(use_case)
    if parameter not in names:
        raise GbcsError("parameter", 0, f"{parameter!r} has no activation time in {use_case.name}")
    index = names.index(parameter)
    if use_case is UseCase.GCS05:
        cluster, command_id = tuple(_GAS_ACTIVATIONS)[index]
        return GbzOutcome(use_case.value, counter, cluster, _ALERT_CONTROL, command_id)
    return DlmsOutcome(use_case.value, counter, *tuple(_ELECTRICITY_ACTIVATIONS)[index])
