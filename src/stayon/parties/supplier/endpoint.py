"""A supplier's Receive Response Service: it keeps the Device Alerts it is told of (R7, D10)."""

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis.response import DeviceAlert, parse_response
from stayon.gbcs.frame import parse_frame
from stayon.ports.clock import Clock
from stayon.xmlsig import IssuerName

PATH = "/receive"
_ALERTS_KEPT = 10_000
_LARGEST = 256 * 1024

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
        return Starlette(routes=[Route(PATH, self._receive, methods=["POST"])])

    async def _receive(self, request: Request) -> Response:
        with self._clock.busy():
            body = await _body(request)
            if body is None:
                return _problem(413, f"a message has at most {_LARGEST} octets")
            try:
                self._take(body)
            except StayonError as error:
                return _problem(400, str(error))
            return Response(status_code=204)

    def _take(self, body: bytes) -> None:
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


async def _body(request: Request) -> bytes | None:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > _LARGEST:
            return None
    return body


def _problem(status: int, words: str) -> Response:
    return JSONResponse(
        {"title": "not accepted", "status": status, "detail": words},
        status_code=status,
        media_type="application/problem+json",
    )
