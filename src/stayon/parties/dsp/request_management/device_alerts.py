"""Device Alerts for the supplier in the trust anchor cell (R7, D10), and storms of them.

An alert is signed when it is delivered: only then is it known how many before it were held back.
"""

from dataclasses import dataclass
from datetime import UTC, datetime

from stayon import safexml
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.codes import SUCCESS
from stayon.duis.response import (
    NOT_THROTTLED,
    DeviceAlert,
    Response,
    ResponseBody,
    Smets1Message,
    Throttling,
)
from stayon.duis.smets1 import Smets1DeviceAlert, parse_signed_response
from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, GbzAlert
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame, parse_frame
from stayon.gbcs.message import decode_payload
from stayon.parties.dsp.sat import About
from stayon.policy.alerts import StormProtection
from stayon.ports.store_work import AlertUse, HeldBack, Work, WorkKind

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LARGEST = 2**63 - 1
"""Beyond it, which no device reaches, a database has no number."""

ALERT_KINDS = frozenset({WorkKind.DEVICE_ALERT, WorkKind.SMETS1_ALERT})


@dataclass(frozen=True, slots=True)
class Unsolicited:
    """An alert that answers no request. ``identity`` has the device's own counter.

    ``alert_code`` is None for a SMETS1 alert in words only.
    """

    kind: WorkKind
    recipient: Eui64
    identity: RequestId
    alert_code: int | None

    @property
    def about(self) -> About:
        """For the audit trail: it goes to the supplier, who is nobody's sender."""
        return About(
            device=self.identity.originator, sender=self.recipient, originator=self.recipient
        )

    @property
    def code(self) -> str:
        """For the audit trail."""
        return "" if self.alert_code is None else f"{self.alert_code:04X}"

    @property
    def key(self) -> str:
        """The same each time that this alert is brought."""
        device, counter = self.identity.originator, self.identity.counter
        return f"{device.hex}/{self.identity.target.hex}/{counter}/{self.code}"

    def work(self, key: str, message: bytes) -> Work:
        """Deliver it, after the alerts that this device raised before."""
        device = self.identity.originator
        return Work(
            key=f"{key}/deliver",
            kind=self.kind,
            target=self.recipient.hex,
            message=message,
            device=device,
            sender=self.recipient,
            supplier=self.recipient,
            position=min(self.identity.counter, _LARGEST),
        )

    def use(self, storms: StormProtection, now: datetime) -> AlertUse | None:
        """What of the storm protection it uses; None if it always passes (R7)."""
        rule = None if self.alert_code is None else storms.rule(self.alert_code)
        if self.alert_code is None or rule is None:
            return None
        window = _EPOCH + (now - _EPOCH) // rule.period * rule.period
        return AlertUse(self.identity.originator, self.alert_code, window, rule.allowed)


def alert_code(frame: Frame) -> int:
    """The GBCS alert code; raises ``GbcsError`` for a frame without one."""
    payload = decode_payload(frame)
    if not isinstance(payload, DlmsAlert | GbzAlert | Asn1Alert):
        raise GbcsError("alert", 0, "has no alert code")
    return payload.code


def alert_response(
    work: Work, schema_version: str, taken_in: datetime, held_back: HeldBack | None
) -> Response:
    """What is delivered for ``work`` of a Device Alert, before it is signed."""
    throttling = NOT_THROTTLED
    if held_back is not None and held_back.count:
        throttling = Throttling(held_back.reports, held_back.count)
    body: ResponseBody
    if work.kind is WorkKind.SMETS1_ALERT:
        identity = parse_signed_response(safexml.parse(work.message)).identity
        body = Smets1Message(None, None, work.message, throttling=throttling)
    else:
        frame = parse_frame(work.message)
        identity = RequestId(frame.originator, frame.recipient, frame.counter)
        body = DeviceAlert(alert_code(frame), work.message, throttling)
    return Response(schema_version, None, identity, SUCCESS, taken_in, body)


def smets1_alert(recipient: Eui64, identity: RequestId, body: Smets1DeviceAlert) -> Unsolicited:
    """An alert of a SMETS1 meter, as its S1SP has signed it."""
    return Unsolicited(WorkKind.SMETS1_ALERT, recipient, identity, body.alert_code)
