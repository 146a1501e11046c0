"""Posting and getting over HTTP with connections that stay open."""

import ssl
from collections.abc import Mapping
from types import TracebackType

import aiohttp

from stayon.adapters.http.plain_client import CONNECTIONS, LARGEST_REPLY, seconds
from stayon.ports.outbound import HttpReply, OutboundError


class AiohttpPoster:
    """Implements ``HttpPoster`` and ``HttpGetter`` of ``stayon.ports.outbound``.

    Use as an async context manager. ``tls`` is for https:// addresses: the certificate that is
    shown there, and whom to trust; without it, the authorities that the machine trusts.
    """

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        timeout_seconds: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._connections = connections
        self._tls = True if tls is None else tls
        self._timeout = aiohttp.ClientTimeout(total=timeout_seconds)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> "AiohttpPoster":
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(limit=self._connections, ssl=self._tls),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._session is not None:
            await self._session.close()

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``. Redirects are not followed: an address is configuration."""
        return await self._exchange("POST", url, body, {"Content-Type": content_type})

    async def get(self, url: str) -> HttpReply:
        """See ``HttpGetter.get``. Redirects are not followed."""
        return await self._exchange("GET", url, None, {})

    async def _exchange(
        self, method: str, url: str, body: bytes | None, headers: Mapping[str, str]
    ) -> HttpReply:
        if self._session is None:
            raise OutboundError(f"{url}: the client has not been opened")
        try:
            async with self._session.request(
                method, url, data=body, headers=headers, allow_redirects=False
            ) as response:
                content = await response.content.read(LARGEST_REPLY + 1)
                while len(content) <= LARGEST_REPLY and (
                    more := await response.content.read(LARGEST_REPLY)
                ):
                    content += more
                retry_after = seconds(response.headers.get("Retry-After", ""))
                status = response.status
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise OutboundError(f"{url}: {type(error).__name__}: {error}") from error
        if len(content) > LARGEST_REPLY:
            raise OutboundError(f"{url}: the answer is larger than {LARGEST_REPLY} octets")
        return HttpReply(status, content, retry_after)
