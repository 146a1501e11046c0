"""Calling an ASGI application without a socket."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class AsgiReply:
    status: int
    headers: Mapping[str, str]
    body: bytes
    cookies: tuple[str, ...] = ()
    """Each Set-Cookie header: the one header that a reply may have more than once."""


async def call(
    app: Any,
    method: str,
    path: str,
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    *,
    chunk: int = 1 << 16,
    certificate: str | None = None,
) -> AsgiReply:
    """One request; the body goes in pieces of ``chunk`` octets.

    ``certificate`` is what the client has shown in the TLS handshake, in PEM.
    """
    route, _, query = path.partition("?")
    pieces = [body[start : start + chunk] for start in range(0, len(body), chunk)] or [b""]
    incoming = [
        {"type": "http.request", "body": piece, "more_body": number < len(pieces)}
        for number, piece in enumerate(pieces, 1)
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0) if incoming else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "asgi": {"version": "3.0", "spec_version": "2.4"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": route,
        "raw_path": route.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(k.lower().encode(), v.encode()) for k, v in (headers or {}).items()],
        "client": ("127.0.0.1", 1),
        "server": ("127.0.0.1", 80),
        "extensions": {"tls": {"client_cert_chain": [certificate] if certificate else []}},
    }
    await app(scope, receive, send)
    start = sent[0]
    return AsgiReply(
        start["status"],
        {k.decode(): v.decode() for k, v in start["headers"]},
        b"".join(message.get("body", b"") for message in sent[1:]),
        tuple(v.decode() for k, v in start["headers"] if k == b"set-cookie"),
    )
