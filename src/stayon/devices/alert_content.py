"""The content of a meter's alerts: generic ones, and those about a future-dated command.

Source: reference gbcs.md 4.4 and 4.5.
"""

from typing import Final

from stayon.devices.alerts import Raised
from stayon.devices.parameters import Parameter
from stayon.domain.instants import zigbee_seconds
from stayon.gbcs.access import long_invoke_id
from stayon.gbcs.alerts import (
    DlmsAlert,
    DlmsOutcome,
    GbzAlert,
    GbzOutcome,
    encode_dlms_alert,
    encode_gbz_alert,
)
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.prepayment_activation import UseCase
from stayon.gbcs.prepayment_electricity import ITEMS
from stayon.gbcs.zcl_calendar import CLUSTER as CALENDAR
from stayon.gbcs.zcl_prepayment import CLUSTER as PREPAYMENT

_GENERIC_CRITICAL: Final = 0x1000
_GENERIC: Final = 0x1001
_FUTURE_DATED_DLMS: Final = 0x00CC
_FUTURE_DATED_GBZ: Final = 0x00CD

_ATTRIBUTES = {
    Parameter(item.parameter): item.specification
    for item in ITEMS[UseCase.ECS08A]
    if item.is_activation
}
_COMMANDS = {
    Parameter.EMERGENCY_CREDIT: (PREPAYMENT, 0x03),
    Parameter.DEBT_RECOVERY_CAP: (PREPAYMENT, 0x0C),
    Parameter.LOW_CREDIT: (PREPAYMENT, 0x09),
    Parameter.MAX_BALANCE_AND_CREDIT: (PREPAYMENT, 0x0B),
    Parameter.CALENDAR: (CALENDAR, 0x00),
    Parameter.SPECIAL_DAYS: (CALENDAR, 0x04),
}
_CLUSTER_COMMAND: Final = 0x01
"""The frame control in the alerts of devices, for the calendar cluster too."""


def dlms_alert(raised: Raised, counter: int) -> tuple[int, bytes]:
    """Message code and content of an electricity meter's alert; ``counter`` is the alert's own."""
    message_code = _generic(raised)
    outcome: DlmsOutcome | tuple[()] = ()
    if raised.outcome is not None:
        message_code = _FUTURE_DATED_DLMS
        command, target = raised.outcome.command, _ATTRIBUTES[raised.outcome.parameter]
        outcome = DlmsOutcome(
            command.message_code, command.counter,
            target.class_id, target.logical_name, target.attribute,
        )  # fmt: skip
    timestamp = CosemDateTime.from_instant(raised.at.replace(microsecond=0))
    alert = DlmsAlert(long_invoke_id(counter), None, raised.code, timestamp, outcome)
    return message_code, encode_dlms_alert(alert)


def gbz_alert(raised: Raised) -> tuple[int, bytes]:
    """Message code and content of a gas meter's alert."""
    message_code = _generic(raised)
    outcome: GbzOutcome | bytes = b""
    if raised.outcome is not None:
        message_code = _FUTURE_DATED_GBZ
        command, (cluster, command_id) = raised.outcome.command, _COMMANDS[raised.outcome.parameter]
        outcome = GbzOutcome(
            command.message_code, command.counter, cluster, _CLUSTER_COMMAND, command_id
        )
    return message_code, encode_gbz_alert(GbzAlert(raised.code, zigbee_seconds(raised.at), outcome))


def _generic(raised: Raised) -> int:
    return _GENERIC_CRITICAL if raised.code.critical else _GENERIC
