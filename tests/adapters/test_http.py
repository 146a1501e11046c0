"""The HTTP server and client against each other."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.server import HttpServer
from stayon.adapters.package_data import names, read
from stayon.domain.errors import StayonError
from stayon.ports.outbound import OutboundError

LARGE = 4 * 1024 * 1024


async def echo(request: Request) -> Response:
    content = await request.body()
    headers = {"Retry-After": "7", "X-Peer": str(request.client.port if request.client else 0)}
    return Response(content, 202, headers, media_type=request.headers["content-type"])


async def large(request: Request) -> Response:
    return Response(bytes(LARGE + int((await request.body()).decode())))


async def elsewhere(request: Request) -> Response:
    return RedirectResponse(str(request.url).replace("elsewhere", "echo"))


@pytest.fixture
async def server() -> AsyncIterator[HttpServer]:
    routes = [
        Route(f"/{each.__name__}", each, methods=["POST"]) for each in (echo, large, elsewhere)
    ]
    served = HttpServer(Starlette(routes=routes))
    await served.start()
    yield served
    await served.stop()


async def test_a_post_is_answered(server: HttpServer) -> None:
    async with AiohttpPoster() as poster:
        reply = await poster.post(f"{server.url}/echo", b"<a/>", "application/xml")
    assert (reply.status, reply.body, reply.retry_after) == (202, b"<a/>", 7.0)


async def test_many_posts_at_once(server: HttpServer) -> None:
    async with AiohttpPoster(connections=4) as poster:
        replies = await asyncio.gather(
            *(poster.post(f"{server.url}/echo", str(n).encode(), "text/plain") for n in range(40))
        )
    assert [int(reply.body) for reply in replies] == list(range(40))


async def test_a_redirect_is_not_followed(server: HttpServer) -> None:
    async with AiohttpPoster() as poster:
        reply = await poster.post(f"{server.url}/elsewhere", b"", "text/plain")
    assert (reply.status, reply.retry_after) == (307, None)


async def test_an_answer_has_a_largest_size(server: HttpServer) -> None:
    async with AiohttpPoster() as poster:
        assert len((await poster.post(f"{server.url}/large", b"0", "text/plain")).body) == LARGE
        with pytest.raises(OutboundError, match="larger"):
            await poster.post(f"{server.url}/large", b"1", "text/plain")


async def test_nobody_there() -> None:
    async with AiohttpPoster() as poster:
        with pytest.raises(OutboundError, match=r"127\.0\.0\.1:1/"):
            await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
        with pytest.raises(OutboundError):
            await poster.post("not an address", b"", "text/plain")


async def test_a_client_is_opened_first() -> None:
    poster = AiohttpPoster()
    with pytest.raises(OutboundError, match="has not been opened"):
        await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
    await poster.__aexit__(None, None, None)


async def test_a_port_is_taken_once(server: HttpServer) -> None:
    port = int(server.url.rpartition(":")[2])
    with pytest.raises(StayonError, match=str(port)):
        await HttpServer(Starlette(), port=port).start()
    await HttpServer(Starlette()).stop()


def test_files_of_the_package() -> None:
    assert "duis.xsd" in names("duis/schema", ".xsd")
    assert read("duis/schema/duis.xsd").startswith(b"<")
    with pytest.raises(OSError, match=r"none\.xsd"):
        read("duis/schema/none.xsd")
