"""The HTTP form of a Receive Response Service, the same for every User that has one.

The DSP posts here, and is told 204 when the message is kept. What cannot be believed is answered
400 with the reason, so that a person at the DSP sees it; what could not be checked or stored for
now is answered 503, so that it is delivered again.
"""

from collections.abc import Awaitable, Callable

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from stayon.domain.errors import StayonError
from stayon.ports.clock import Clock

PATH = "/receive"
_LARGEST = 256 * 1024

Take = Callable[[bytes], Awaitable[None]]
"""Keeps a message, or raises: ``StayonError`` for what cannot be believed."""


def receive_response_service(
    take: Take, clock: Clock, for_now: tuple[type[StayonError], ...] = ()
) -> Starlette:
    """The ASGI application. ``for_now`` are the errors after which another try may help."""

    async def receive(request: Request) -> Response:
        with clock.busy():
            body = await _body(request)
            if body is None:
                return _problem(413, f"a message has at most {_LARGEST} octets")
            try:
                await take(body)
            except for_now as error:
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
