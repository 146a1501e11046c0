"""The alert of a future-dated Update Security Credentials: what became of each cell.

It goes to the party that signed the command, with 8F66 where every cell was replaced. Source: GBCS
use case CS02b, as in the reference messages; reference gbcs.md 4.5.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.instants import require_utc
from stayon.gbcs.alerts import (
    FUTURE_DATED_FAILURE,
    FUTURE_DATED_SUCCESS,
    read_asn1_alert,
)
from stayon.gbcs.asn1 import GENERALIZED_TIME, SEQUENCE, element, number
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame
from stayon.gbcs.security_credentials_outcome import (
    CredentialsOutcome,
    decode_outcome,
    encode_outcome,
)

FUTURE_DATED_CREDENTIALS: Final = 0x00CB
"""The message code of this alert."""

_TIME_FORMAT: Final = "%Y%m%d%H%M%SZ"


@dataclass(frozen=True, slots=True)
class CredentialsAlert:
    """``outcome`` names the command by its counter; ``at`` (UTC) is when it was executed."""

    at: datetime
    outcome: CredentialsOutcome


def encode_credentials_alert(alert: CredentialsAlert) -> bytes:
    """The content of the alert; raises ``FieldError`` for a time finer than seconds, or not UTC."""
    at = require_utc(alert.at, "alert time")
    if at.microsecond:
        raise FieldError("alert time", "is finer than seconds")
    code = FUTURE_DATED_SUCCESS if alert.outcome.succeeded else FUTURE_DATED_FAILURE
    return element(
        SEQUENCE,
        number(code),
        element(GENERALIZED_TIME, at.strftime(_TIME_FORMAT).encode()),
        encode_outcome(alert.outcome),
    )


def decode_credentials_alert(frame: Frame) -> CredentialsAlert:
    """The inverse, of a whole frame; verify its signature before it is believed.

    Raises ``GbcsError`` for another message, and for a code that contradicts the outcome.
    """
    if frame.cra is not Cra.ALERT or frame.message_code != FUTURE_DATED_CREDENTIALS:
        rule = f"{frame.cra.name} {frame.message_code:04X} is no alert about new credentials"
        raise GbcsError("message code", 0, rule)
    read = read_asn1_alert(frame.content)
    if read is None:
        raise GbcsError("alert", 0, "is not a SEQUENCE of a code, a time and an outcome")
    outcome = decode_outcome(read.content)
    told = {FUTURE_DATED_SUCCESS: True, FUTURE_DATED_FAILURE: False}.get(read.code)
    if told is not outcome.succeeded:
        raise GbcsError("alert code", 0, f"{read.code:04X} is not what the outcome says")
    try:
        at = datetime.strptime(read.timestamp, _TIME_FORMAT).replace(tzinfo=UTC)
    except ValueError:
        raise GbcsError("alert time", 0, f"{read.timestamp} is not an instant") from None
    return CredentialsAlert(at, outcome)
