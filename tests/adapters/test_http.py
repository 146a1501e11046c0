"""The HTTP server and client against each other."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.kept_connections import KeptConnections
from stayon.adapters.http.server import HttpServer
from stayon.adapters.package_data import names, read
from stayon.domain.errors import StayonError
from stayon.ports.outbound import OutboundError

LARGE = 4 * 1024 * 1024

Client = type[AiohttpPoster] | type[KeptConnections]
both = pytest.mark.parametrize("client", [AiohttpPoster, KeptConnections])


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


@both
async def test_a_post_is_answered(server: HttpServer, client: Client) -> None:
    async with client() as poster:
        reply = await poster.post(f"{server.url}/echo", b"<a/>", "application/xml")
    assert (reply.status, reply.body, reply.retry_after) == (202, b"<a/>", 7.0)


@both
async def test_many_posts_at_once(server: HttpServer, client: Client) -> None:
    async with client(connections=4) as poster:
        replies = await asyncio.gather(
            *(poster.post(f"{server.url}/echo", str(n).encode(), "text/plain") for n in range(40))
        )
    assert [int(reply.body) for reply in replies] == list(range(40))


@both
async def test_a_redirect_is_not_followed(server: HttpServer, client: Client) -> None:
    async with client() as poster:
        reply = await poster.post(f"{server.url}/elsewhere", b"", "text/plain")
    assert (reply.status, reply.retry_after) == (307, None)


@both
async def test_an_answer_has_a_largest_size(server: HttpServer, client: Client) -> None:
    async with client() as poster:
        assert len((await poster.post(f"{server.url}/large", b"0", "text/plain")).body) == LARGE
        with pytest.raises(OutboundError, match="larger"):
            await poster.post(f"{server.url}/large", b"1", "text/plain")


@both
async def test_nobody_there(client: Client) -> None:
    async with client() as poster:
        with pytest.raises(OutboundError, match=r"127\.0\.0\.1:1/"):
            await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
        with pytest.raises(OutboundError):
            await poster.post("not an address", b"", "text/plain")


@both
async def test_a_client_is_opened_first(client: Client) -> None:
    poster = client()
    with pytest.raises(OutboundError, match="has not been opened"):
        await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
    await poster.__aexit__(None, None, None)


async def scripted(*answers: bytes | None) -> tuple[asyncio.Server, str, list[bytes]]:
    """A server that answers each request over a connection with the next octets; None closes it."""
    asked: list[bytes] = []
    queue = list(answers)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while queue:
                asked.append(await reader.readuntil(b"\r\n\r\n"))
                answer = queue.pop(0)
                if answer is None:
                    break
                writer.write(answer)
                await writer.drain()
                if b"Connection: close" in answer:
                    break
        writer.close()

    listening = await asyncio.start_server(connected, "127.0.0.1")
    host, port = listening.sockets[0].getsockname()
    return listening, f"http://{host}:{port}/a?b=c", asked


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"


async def test_whatever_form_an_answer_has_it_is_read_to_its_end() -> None:
    forms = (
        OK,
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nh\r\n1\r\ni\r\n0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK,
        b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nhi",
    )
    listening, url, asked = await scripted(*forms, OK)
    async with listening, KeptConnections() as client:
        for _ in range(len(forms) + 1):
            reply = await client.get(url)
            assert (reply.status, reply.body) == (200, b"hi")
    assert all(request.startswith(b"GET /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:") for request in asked)


async def test_an_answer_that_breaks_off_or_is_none_is_no_answer() -> None:
    broken = (
        None,
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhi",
        b"SMTP ready\r\n\r\n",
    )
    listening, url, _ = await scripted(*broken, OK)
    async with listening, KeptConnections() as client:
        for _ in broken:
            with pytest.raises(OutboundError):
                await client.get(url)
        assert (await client.get(url)).body == b"hi"


async def test_whoever_does_not_answer_in_time_is_given_up() -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError):
            await _reader.read()
        writer.close()

    listening = await asyncio.start_server(silent, "127.0.0.1")
    port = listening.sockets[0].getsockname()[1]
    async with listening, KeptConnections(timeout_seconds=0.01) as client:
        with pytest.raises(OutboundError):
            await client.get(f"http://127.0.0.1:{port}/")


@pytest.mark.parametrize(
    "url", ["ftp://127.0.0.1/", "http:///x", "http://127.0.0.1/a b", "http://127.0.0.1/\u00e4"]
)
async def test_what_is_no_address_is_not_asked(url: str) -> None:
    async with KeptConnections() as client:
        with pytest.raises(OutboundError):
            await client.get(url)


async def test_connections_are_kept(server: HttpServer) -> None:
    async with KeptConnections() as client:
        for _ in range(3):
            await client.post(f"{server.url}/echo", b"1", "text/plain")
        assert client._open is not None
        assert len(client._open) == 1


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
