"""IKI: certificates with which SROs and AROs sign files (R4)."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from stayon.parties.dccki.authority import (
    AuthorityError,
    X509Authority,
    holds,
    requested_key,
    signed_by,
)
from stayon.ports.clock import Clock
from stayon.ports.registration_store import (
    Infrastructure,
    IssuedCertificate,
    RegistrationStore,
)


class Iki:
    """Issues file signing certificates to people; ``rapp`` decides who may have one."""

    def __init__(
        self,
        authority: X509Authority,
        store: RegistrationStore,
        clock: Clock,
        lasts: timedelta = timedelta(days=730),
    ) -> None:
        self.authority = authority
        self._store = store
        self._clock = clock
        self._lasts = lasts

    def issue(self, party: str, person: str, signing_request: bytes) -> IssuedCertificate:
        """A certificate for a person of a Party; ``signing_request`` is PKCS#10 in DER."""
        now = self._clock.now().replace(microsecond=0)
        certificate = self.authority.issue(
            requested_key(signing_request),
            organisation=party,
            common_name=person,
            purposes=(),
            now=now,
            lasts=self._lasts,
        )
        issued = IssuedCertificate(
            Infrastructure.IKI,
            certificate.serial_number,
            certificate.public_bytes(Encoding.DER),
            party,
            person,
            now,
        )
        self._store.add_issued(issued)
        return issued

    def revoke(self, serial: int, because: str) -> None:
        """Revoke from now on; raises ``AuthorityError`` for what is unknown or revoked."""
        for one in self.issued():
            if one.serial == serial and one.revoked_at is None:
                now = self._clock.now().replace(microsecond=0)
                self._store.revoke_issued(Infrastructure.IKI, serial, now, because)
                return
        raise AuthorityError("serial", f"no IKI certificate {serial} is there to revoke")

    def issued(self) -> Sequence[IssuedCertificate]:
        """Every certificate, oldest first."""
        return self._store.issued(Infrastructure.IKI)

    def holder(self, certificate: bytes, at: datetime) -> tuple[str, str] | None:
        """Party and person of a certificate (DER) that holds at ``at``; None otherwise."""
        for one in self.issued():
            if one.der == certificate:
                return (one.party, one.person) if holds(one, at) else None
        return None

    def newest(self, party: str, person: str, at: datetime) -> bytes | None:
        """The newest certificate (DER) of a person that holds at ``at``."""
        for one in reversed(self.issued()):
            if (one.party, one.person) == (party, person) and holds(one, at):
                return one.der
        return None

    def signed(self, party: str, person: str, signature: bytes, content: bytes) -> bool:
        """Whether the person signed ``content`` with a certificate that holds now."""
        now = self._clock.now()
        return any(
            signed_by(x509.load_der_x509_certificate(one.der), signature, content)
            for one in self.issued()
            if (one.party, one.person) == (party, person) and holds(one, now)
        )

    def revocation_list(self) -> bytes:
        """The revocation list in DER."""
        return self.authority.revocation_list(
            self.issued(), self._clock.now().replace(microsecond=0), timedelta(hours=24)
        )
