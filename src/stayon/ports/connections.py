"""Whose connection it is: the certificate shown in the TLS handshake, and the Party it is for."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection by mutual TLS; ``party`` is None where its certificate no longer holds."""

    party: str | None


class ConnectionCertificates(Protocol):
    """Knows the Party that a connection certificate was issued to (D3)."""

    def party_of(self, certificate: bytes, at: datetime) -> str | None:
        """The Party of a certificate (DER) that holds at ``at``; None otherwise."""
        ...
