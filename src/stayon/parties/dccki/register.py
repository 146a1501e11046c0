"""What a gateway asks of DCCKI for every request, kept in memory."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from cryptography import x509

from stayon.parties.dccki.service import Dccki
from stayon.ports.registration_store import IssuedCertificate


@dataclass(frozen=True, slots=True)
class _Known:
    party: str
    begins: datetime
    ends: datetime
    """Exclusive: its expiry, or its revocation if that is earlier."""


class ConnectionRegister:
    """Implements ``stayon.ports.connections.ConnectionCertificates``.

    ``follow`` reads anew what DCCKI has issued and revoked. Whoever serves calls it every few
    seconds, as the DSP follows the SMKI: a revocation holds from then on, for connections that are
    open as well. A certificate that is not known is looked for at once.
    """

    def __init__(self, dccki: Dccki) -> None:
        self._dccki = dccki
        self._known: Mapping[bytes, _Known] = {}
        self.follow()

    def follow(self) -> None:
        """Read anew; raises what the store raises, and what was known stays then."""
        self._known = {one.der: _read(one) for one in self._dccki.issued()}

    def party_of(self, certificate: bytes, at: datetime) -> str | None:
        """See the port."""
        if certificate not in self._known:
            self.follow()
        known = self._known.get(certificate)
        return known.party if known is not None and known.begins <= at < known.ends else None


def _read(one: IssuedCertificate) -> _Known:
    certificate = x509.load_der_x509_certificate(one.der)
    ends = certificate.not_valid_after_utc
    if one.revoked_at is not None:
        ends = min(ends, one.revoked_at)
    return _Known(one.party, certificate.not_valid_before_utc, ends)
