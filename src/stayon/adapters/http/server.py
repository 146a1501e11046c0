"""Serving an ASGI application with uvicorn, inside a running event loop."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator
from typing import Any

import uvicorn

from stayon.domain.errors import StayonError


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a part of."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


class HttpServer:
    """One ASGI application on one port; port 0 takes a free one, ``url`` tells which."""

    def __init__(self, app: Any, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._server = _Server(
            uvicorn.Config(
                app,
                http="httptools",
                ws="none",
                lifespan="off",
                log_level="warning",
                access_log=False,
                server_header=False,
                date_header=False,
                timeout_keep_alive=75,
            )
        )
        self._serving: asyncio.Task[None] | None = None

    @property
    def url(self) -> str:
        """The address of the root, without a slash at the end."""
        return f"http://{self._host}:{self._port}"

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
            self._server.should_exit = True
            await self._serving
