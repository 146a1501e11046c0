"""The three services over HTTP.

What is posted to them is answered here, without the layers of a framework, which would take as long
as the checks do; any other path and method is Starlette's to refuse.
"""

from collections.abc import Awaitable
from typing import Any, Final, Protocol

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.routing import Route

from stayon import safexml
from stayon.domain.errors import FieldError
from stayon.duis.errors import DuisError
from stayon.parties.dsp.datapower.problems import problem
from stayon.parties.dsp.request_management.protection import NotCarriedOutError
from stayon.parties.dsp.request_management.reception import (
    OverloadedError,
    WrongConnectionError,
)
from stayon.parties.tls_peer import Scope, peer_certificate
from stayon.policy.capacity import Capacity
from stayon.policy.services import Service
from stayon.ports.clock import Clock
from stayon.ports.connections import Connection, ConnectionCertificates
from stayon.ports.store_work import StoreUnavailableError
from stayon.safexml import SafeXmlError

SERVICES: Final = {
    "/api/v1/serviceT": Service.TRANSFORM,
    "/api/v1/serviceS": Service.SEND_COMMAND,
    "/api/v1/serviceD": Service.DCC_ONLY,
}
"""The paths that existing clients use."""

_XML: Final = b"application/xml"


class Answer(Protocol):
    """From the bytes of a request to the signed answer: ``Reception.answer``."""

    def __call__(
        self, body: bytes, service: Service, connection: Connection | None
    ) -> Awaitable[bytes]:
        """``connection`` is None where connections have no certificates."""
        ...


def gateway(
    answer: Answer,
    clock: Clock,
    capacity: Capacity,
    certificates: ConnectionCertificates | None = None,
) -> "Gateway":
    """The ASGI application that serves ``SERVICES``, as much at a time as ``capacity`` says.

    ``certificates`` are those of DCCKI where the services are served by mutual TLS.
    """
    return Gateway(answer, clock, capacity, certificates)


class Gateway:
    """An ASGI application."""

    def __init__(
        self,
        answer: Answer,
        clock: Clock,
        capacity: Capacity,
        certificates: ConnectionCertificates | None,
    ) -> None:
        self._answer = answer
        self._clock = clock
        self._certificates = certificates
        self._room = capacity.judged_at_once
        self._again = {"Retry-After": str(capacity.retry_after_seconds)}
        self._others = Starlette(
            routes=[Route(path, _unreached, methods=["POST"]) for path in SERVICES]
        )

    async def __call__(self, scope: Scope, receive: Any, send: Any) -> None:
        """Answer one request."""
        service = None
        if scope["type"] == "http" and scope["method"] == "POST":
            service = SERVICES.get(scope["path"])
        if service is None:
            await self._others(scope, receive, send)
            return
        try:
            answer = await self._in_turn(scope, receive, service)
        except ClientDisconnect:
            return  # before all of its request had come: there is nobody to answer
        if isinstance(answer, Response):
            await answer(scope, receive, send)
            return
        size = str(len(answer)).encode()
        headers = [(b"content-length", size), (b"content-type", _XML)]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _in_turn(self, scope: Scope, receive: Any, service: Service) -> bytes | Response:
        if not self._room:
            return problem(503, "capacity", "too many requests at the same time", self._again)
        self._room -= 1
        try:
            with self._clock.busy():
                return await self._judged(scope, receive, service)
        finally:
            self._room += 1

    async def _judged(self, scope: Scope, receive: Any, service: Service) -> bytes | Response:
        if _media_type(scope) != _XML:
            return problem(415, "Content-Type", f"must be {_XML.decode()}")
        body = await _body(receive)
        if body is None:
            return problem(413, "size", f"more than {safexml.DEFAULT.octets} octets")
        try:
            return await self._answer(body, service, self._connection(scope))
        except WrongConnectionError as error:
            return problem(403, "connection", str(error))
        except SafeXmlError as error:
            return problem(400, error.rule.value, str(error))
        except DuisError as error:
            return problem(400, error.field, str(error))
        except FieldError as error:
            return problem(400, error.field, str(error))
        except NotCarriedOutError as error:
            return problem(501, "not carried out", str(error))
        except StoreUnavailableError as error:
            # Nothing was accepted: the client may send the same bytes again.
            return problem(503, "store", str(error), self._again)
        except OverloadedError as error:
            return problem(429, "capacity", str(error), self._again)

    def _connection(self, scope: Scope) -> Connection | None:
        if self._certificates is None:
            return None
        shown = peer_certificate(scope)
        return Connection(
            None if shown is None else self._certificates.party_of(shown, self._clock.now())
        )


async def _unreached(_request: object) -> Response:
    raise AssertionError("a POST to a service is answered by Gateway")


def _media_type(scope: Scope) -> bytes:
    """What the first Content-Type says, without its parameters, in lower case."""
    for name, value in scope["headers"]:
        if name.lower() == b"content-type":
            found: bytes = value.partition(b";")[0].strip().lower()
            return found
    return b""


async def _body(receive: Any) -> bytes | None:
    """The body, or None as soon as it is too large. Raises ``ClientDisconnect`` if that is gone."""
    chunks: list[bytes] = []
    size, more = 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk, more = message.get("body", b""), message.get("more_body", False)
        size += len(chunk)
        if size > safexml.DEFAULT.octets:
            return None
        chunks.append(chunk)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)
