"""The HTTP server and client against each other."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.plain_client import PlainClient
from stayon.adapters.http.server import HttpServer
from stayon.adapters.package_data import names, read
from stayon.domain.errors import StayonError
from stayon.ports.outbound import OutboundError

LARGE = 4 * 1024 * 1024
Poster = type[AiohttpPoster | PlainClient | HttpClient]
CLIENTS = (AiohttpPoster, PlainClient, HttpClient)


async def echo(request: Request) -> Response:
    content = await request.body()
    headers = {"Retry-After": "7", "X-Peer": str(request.client.port if request.client else 0)}
    return Response(content, 202, headers, media_type=request.headers["content-type"])


async def large(request: Request) -> Response:
    return Response(bytes(LARGE + int((await request.body()).decode())))


async def zipped(request: Request) -> Response:
    return Response(request.headers.get("accept-encoding", "nothing"))


async def slow(request: Request) -> Response:
    request.app.state.is_asked.set()
    await request.app.state.may_answer.wait()
    return Response(b"late")


async def elsewhere(request: Request) -> Response:
    return RedirectResponse(str(request.url).replace("elsewhere", "echo"))


@pytest.fixture
def app() -> Starlette:
    posted = (echo, large, elsewhere, slow)
    routes = [Route(f"/{each.__name__}", each, methods=["POST"]) for each in posted]
    made = Starlette(routes=[*routes, Route("/zipped", zipped, methods=["GET"])])
    made.state.is_asked, made.state.may_answer = asyncio.Event(), asyncio.Event()
    return made


@pytest.fixture
async def server(app: Starlette) -> AsyncIterator[HttpServer]:
    served = HttpServer(app)
    await served.start()
    yield served
    app.state.may_answer.set()
    await served.stop()


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_post_is_answered(server: HttpServer, client: Poster) -> None:
    async with client() as poster:
        reply = await poster.post(f"{server.url}/echo", b"<a/>", "application/xml")
    assert (reply.status, reply.body, reply.retry_after) == (202, b"<a/>", 7.0)


@pytest.mark.parametrize("client", CLIENTS)
async def test_many_posts_at_once(server: HttpServer, client: Poster) -> None:
    async with client(connections=4) as poster:
        replies = await asyncio.gather(
            *(poster.post(f"{server.url}/echo", str(n).encode(), "text/plain") for n in range(40))
        )
    assert [int(reply.body) for reply in replies] == list(range(40))


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_redirect_is_not_followed(server: HttpServer, client: Poster) -> None:
    async with client() as poster:
        reply = await poster.post(f"{server.url}/elsewhere", b"", "text/plain")
    assert (reply.status, reply.retry_after) == (307, None)


@pytest.mark.parametrize("client", CLIENTS)
async def test_an_answer_has_a_largest_size(server: HttpServer, client: Poster) -> None:
    async with client() as poster:
        assert len((await poster.post(f"{server.url}/large", b"0", "text/plain")).body) == LARGE
        with pytest.raises(OutboundError, match="larger"):
            await poster.post(f"{server.url}/large", b"1", "text/plain")


@pytest.mark.parametrize("client", CLIENTS)
async def test_nobody_there(client: Poster) -> None:
    async with client() as poster:
        with pytest.raises(OutboundError, match=r"127\.0\.0\.1:1/"):
            await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
        with pytest.raises(OutboundError):
            await poster.post("not an address", b"", "text/plain")


@pytest.mark.parametrize("client", CLIENTS)
async def test_a_client_is_opened_first(client: Poster) -> None:
    poster = client()
    with pytest.raises(OutboundError, match="has not been opened"):
        await poster.post("http://127.0.0.1:1/x", b"", "text/plain")
    await poster.__aexit__(None, None, None)


async def test_a_plain_client_asks_for_nothing_compressed(server: HttpServer) -> None:
    async with PlainClient() as client:
        assert (await client.get(f"{server.url}/zipped")).body == b"nothing"


async def test_a_plain_client_does_not_wait_for_ever(server: HttpServer) -> None:
    async with PlainClient(timeout_seconds=0.05) as client:
        with pytest.raises(OutboundError, match="Timeout"):
            await client.post(f"{server.url}/slow", b"", "text/plain")


async def test_a_plain_client_leaves_tls_to_the_other() -> None:
    async with PlainClient() as client:
        with pytest.raises(OutboundError, match="without TLS"):
            await client.get("https://127.0.0.1:1/")


async def test_a_plain_client_follows_no_proxy(
    server: HttpServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    async with PlainClient() as client:
        assert (await client.post(f"{server.url}/echo", b"", "text/plain")).status == 202


async def _ask_again_and_again(client: PlainClient, url: str) -> None:
    while True:
        await client.get(url)


async def test_a_server_that_stops_takes_nothing_more_and_answers_what_it_was_asked(
    app: Starlette, server: HttpServer
) -> None:
    async with PlainClient() as idle, PlainClient() as busy:
        assert (await idle.get(f"{server.url}/zipped")).status == 200
        answering = asyncio.create_task(busy.post(f"{server.url}/slow", b"", "text/plain"))
        await app.state.is_asked.wait()
        stopping = asyncio.create_task(server.stop())
        with pytest.raises(OutboundError):
            await _ask_again_and_again(idle, f"{server.url}/zipped")
        assert not stopping.done()
        app.state.may_answer.set()
        assert (await answering).body == b"late"
        await stopping


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
