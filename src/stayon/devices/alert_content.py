"""The content of a meter's alerts: generic ones, and those about a future-dated command.

Source: reference gbcs.md 4.4 and 4.5.
"""

from typing import Final

from stayon.devices.alerts import Raised
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
from stayon.gbcs.device_alerts import FUTURE_DATED_DLMS, FUTURE_DATED_GBZ, GENERIC_CRITICAL
from stayon.gbcs.prepayment_parameters import alert_content, use_case_of

_GENERIC: Final = 0x1001


def dlms_alert(raised: Raised, counter: int) -> tuple[int, bytes]:
    """Message code and content of an electricity meter's alert; ``counter`` is the alert's own."""
    about = _command_spoken_of(raised)
    timestamp = CosemDateTime.from_instant(raised.at.replace(microsecond=0))
    content = about if isinstance(about, DlmsOutcome) else ()
    alert = DlmsAlert(long_invoke_id(counter), None, raised.code, timestamp, content)
    return (FUTURE_DATED_DLMS if about else _generic(raised)), encode_dlms_alert(alert)


def gbz_alert(raised: Raised) -> tuple[int, bytes]:
    """Message code and content of a gas meter's alert."""
    about = _command_spoken_of(raised)
    content = about if isinstance(about, GbzOutcome) else b""
    alert = GbzAlert(raised.code, zigbee_seconds(raised.at), content)
    return (FUTURE_DATED_GBZ if about else _generic(raised)), encode_gbz_alert(alert)


def _command_spoken_of(raised: Raised) -> DlmsOutcome | GbzOutcome | None:
    if raised.outcome is None:
        return None
    command = raised.outcome.command
    use_case = use_case_of(command.message_code)
    return alert_content(raised.outcome.parameter.value, use_case, command.counter)


def _generic(raised: Raised) -> int:
    return GENERIC_CRITICAL if raised.code.critical else _GENERIC
