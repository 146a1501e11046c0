"""A supplier's Receive Response Service: it keeps the Device Alerts it is told of (R7, D10)."""

from collections import Counter, deque
from collections.abc import Callable
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.parties.receive_response import ReceiveResponseService, receive_response_service
from stayon.parties.received_alert import (
    SIGNED_INSIDE,
    ReceivedAlert,
    lost_device,
    read_alert,
)
from stayon.ports.clock import Clock
from stayon.xmlsig import IssuerName

_ALERTS_KEPT = 10_000

DspKey = Callable[[IssuerName, int, datetime], EllipticCurvePublicKey | None]
"""The DSP's public key by issuer and serial of its certificate, None when it is not valid."""


class SupplierEndpoint:
    """What has been received: everything counted by code, the newest alerts kept.

    ``lost`` are devices that the DCC says have another supplier; ``others`` counts deliveries that
    are neither this nor a Device Alert.
    """

    def __init__(self, clock: Clock, dsp_key: DspKey) -> None:
        self.counts: Counter[int | None] = Counter()
        self.others = 0
        self.lost: set[Eui64] = set()
        self.alerts: deque[ReceivedAlert] = deque(maxlen=_ALERTS_KEPT)
        self._clock = clock
        self._dsp_key = dsp_key

    def app(self) -> ReceiveResponseService:
        """The ASGI application."""
        return receive_response_service(self.take, self._clock)

    async def take(self, body: bytes) -> None:
        """Read one delivery; raises ``StayonError`` for one that the DSP has not signed."""
        now = self._clock.now()
        root = safexml.parse(body)
        claim = xmlsig.read_signature(root, inner=SIGNED_INSIDE)
        key = self._dsp_key(claim.issuer, claim.serial, now)
        if key is None:
            raise StayonError(f"{claim.issuer} {claim.serial} is not the DSP's certificate")
        verified = xmlsig.verify(root, claim, key).root
        alert = read_alert(verified, now)
        if alert is None and (device := lost_device(verified)):
            self.lost.add(device)
            return
        if alert is None:
            self.others += 1
            return
        self.counts[alert.code] += 1
        self.alerts.append(alert)
