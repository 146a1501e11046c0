"""An HTTP/1.1 client for much the same small exchange, again and again, with a few peers.

What a campaign and the DSP's deliveries do: POST a document, read a short answer, over connections
that stay open. httptools parses the answers, asyncio has the sockets and TLS; a general client does
so much more for each request that it costs as much as the cryptography of the message (ADR 0023).
"""

import asyncio
import ssl
from collections import deque
from dataclasses import dataclass
from functools import lru_cache
from types import TracebackType
from typing import Final, Self, cast
from urllib.parse import urlsplit

import httptools

from stayon.ports.outbound import HttpReply, OutboundError

_LARGEST_REPLY: Final = 4 * 1024 * 1024
_IDLE_SECONDS: Final = 15.0
"""A connection that was idle for longer may be closed at the other end any moment."""
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class _Target:
    """Where a URL leads: the peer, and the beginning of a request there."""

    secure: bool
    host: str
    port: int
    path: bytes
    authority: bytes

    @property
    def peer(self) -> tuple[bool, str, int]:
        """Whom a connection is to."""
        return self.secure, self.host, self.port


@lru_cache(maxsize=1024)
def _target(url: str) -> _Target:
    """Raises ``ValueError`` for what is no address."""
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError("is not an http:// or https:// address")
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if any(not 0x21 <= ord(letter) <= 0x7E for letter in path + parts.netloc):
        raise ValueError("has a character that no address has")
    return _Target(
        parts.scheme == "https",
        parts.hostname,
        parts.port or _PORTS[parts.scheme],
        path.encode("ascii"),
        parts.netloc.rpartition("@")[2].encode("ascii"),
    )


