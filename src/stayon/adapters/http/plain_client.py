"""Posting and getting over HTTP without TLS, by reqwest: a third of aiohttp's processor time.

TLS is not left to it. It adds a root to those that it trusts, and Stayon's connections trust one
root alone.
"""

from datetime import timedelta
from types import TracebackType
from typing import Self

from pyreqwest.client import Client, ClientBuilder
from pyreqwest.exceptions import PyreqwestError
from pyreqwest.request import RequestBuilder

from stayon.ports.outbound import HttpReply, OutboundError

LARGEST_REPLY = 4 * 1024 * 1024
CONNECTIONS = 256
"""That stay open, at the most: as many as a campaign has requests under way."""
_IDLE = timedelta(seconds=60)
"""Less than the 75 seconds after which Stayon's own server closes a connection."""


class PlainClient:
    """Implements ``HttpPoster`` and ``HttpGetter`` of ``stayon.ports.outbound`` for http:// alone.

    Use as an async context manager.
    """

    def __init__(self, *, connections: int = CONNECTIONS, timeout_seconds: float = 30.0) -> None:
        self._connections = connections
        self._timeout = timedelta(seconds=timeout_seconds)
        self._client: Client | None = None

    async def __aenter__(self) -> Self:
        builder = ClientBuilder().http1_only().no_proxy().follow_redirects(enable=False)
        builder = builder.gzip(enable=False).brotli(enable=False)
        builder = builder.zstd(enable=False).deflate(enable=False)
        builder = builder.max_connections(self._connections).pool_idle_timeout(_IDLE)
        self._client = builder.pool_timeout(self._timeout).timeout(self._timeout).build()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._client is not None:
            await self._client.close()

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``. Redirects are not followed: an address is configuration."""
        try:
            request = self._opened(url).post(url).header("Content-Type", content_type)
            return await _exchange(url, request.body_bytes(body))
        except (PyreqwestError, ValueError) as error:
            raise OutboundError(f"{url}: {type(error).__name__}: {error}") from error

    async def get(self, url: str) -> HttpReply:
        """See ``HttpGetter.get``. Redirects are not followed."""
        try:
            return await _exchange(url, self._opened(url).get(url))
        except (PyreqwestError, ValueError) as error:
            raise OutboundError(f"{url}: {type(error).__name__}: {error}") from error

    def _opened(self, url: str) -> Client:
        if self._client is None:
            raise OutboundError(f"{url}: the client has not been opened")
        if not url.startswith("http://"):
            raise OutboundError(f"{url}: is not an address for HTTP without TLS")
        return self._client


async def _exchange(url: str, request: RequestBuilder) -> HttpReply:
    async with request.build_streamed() as response:
        content = await response.body_reader.read(LARGEST_REPLY + 1)
        if content is not None and len(content) > LARGEST_REPLY:
            raise OutboundError(f"{url}: the answer is larger than {LARGEST_REPLY} octets")
        retry_after = seconds(response.get_header("Retry-After") or "")
        return HttpReply(response.status, b"" if content is None else bytes(content), retry_after)


def seconds(text: str) -> float | None:
    """Retry-After in its form with seconds; the form with a date is not used here."""
    return float(text) if text.isdecimal() else None
