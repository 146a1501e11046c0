"""DCCKI: certificates with which Parties connect to the DCC's services, bound to a Party (D3)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.parties.dccki.authority import (
    CLIENT,
    SERVER,
    AuthorityError,
    X509Authority,
    holds,
    requested_key,
)
from stayon.parties.smki.service import Smki
from stayon.ports.clock import Clock
from stayon.ports.registration_store import (
    Infrastructure,
    IssuedCertificate,
    RegistrationStore,
)

DCC = "DCC"
"""The Party of the DCC itself, which has the servers."""


class Dccki:
    """Issues and revokes connection certificates; knows whose a certificate is.

    ``lasts`` is decided here: no document at hand says how long these certificates hold.
    """

    def __init__(
        self,
        authority: X509Authority,
        store: RegistrationStore,
        smki: Smki,
        clock: Clock,
        lasts: timedelta = timedelta(days=730),
    ) -> None:
        self.authority = authority
        self._store = store
        self._smki = smki
        self._clock = clock
        self._lasts = lasts

    def issue(
        self, party: str, signing_request: bytes, hosts: Sequence[str] = ()
    ) -> IssuedCertificate:
        """A client certificate for a Party that is enrolled; raises ``AuthorityError``.

        ``signing_request`` is PKCS#10 in DER. Its subject does not count: a certificate says the
        Party for which it was issued. With ``hosts`` it is a server's certificate as well, for
        the Party's Receive Response Service under these names and addresses.
        """
        if party not in {one.party for one in self._smki.subscribers()}:
            raise AuthorityError("party", f"{party[:64]!r} is not registered")
        purposes = (*CLIENT, *SERVER) if hosts else CLIENT
        return self._issue(party, party, signing_request, purposes, hosts=hosts)

    def issue_server(self, signing_request: bytes, hosts: Sequence[str]) -> IssuedCertificate:
        """A server certificate for the DCC's own services under these host names."""
        return self._issue(DCC, hosts[0], signing_request, SERVER, hosts=hosts)

    def revoke(self, serial: int, because: str) -> None:
        """Revoke from now on; raises ``AuthorityError`` for what is unknown or revoked."""
        for one in self.issued():
            if one.serial == serial and one.revoked_at is None:
                now = self._clock.now().replace(microsecond=0)
                self._store.revoke_issued(Infrastructure.DCCKI, serial, now, because)
                return
        raise AuthorityError("serial", f"no DCCKI certificate {serial} is there to revoke")

    def party_of(self, certificate: bytes, at: datetime) -> str | None:
        """The Party of a client certificate (DER) that holds at ``at``; None otherwise."""
        for one in self.issued():
            if one.der == certificate:
                return one.party if holds(one, at) else None
        return None

    def issued(self) -> Sequence[IssuedCertificate]:
        """Every certificate, oldest first."""
        return self._store.issued(Infrastructure.DCCKI)

    def revocation_list(self) -> bytes:
        """The revocation list in DER."""
        return self.authority.revocation_list(
            self.issued(), self._clock.now().replace(microsecond=0), timedelta(hours=24)
        )

    def _issue(
        self,
        party: str,
        name: str,
        signing_request: bytes,
        purposes: Sequence[x509.ObjectIdentifier],
        *,
        hosts: Sequence[str] = (),
    ) -> IssuedCertificate:
        now = self._clock.now().replace(microsecond=0)
        certificate: x509.Certificate = self.authority.issue(
            requested_key(signing_request),
            organisation=party,
            common_name=name,
            purposes=purposes,
            hosts=hosts,
            now=now,
            lasts=self._lasts,
        )
        issued = IssuedCertificate(
            Infrastructure.DCCKI,
            certificate.serial_number,
            certificate.public_bytes(Encoding.DER),
            party,
            "",
            now,
        )
        self._store.add_issued(issued)
        return issued
