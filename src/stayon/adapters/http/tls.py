"""TLS for servers and clients: 1.2 or later, suites with forward secrecy and authentication.

Sessions are resumed (tickets, the default of OpenSSL), and connections are kept alive, so that a
Party's handshake is paid for once.
"""

import ssl
from dataclasses import dataclass
from pathlib import Path

from stayon.domain.errors import StayonError

_SUITES = "ECDHE+AESGCM:ECDHE+CHACHA20"
"""For TLS 1.2; all suites of TLS 1.3 are of this kind."""


class TlsError(StayonError):
    """Key or certificate files that no connection can be made with."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """PEM files: a certificate with its key, and the root of those who may be at the other end."""

    certificate: Path
    key: Path
    root: Path

    @classmethod
    def under(cls, stem: Path, root: Path) -> "TlsFiles":
        """``stem.crt`` and ``stem.pem``, as a world's folder has them."""
        return cls(stem.with_suffix(".crt"), stem.with_suffix(".pem"), root)


def server_context(files: TlsFiles, *, ask_for_certificate: bool) -> ssl.SSLContext:
    """For a server; one that asks for a certificate ends the handshake of whoever has none."""
    context = _context(ssl.PROTOCOL_TLS_SERVER, files)
    if ask_for_certificate:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """For a client that shows its certificate, and wants the server's to name the host."""
    return _context(ssl.PROTOCOL_TLS_CLIENT, files)


def _context(protocol: int, files: TlsFiles) -> ssl.SSLContext:
    context = ssl.SSLContext(protocol)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_ciphers(_SUITES)
    try:
        context.load_cert_chain(files.certificate, files.key)
        context.load_verify_locations(files.root)
    except OSError as error:  # ssl.SSLError is one
        where = f"{files.certificate}, {files.key}, {files.root}"
        raise TlsError(f"{where}: {error.strerror or error}") from error
    return context
