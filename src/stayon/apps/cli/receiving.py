"""A User's end of its connections: a client of the DSP, and a Receive Response Service."""

from typing import Any
from urllib.parse import urlsplit

from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.server import HttpServer
from stayon.adapters.http.tls import TlsFiles, client_context, server_context
from stayon.apps.cli.world_address import WorldError
from stayon.parties.dccki import DCC
from stayon.parties.receive_response import PATH
from stayon.parties.tls_peer import only_from


def user_client(tls: TlsFiles | None) -> HttpClient:
    """Posts as the User whose connection certificate this is."""
    return HttpClient(tls=None if tls is None else client_context(tls))


def receive_server(service: Any, url: str, tls: TlsFiles | None) -> HttpServer:
    """Serves ``service`` where the DSP knows it, ``url``; by TLS to the DCC alone.

    Raises ``WorldError`` for an address at which nothing can be received.
    """
    parts = urlsplit(url)
    scheme = "http" if tls is None else "https"
    if parts.scheme != scheme or not parts.hostname or not parts.port:
        raise WorldError(f"the User cannot receive at {url!r}: {scheme}://HOST:PORT is due")
    if parts.path not in ("", "/", PATH):
        raise WorldError(f"the User receives at {PATH}, not at {parts.path}")
    if tls is None:
        return HttpServer(service, parts.hostname, parts.port)
    context = server_context(tls, ask_for_certificate=True)
    return HttpServer(only_from(DCC, service), parts.hostname, parts.port, tls=context)
