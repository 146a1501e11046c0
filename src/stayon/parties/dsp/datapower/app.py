"""The three services over HTTP."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final, Protocol

from starlette.applications import Starlette
from starlette.requests import Request
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
from stayon.parties.tls_peer import peer_certificate
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

_XML: Final = "application/xml"

_FromConnection = Callable[[Request, bytes, Service], Awaitable[bytes]]


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
) -> Starlette:
    """The ASGI application that serves ``SERVICES``, as much at a time as ``capacity`` says.

    ``certificates`` are those of DCCKI where the services are served by mutual TLS.
    """

    async def from_connection(request: Request, body: bytes, service: Service) -> bytes:
        connection = None
        if certificates is not None:
            shown = peer_certificate(request.scope)
            party = None if shown is None else certificates.party_of(shown, clock.now())
            connection = Connection(party)
        return await answer(body, service, connection)

    room = asyncio.Semaphore(capacity.judged_at_once)
    again = {"Retry-After": str(capacity.retry_after_seconds)}
    return Starlette(
        routes=[
            Route(path, _endpoint(from_connection, service, clock, room, again), methods=["POST"])
            for path, service in SERVICES.items()
        ]
    )


def _endpoint(
    answer: _FromConnection,
    service: Service,
    clock: Clock,
    room: asyncio.Semaphore,
    again: Mapping[str, str],
) -> Callable[[Request], Awaitable[Response]]:
    async def post(request: Request) -> Response:
        if room.locked():
            return problem(503, "capacity", "too many requests at the same time", again)
        async with room:
            with clock.busy():
                return await _judged(request, answer, service, again)

    return post


async def _judged(
    request: Request, answer: _FromConnection, service: Service, again: Mapping[str, str]
) -> Response:
    content_type = request.headers.get("content-type", "").partition(";")[0].strip()
    if content_type.lower() != _XML:
        return problem(415, "Content-Type", f"must be {_XML}")
    body = await _body(request)
    if body is None:
        return problem(413, "size", f"more than {safexml.DEFAULT.octets} octets")
    return await _answered(request, answer, body, service, again)


async def _answered(
    request: Request,
    answer: _FromConnection,
    body: bytes,
    service: Service,
    again: Mapping[str, str],
) -> Response:
    try:
        return Response(await answer(request, body, service), media_type=_XML)
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
        return problem(503, "store", str(error), again)
    except OverloadedError as error:
        return problem(429, "capacity", str(error), again)


async def _body(request: Request) -> bytes | None:
    """The body, or None as soon as it is too large."""
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > safexml.DEFAULT.octets:
            return None
        chunks.append(chunk)
    return b"".join(chunks)
