"""Alerts as meters send them: generic critical ones, and those about a future-dated command.

Source: GBCS alerts; reference gbcs.md 4.4 and 4.5. What is built here is not signed yet: that is
``protection.sign``'s, with the device's key.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import ZIGBEE_EPOCH, zigbee_seconds
from stayon.domain.metering import Fuel
from stayon.gbcs.access import long_invoke_id
from stayon.gbcs.alerts import (
    FUTURE_DATED_FAILURE,
    FUTURE_DATED_SUCCESS,
    DlmsAlert,
    DlmsOutcome,
    GbzAlert,
    GbzOutcome,
    decode_dlms_alert,
    decode_gbz_alert,
    encode_dlms_alert,
    encode_gbz_alert,
)
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_activation import UseCase
from stayon.gbcs.prepayment_parameters import alert_content, parameter_of, use_case_of

GENERIC_CRITICAL: Final = 0x1000
FUTURE_DATED_DLMS, FUTURE_DATED_GBZ = 0x00CC, 0x00CD
"""Message codes of alerts."""


@dataclass(frozen=True, slots=True)
class FutureDatedOutcome:
    """At ``at`` (UTC) a meter activated ``parameter``, or failed to.

    ``use_case`` and ``counter`` are of the command that set it.
    """

    use_case: UseCase
    counter: int
    parameter: str
    success: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class AlertHeader:
    """Device, the User it reports to, and the device's own counter."""

    device: Eui64
    recipient: Eui64
    counter: int


def encode_generic_alert(header: AlertHeader, fuel: Fuel, code: int, at: datetime) -> bytes:
    """A generic critical alert with ``code``, raised at ``at`` (UTC), not signed yet.

    Raises ``FieldError`` for a value that does not fit it.
    """
    content = _gbz(code, at, b"") if fuel is Fuel.GAS else _dlms(header, code, at, ())
    return _encode(header, GENERIC_CRITICAL, content)


def encode_future_dated_alert(header: AlertHeader, outcome: FutureDatedOutcome) -> bytes:
    """An 8F66 or 8F67 alert, not signed yet.

    Raises ``GbcsError`` for a parameter without an activation time, ``FieldError`` for a value that
    does not fit.
    """
    about = alert_content(outcome.parameter, outcome.use_case, outcome.counter)
    code = FUTURE_DATED_SUCCESS if outcome.success else FUTURE_DATED_FAILURE
    if isinstance(about, GbzOutcome):
        return _encode(header, FUTURE_DATED_GBZ, _gbz(code, outcome.at, about))
    return _encode(header, FUTURE_DATED_DLMS, _dlms(header, code, outcome.at, about))


def _dlms(header: AlertHeader, code: int, at: datetime, content: DlmsOutcome | tuple[()]) -> bytes:
    time, invoke_id = CosemDateTime.from_instant(at), long_invoke_id(header.counter)
    return encode_dlms_alert(DlmsAlert(invoke_id, None, code, time, content))


def _gbz(code: int, at: datetime, content: GbzOutcome | bytes) -> bytes:
    if at.microsecond:
        raise FieldError("alert time", "a gas meter tells whole seconds")
    return encode_gbz_alert(GbzAlert(code, zigbee_seconds(at), content))


def _encode(header: AlertHeader, message_code: int, content: bytes) -> bytes:
    frame = Frame(
        cra=Cra.ALERT,
        counter=header.counter,
        originator=header.device,
        recipient=header.recipient,
        date_time=None,
        other_information=OtherInformation(message_code),
        content=content,
        signature=ABSENT,
        mac=None,
    )
    return encode_frame(frame)


def decode_future_dated_alert(alert: Frame) -> FutureDatedOutcome:
    """Read an 8F66 or 8F67 alert about ECS08, ECS08a or GCS05; verify its signature first.

    Raises ``GbcsError``, with offsets in the content, for anything else.
    """
    if alert.cra is not Cra.ALERT:
        raise GbcsError("CRA flag", 0, f"is {alert.cra.name}, not ALERT")
    read: DlmsAlert | GbzAlert
    if alert.message_code == FUTURE_DATED_DLMS:
        read = decode_dlms_alert(alert.content)
        at = _instant(read.timestamp)
    elif alert.message_code == FUTURE_DATED_GBZ:
        read = decode_gbz_alert(alert.content)
        at = ZIGBEE_EPOCH + timedelta(seconds=read.timestamp)
    else:
        rule = f"{alert.message_code:04X} is no alert about a future-dated command"
        raise GbcsError("message code", 0, rule)
    content = read.content
    if not isinstance(content, DlmsOutcome | GbzOutcome):
        raise GbcsError("alert", 0, f"{read.code:04X} with no outcome of a command")
    return FutureDatedOutcome(
        use_case=use_case_of(content.message_code),
        counter=content.counter,
        parameter=parameter_of(content),
        success=read.code == FUTURE_DATED_SUCCESS,
        at=at,
    )


def _instant(timestamp: CosemDateTime) -> datetime:
    try:
        return timestamp.instant()
    except FieldError as error:
        raise GbcsError("alert time", 0, error.rule) from None
