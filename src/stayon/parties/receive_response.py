"""The HTTP form of a Receive Response Service, the same for every User that has one.

The DSP posts here, and is told 204 when the message is kept. What cannot be believed is answered
400 with the reason, so that a person at the DSP sees it; what could not be checked or stored for
now is answered 503, so that it is delivered again.
"""

import json
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final

from stayon.domain.errors import StayonError
from stayon.ports.clock import Clock

PATH = "/receive"
_LARGEST = 256 * 1024

Take = Callable[[bytes], Awaitable[None]]
"""Keeps a message, or raises: ``StayonError`` for what cannot be believed."""

_Message = MutableMapping[str, Any]
_Receive = Callable[[], Awaitable[_Message]]
_Send = Callable[[_Message], Awaitable[None]]
ReceiveResponseService = Callable[[_Message, _Receive, _Send], Awaitable[None]]
"""An ASGI application."""

_PROBLEM: Final = [(b"content-type", b"application/problem+json")]


def receive_response_service(
    take: Take, clock: Clock, for_now: tuple[type[StayonError], ...] = ()
) -> ReceiveResponseService:
    """The ASGI application. ``for_now`` are the errors after which another try may help.

    It has one path and one method, and gets a message for every device of a campaign: there is
    nothing for a framework to do.
    """

    async def answer(receive: _Receive) -> tuple[int, str]:
        body = await _body(receive)
        if body is None:
            return 413, f"a message has at most {_LARGEST} octets"
        try:
            await take(body)
        except for_now as error:
            return 503, str(error)
        except StayonError as error:
            return 400, str(error)
        return 204, ""

    async def application(scope: _Message, receive: _Receive, send: _Send) -> None:
        if scope["type"] != "http":
            raise RuntimeError(f"{scope['type']} is not served")
        if scope["path"] != PATH:
            await _send(send, 404, f"there is nothing here but {PATH}")
        elif scope["method"] != "POST":
            await _send(send, 405, "messages are posted", [(b"allow", b"POST")])
        else:
            with clock.busy():
                status, words = await answer(receive)
                await _send(send, status, words)

    return application


async def _body(receive: _Receive) -> bytes | None:
    """The whole body; None if it is too large, or the sender has gone in the middle of it."""
    body, more = b"", True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > _LARGEST:
            return None
    return body


async def _send(
    send: _Send, status: int, words: str, headers: list[tuple[bytes, bytes]] | None = None
) -> None:
    """An empty answer, or with ``words`` a problem document (RFC 9457)."""
    body = b""
    extra = headers or []
    if words:
        body = json.dumps({"title": "not accepted", "status": status, "detail": words}).encode()
        extra = [*_PROBLEM, (b"content-length", b"%d" % len(body)), *extra]
    await send({"type": "http.response.start", "status": status, "headers": extra})
    await send({"type": "http.response.body", "body": body})
