"""The SRP's Receive Response Service: the DSP posts here, and is told 204 when it is kept.

What cannot be believed is answered 400 with the reason, so that a person at the DSP sees it; what
could not be checked or stored for now is answered 503, so that it is delivered again.
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stayon.domain.errors import StayonError
from stayon.parties.srp.inbound import Outcome
from stayon.parties.srp.reading import OutcomeReader
from stayon.ports.campaign_store import CampaignStoreUnavailable
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock

PATH = "/receive"
_LARGEST = 256 * 1024


def receive_service(
    reader: OutcomeReader, take: Callable[[Outcome], Awaitable[bool]], clock: Clock
) -> Starlette:
    """The ASGI application; ``take`` returns when the outcome is on disk."""

    async def receive(request: Request) -> Response:
        with clock.busy():
            body = await _body(request)
            if body is None:
                return _problem(413, f"a message has at most {_LARGEST} octets")
            try:
                outcome = await reader.read(body, clock.now())
                if outcome is not None:
                    await take(outcome)
            except (CampaignStoreUnavailable, LookupUnavailable) as error:
                return _problem(503, str(error))
            except StayonError as error:
                return _problem(400, str(error))
            return Response(status_code=204)

    return Starlette(routes=[Route(PATH, receive, methods=["POST"])])


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
