"""Mutual TLS between the HTTP server and client, with certificates of a DCCKI made here."""

import socket
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import anyio.to_thread
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from tests.parties.smki.registration_world import PARTY, RegistrationWorld, csr
from tests.parties.smki.world import SetClock, key

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.server import HttpServer
from stayon.adapters.http.tls import TlsError, TlsFiles, client_context, server_context
from stayon.adapters.keys.files import write_private_key
from stayon.domain.errors import StayonError
from stayon.parties.tls_peer import peer_certificate
from stayon.ports.outbound import OutboundError
from stayon.smki_profile.pem import to_pem


def _files(folder: Path, name: str) -> TlsFiles:
    """A certificate of the DCCKI in ``folder``, which each test run founds anew."""
    world = RegistrationWorld(SetClock(SystemClock().now()))
    folder.mkdir(exist_ok=True)
    private = key(name)
    write_private_key(folder / f"{name}.pem", private)
    issued = world.dccki.issue(PARTY, csr(private), ["127.0.0.1"])
    (folder / f"{name}.crt").write_text(to_pem("CERTIFICATE", issued.der))
    root = world.dccki.authority.certificate.public_bytes(Encoding.PEM)
    (folder / "root.crt").write_bytes(root)
    return TlsFiles.under(folder / name, folder / "root.crt")


async def who(request: Request) -> Response:
    der = peer_certificate(request.scope)
    peer = request.client
    return PlainTextResponse(f"{'' if der is None else der.hex()} {peer.port if peer else 0}")


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[HttpServer]:
    context = server_context(_files(tmp_path, "server"), ask_for_certificate=True)
    served = HttpServer(Starlette(routes=[Route("/", who)]), tls=context)
    await served.start()
    yield served
    await served.stop()


@pytest.mark.requirement("D3")
async def test_the_application_learns_the_client_s_certificate(
    server: HttpServer, tmp_path: Path
) -> None:
    files = TlsFiles.under(tmp_path / "server", tmp_path / "root.crt")
    async with HttpClient(tls=client_context(files)) as client:
        assert server.url.startswith("https://")
        first, second = [(await client.get(f"{server.url}/")).body.split() for _ in range(2)]
    shown = ssl.PEM_cert_to_DER_cert(files.certificate.read_text())
    assert first[0] == shown.hex().encode()
    assert first == second, "one connection is used for both"


@pytest.mark.requirement("D3", refuses=True)
async def test_whoever_shows_no_certificate_gets_no_connection(
    server: HttpServer, tmp_path: Path
) -> None:
    stranger = ssl.create_default_context(cafile=tmp_path / "root.crt")
    async with HttpClient(tls=stranger) as client:
        with pytest.raises(OutboundError):
            await client.get(f"{server.url}/")


@pytest.mark.requirement("D3", refuses=True)
async def test_a_server_whose_certificate_is_of_somebody_else(
    server: HttpServer, tmp_path: Path
) -> None:
    files = TlsFiles.under(tmp_path / "server", tmp_path / "root.crt")
    async with HttpClient(tls=client_context(files)) as client:
        with pytest.raises(OutboundError, match="localhost"):
            await client.get(f"{server.url.replace('127.0.0.1', 'localhost')}/")


def _handshake(
    server: HttpServer, context: ssl.SSLContext, session: ssl.SSLSession | None = None
) -> tuple[ssl.SSLSession | None, bool | None, str | None]:
    port = int(server.url.rpartition(":")[2])
    with (
        socket.create_connection(("127.0.0.1", port)) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1", session=session) as secured,
    ):
        secured.sendall(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        while secured.recv(4096):
            pass
        return secured.session, secured.session_reused, secured.version()


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
async def test_a_session_is_resumed(
    server: HttpServer, tmp_path: Path, version: ssl.TLSVersion
) -> None:
    context = client_context(TlsFiles.under(tmp_path / "server", tmp_path / "root.crt"))
    context.minimum_version = context.maximum_version = version
    session, reused, _ = await anyio.to_thread.run_sync(_handshake, server, context)
    assert not reused
    _, reused, _ = await anyio.to_thread.run_sync(_handshake, server, context, session)
    assert reused


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")
async def test_an_old_version_is_refused(server: HttpServer, tmp_path: Path) -> None:
    context = client_context(TlsFiles.under(tmp_path / "server", tmp_path / "root.crt"))
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        await anyio.to_thread.run_sync(_handshake, server, context)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "gateway.example"])  # noqa: S104
def test_without_tls_only_loopback_is_served(host: str) -> None:
    with pytest.raises(StayonError, match="loopback"):
        HttpServer(Starlette(), host)


def test_files_that_are_no_certificate(tmp_path: Path) -> None:
    with pytest.raises(TlsError, match=r"none\.crt"):
        client_context(TlsFiles.under(tmp_path / "none", tmp_path / "none.crt"))
