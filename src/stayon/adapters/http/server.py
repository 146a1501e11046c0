"""Serving an ASGI application with uvicorn, inside a running event loop."""

import asyncio
import contextlib
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from typing import Any

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from stayon.adapters.http.joined_writes import JoinedWrites
from stayon.domain.errors import StayonError

_LOOKS_EVERY_SECONDS = 0.01


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a part of, and stops when it is told to.

    uvicorn's own looks ten times a second whether it is to stop, and waits a tenth of one when it
    does: a process with eight of them would take more than a second to end.
    """

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self._told = asyncio.Event()

    def tell_to_stop(self) -> None:
        """Let it take no more connections, and end when all answers have left."""
        self._told.set()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        await self.on_tick(0)  # sets the headers that each answer has
        await self._told.wait()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        for server in self.servers:
            server.close()
        for one in sockets or ():
            one.close()
        await asyncio.sleep(0)  # who was just accepted is a connection now
        while self.server_state.connections or self.server_state.tasks:
            for connection in list(self.server_state.connections):
                connection.shutdown()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)
        for server in self.servers:
            await server.wait_closed()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class _Protocol(HttpToolsProtocol):
    """Sends the head of an answer with its body."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(JoinedWrites(transport))


class _TlsProtocol(_Protocol):
    """Tells the application the peer's certificate, as ASGI's extension for TLS has it."""

    _tls: dict[object, object]

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        connection = transport.get_extra_info("ssl_object")
        der = None if connection is None else connection.getpeercert(binary_form=True)
        chain = [] if der is None else [ssl.DER_cert_to_PEM_cert(der)]
        self._tls = {"client_cert_chain": chain}

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self.scope["extensions"] = {"tls": self._tls}


class HttpServer:
    """One ASGI application on one port; port 0 takes a free one, ``url`` tells which.

    Without ``tls`` it listens on the loopback interface only.
    """

    def __init__(
        self,
        app: Any,
        host: str = "127.0.0.1",
        port: int = 0,
        *,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        if tls is None and not _is_loopback(host):
            raise StayonError(f"{host}: only the loopback interface is served without TLS")
        self._host = host
        self._port = port
        self._tls = tls
        self._server = _Server(
            uvicorn.Config(
                app,
                http=_Protocol if tls is None else _TlsProtocol,
                ws="none",
                lifespan="off",
                log_config=None,
                log_level="warning",
                access_log=False,
                server_header=False,
                # Nobody stands before it: what a client says of its address is not believed.
                proxy_headers=False,
                date_header=False,
                timeout_keep_alive=75,
                ssl_context_factory=None if tls is None else lambda _config, _default: tls,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address of the root, without a slash at the end."""
        scheme = "http" if self._tls is None else "https"
        return f"{scheme}://{self._host}:{self._port}"

    async def start(self) -> None:
        """Return when connections are accepted; raises ``StayonError`` if the port is taken."""
        # With the protocol named, asyncio switches Nagle off on accepted connections.
        listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((self._host, self._port))
        except OSError as error:
            listening.close()
            raise StayonError(f"{self._host}:{self._port}: {error.strerror}") from error
        self._port = listening.getsockname()[1]
        listening.listen(1024)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listening]))
        await self._server.ready.wait()

    async def stop(self) -> None:
        """Finish the answers under way and stop."""
        if self._serving is not None:
            self._server.tell_to_stop()
            await self._serving


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
