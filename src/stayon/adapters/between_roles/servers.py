"""The server sides: ASGI routes that hand what comes to whoever implements the port here."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path
from starlette.types import ASGIApp, Receive, Scope, Send

from stayon.adapters.between_roles import documents
from stayon.adapters.between_roles.clients import JSON
from stayon.domain.errors import FieldError, StayonError
from stayon.domain.metering import Route
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.meters import AlertCarrier, Meters
from stayon.ports.outbound import Carrier, CarrierWork, OutboundError, Southbound
from stayon.ports.store_reference import InForce

Take = Callable[[bytes], Awaitable[bytes | None]]
"""Handles the body of a request; the body of the answer, None for one without."""

_DONE, _AGAIN, _NO_MESSAGE, _NOT_HERE, _TOO_LARGE = 204, 503, 400, 405, 413


def carrier_routes(carriers: Mapping[Route, Carrier]) -> list[Path]:
    """For one or more carriers, by route."""

    async def work(body: bytes) -> None:
        by_route: dict[Route, list[CarrierWork]] = {}
        for each in documents.read_work(body):
            by_route.setdefault(each.route, []).append(each)
        for route in by_route:
            if route not in carriers:
                raise OutboundError(f"{route.value} is not carried here")
        for route, pieces in by_route.items():
            await carriers[route].submit(pieces)

    return [_path("/carrier/work", work)]


def reference_routes(recipients: Mapping[Route, ReferenceDataRecipient]) -> list[Path]:
    """For the reference data of one or more S1SPs, by route."""

    async def reference(body: bytes) -> bytes:
        files = documents.read_reference(body)
        if files.route not in recipients:
            raise OutboundError(f"{files.route.value} is not here")
        return documents.write_acknowledgement(await recipients[files.route].load(files))

    return [_path("/carrier/reference", reference)]


def southbound_routes(southbound: Southbound) -> list[Path]:
    """For what comes back from the devices' side."""

    async def messages(body: bytes) -> None:
        await southbound.receive_device_messages(documents.read_device_messages(body))

    async def failures(body: bytes) -> None:
        await southbound.receive_failures(documents.read_failures(body))

    async def s1sp(body: bytes) -> None:
        await southbound.receive_s1sp_messages(documents.read_s1sp_messages(body))

    return [
        _path("/southbound/messages", messages),
        _path("/southbound/failures", failures),
        _path("/southbound/s1sp", s1sp),
    ]


def in_force_routes(in_force: Callable[[], InForce | None]) -> list[Path]:
    """For who has no database; ``in_force`` is None while this process does not know either."""

    async def told(_: Request) -> Response:
        found = in_force()
        if found is None:
            return _problem(_AGAIN, "it is not known what is in force")
        return Response(documents.write_in_force(found), media_type=JSON)

    return [Path("/southbound/in-force", told, methods=["GET"])]


def meter_routes(meters: Meters, number: int, of: int) -> list[Path]:
    """For the ``number``-th part (from 1) of all meters, which ``of`` hosts share."""

    async def commands(body: bytes) -> bytes:
        return documents.write_answers(await meters.execute(documents.read_commands(body)))

    async def part(_: Request) -> Response:
        return Response(documents.write_part(number, of), media_type=JSON)

    return [_path("/meters/commands", commands), Path("/meters/part", part, methods=["GET"])]


def alert_routes(carrier: AlertCarrier) -> list[Path]:
    """For alerts that meters raise by themselves."""

    async def alerts(body: bytes) -> None:
        await carrier.carry(documents.read_alerts(body))

    return [_path("/wan/alerts", alerts)]


def application(routes: Sequence[Path]) -> Starlette:
    """All of one process."""
    return Starlette(routes=list(routes))


def only_reading(app: ASGIApp) -> ASGIApp:
    """``app`` for who may read there and change nothing: any method but GET is refused."""

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] != "GET":
            await _problem(_NOT_HERE, "only reading is served here")(scope, receive, send)
            return
        await app(scope, receive, send)

    return guarded


def _path(path: str, take: Take | Callable[[bytes], Awaitable[None]]) -> Path:
    async def answer(request: Request) -> Response:
        try:
            body = await _body(request)
        except ClientDisconnect:
            return Response(status_code=_NO_MESSAGE)
        if body is None:
            return _problem(_TOO_LARGE, f"more than {documents.LARGEST} octets")
        try:
            content = await take(body)
        except FieldError as error:
            return _problem(_NO_MESSAGE, str(error))
        except StayonError as error:
            # Whatever it was, nothing was taken: it is to come again.
            return _problem(_AGAIN, str(error))
        if content is None:
            return Response(status_code=_DONE)
        return Response(content, media_type=JSON)

    return Path(path, answer, methods=["POST"])


async def _body(request: Request) -> bytes | None:
    """The body of a request, None if it is too large."""
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > documents.LARGEST:
            return None
    return bytes(received)


def _problem(status: int, words: str) -> Response:
    headers = {"retry-after": "1"} if status == _AGAIN else None
    return JSONResponse({"detail": words}, status, headers, "application/problem+json")
