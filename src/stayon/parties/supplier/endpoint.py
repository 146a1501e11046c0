"""A supplier's Receive Response Service: it keeps the Device Alerts it is told of (R7, D10)."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from starlette.applications import Starlette

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis.response import DeviceAlert, parse_response
from stayon.gbcs.frame import parse_frame
from stayon.parties.receive_response import receive_response_service
from stayon.ports.clock import Clock
from stayon.xmlsig import IssuerName

_ALERTS_KEPT = 10_000

DspKey = Callable[[IssuerName, int, datetime], EllipticCurvePublicKey | None]
"""The DSP's public key by issuer and serial of its certificate, None when it is not valid."""


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """A Device Alert as it was delivered."""

    at: datetime
    device: Eui64
    code: int
    message: bytes


class SupplierEndpoint:
    """What has been received: everything counted by code, the newest alerts kept.

    ``others`` counts deliveries that are no Device Alert.
    """

    def __init__(self, clock: Clock, dsp_key: DspKey) -> None:
        self.counts: Counter[int] = Counter()
        self.others = 0
        self.alerts: deque[ReceivedAlert] = deque(maxlen=_ALERTS_KEPT)
        self._clock = clock
        self._dsp_key = dsp_key

    def app(self) -> Starlette:
        """The ASGI application."""
        return receive_response_service(self._take, self._clock)

    async def _take(self, body: bytes) -> None:
        now = self._clock.now()
        root = safexml.parse(body)
        claim = xmlsig.read_signature(root)
        key = self._dsp_key(claim.issuer, claim.serial, now)
        if key is None:
            raise StayonError(f"{claim.issuer} {claim.serial} is not the DSP's certificate")
        response = parse_response(xmlsig.verify(root, claim, key).root)
        if not isinstance(response.body, DeviceAlert):
            self.others += 1
            return
        frame = parse_frame(response.body.gbcs_payload)
        alert = ReceivedAlert(
            now, frame.originator, response.body.alert_code, response.body.gbcs_payload
        )
        self.counts[alert.code] += 1
        self.alerts.append(alert)