class _Connection(asyncio.Protocol):
    """One connection with at most one request under way."""

    def __init__(self) -> None:
        self.transport: asyncio.Transport | None = None
        self.idle_since = 0.0
        self._reply: asyncio.Future[HttpReply] | None = None
        self._reset()

    def _reset(self) -> None:
        self._parser = httptools.HttpResponseParser(self)
        self._body: list[bytes] = []
        self._size = 0
        self._retry_after: float | None = None
        self._says_its_length = False

    @property
    def usable(self) -> bool:
        """Whether another request may go over it."""
        return self.transport is not None and not self.transport.is_closing()

    def send(self, request: bytes) -> asyncio.Future[HttpReply]:
        """Write a request; what is returned gets the answer, or ``OSError``, ``ValueError``."""
        if self.transport is None:
            raise ConnectionResetError("the connection is closed")
        self._reset()
        self._reply = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._reply

    def abort(self) -> None:
        """Close it now, whatever is under way."""
        if self.transport is not None:
            self.transport.abort()

    # What asyncio calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def data_received(self, data: bytes) -> None:
        if self._reply is None:
            self.abort()  # nobody has asked for anything
            return
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._fail(ValueError(f"not an HTTP answer: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        self.transport = None
        if self._reply is None:
            return
        status = self._parser.get_status_code()
        if exc is None and status >= 200 and self._body and not self._says_its_length:
            self.on_message_complete()  # without a length it goes to the end of the connection
        else:
            self._fail(exc or ConnectionResetError("the connection was closed"))

    # What the parser calls.

    def on_header(self, name: bytes, value: bytes) -> None:
        lower = name.lower()
        if lower == b"retry-after":
            self._retry_after = float(value) if value.isdigit() else None
        elif lower in (b"content-length", b"transfer-encoding"):
            self._says_its_length = True

    def on_body(self, body: bytes) -> None:
        self._size += len(body)
        if self._size > _LARGEST_REPLY:
            self._fail(ValueError(f"the answer is larger than {_LARGEST_REPLY} octets"))
            return
        self._body.append(body)

    def on_message_complete(self) -> None:
        status = self._parser.get_status_code()
        if status < 200:
            return  # the answer itself follows
        if not self._parser.should_keep_alive() and self.transport is not None:
            self.transport.close()
        reply, self._reply = self._reply, None
        if reply is not None and not reply.done():
            reply.set_result(HttpReply(status, b"".join(self._body), self._retry_after))

    def _fail(self, error: Exception) -> None:
        reply, self._reply = self._reply, None
        self.abort()
        if reply is not None and not reply.done():
            reply.set_exception(error)


class KeptConnections:
    """Implements ``HttpPoster`` and ``HttpGetter`` of ``stayon.ports.outbound``.

    Use as an async context manager. ``connections`` are open at once at most, to all peers
    together; ``tls`` is for https:// addresses: the certificate that is shown there, and whom to
    trust; without it, the authorities that the machine trusts.
    """

    def __init__(
        self,
        *,
        connections: int = 64,
        timeout_seconds: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._room = asyncio.Semaphore(connections)
        self._timeout = timeout_seconds
        self._tls = tls
        self._idle: dict[tuple[bool, str, int], deque[_Connection]] = {}
        self._open: set[_Connection] | None = None

    async def __aenter__(self) -> Self:
        self._open = set()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        for connection in self._open or ():
            if connection.transport is not None:
                connection.transport.close()
        self._idle.clear()
        self._open = None

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``. Redirects are not followed: an address is configuration."""
        return await self._exchange("POST", url, body, content_type)

    async def get(self, url: str) -> HttpReply:
        """See ``HttpGetter.get``. Redirects are not followed."""
        return await self._exchange("GET", url, b"", "")

    async def _exchange(self, method: str, url: str, body: bytes, content_type: str) -> HttpReply:
        if self._open is None:
            raise OutboundError(f"{url}: the client has not been opened")
        try:
            target = _target(url)
            head = b"%b %b HTTP/1.1\r\nHost: %b\r\nAccept: */*\r\n" % (
                method.encode(), target.path, target.authority
            )  # fmt: skip
            if method == "POST":
                head += b"Content-Type: %b\r\nContent-Length: %d\r\n" % (
                    content_type.encode("ascii"), len(body)
                )  # fmt: skip
            async with self._room:
                return await self._over_one(target, head + b"\r\n" + body)
        except (OSError, ValueError, TimeoutError) as error:
            raise OutboundError(f"{url}: {type(error).__name__}: {error}") from error

    async def _over_one(self, target: _Target, request: bytes) -> HttpReply:
        connection = self._kept(target.peer)
        if connection is None:
            connection = await self._connect(target)
        expired = asyncio.get_running_loop().call_later(self._timeout, connection.abort)
        try:
            return await connection.send(request)
        except BaseException:
            connection.abort()
            raise
        finally:
            expired.cancel()
            self._keep(target.peer, connection)

    def _kept(self, peer: tuple[bool, str, int]) -> _Connection | None:
        """The connection to this peer that was used last, if one is open and fresh."""
        idle = self._idle.get(peer)
        now = asyncio.get_running_loop().time()
        while idle:
            connection = idle.pop()
            if connection.usable and now - connection.idle_since < _IDLE_SECONDS:
                return connection
            self._forget(connection)
        return None

    async def _connect(self, target: _Target) -> _Connection:
        tls = (self._tls or ssl.create_default_context()) if target.secure else None
        async with asyncio.timeout(self._timeout):
            _, connection = await asyncio.get_running_loop().create_connection(
                _Connection, target.host, target.port, ssl=tls
            )
        if self._open is None:
            connection.abort()
            raise ConnectionResetError("the client has been closed")
        self._open.add(connection)
        return connection

    def _keep(self, peer: tuple[bool, str, int], connection: _Connection) -> None:
        if self._open is None or not connection.usable:
            self._forget(connection)
            return
        connection.idle_since = asyncio.get_running_loop().time()
        self._idle.setdefault(peer, deque()).append(connection)

    def _forget(self, connection: _Connection) -> None:
        connection.abort()
        if self._open is not None:
            self._open.discard(connection)
