"""Who is at the other end of a connection, as ASGI's extension for TLS tells it."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from cryptography import x509
from cryptography.x509.oid import NameOID
from starlette.responses import JSONResponse

from stayon.smki_profile.pem import from_pem

Scope = MutableMapping[str, Any]
Application = Callable[[Scope, Any, Any], Awaitable[None]]


def peer_certificate(scope: Scope) -> bytes | None:
    """The certificate (DER) that the client has shown and the handshake has verified, if any."""
    chain = scope.get("extensions", {}).get("tls", {}).get("client_cert_chain", [])
    return from_pem("CERTIFICATE", chain[0]) if chain else None


def only_from(party: str, application: Application) -> Application:
    """``application`` for a client whose certificate DCCKI has issued to ``party``; 403 for others.

    For a service outside the DCC, which cannot ask DCCKI whose a certificate is: the handshake has
    verified that DCCKI issued it, and DCCKI writes the Party into it as the organisation.
    """

    async def guarded(scope: Scope, receive: Any, send: Any) -> None:
        certificate = peer_certificate(scope)
        if certificate is not None and _organisation(certificate) == party:
            await application(scope, receive, send)
            return
        words = f"the certificate of the connection is not of the Party {party!r}"
        refusal = JSONResponse(
            {"title": "Not your connection", "status": 403, "detail": words},
            status_code=403,
            media_type="application/problem+json",
        )
        await refusal(scope, receive, send)

    return guarded


def _organisation(der: bytes) -> str | bytes | None:
    subject = x509.load_der_x509_certificate(der).subject
    found = subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)
    return found[0].value if len(found) == 1 else None
