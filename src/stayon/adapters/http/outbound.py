"""The HTTP client of a party: plain addresses by one library, TLS by the other."""

import ssl
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.plain_client import CONNECTIONS, PlainClient
from stayon.ports.outbound import HttpReply

_TLS = "https://"


class HttpClient:
    """Implements ``HttpPoster`` and ``HttpGetter`` of ``stayon.ports.outbound``.

    Use as an async context manager. ``tls`` is for https:// addresses, as for ``AiohttpPoster``.
    """

    def __init__(
        self,
        *,
        connections: int = CONNECTIONS,
        timeout_seconds: float = 30.0,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._plain = PlainClient(connections=connections, timeout_seconds=timeout_seconds)
        self._secured = AiohttpPoster(
            connections=connections, timeout_seconds=timeout_seconds, tls=tls
        )
        self._opened = AsyncExitStack()

    async def __aenter__(self) -> Self:
        await self._opened.enter_async_context(self._plain)
        await self._opened.enter_async_context(self._secured)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._opened.aclose()

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``. Redirects are not followed: an address is configuration."""
        return await self._for(url).post(url, body, content_type)

    async def get(self, url: str) -> HttpReply:
        """See ``HttpGetter.get``. Redirects are not followed."""
        return await self._for(url).get(url)

    def _for(self, url: str) -> PlainClient | AiohttpPoster:
        return self._secured if url.startswith(_TLS) else self._plain
