"""Organisation Certificates in memory, parsed once."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stayon.checks.facts import (
    CertificateFacts,
    Revocation,
    SignerFacts,
    SupplierCertificates,
)
from stayon.domain.eui64 import Eui64
from stayon.ports.store_reference import CertificateRecord
from stayon.smki_profile import OrganisationCertificate, RemotePartyRole, parse_organisation
from stayon.xmlsig import IssuerName

_NEXT = timedelta(microseconds=1)
"""A certificate is valid at its last instant still."""
_BEGINNING, _END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """A certificate with what the SMKI says of it.

    ``key_has_other_role``: another certificate gives its key another remote party role (D6).
    """

    certificate: OrganisationCertificate
    record: CertificateRecord
    key_has_other_role: bool

    def revoked(self, now: datetime) -> bool:
        """Whether a revocation is in force."""
        return self.record.revoked_at is not None and self.record.revoked_at <= now

    def valid(self, now: datetime) -> bool:
        """Issued by the SMKI, within its validity, and not revoked."""
        certificate = self.certificate
        return (
            self.record.chain_verified
            and certificate.not_before <= now <= certificate.not_after
            and not self.revoked(now)
        )

    def facts(self, now: datetime) -> CertificateFacts:
        """What the checks are told."""
        revocation = Revocation.NOT_REVOKED
        if self.revoked(now):
            compromised = self.record.key_compromise
            revocation = Revocation.KEY_COMPROMISE if compromised else Revocation.REVOKED
        return CertificateFacts(self.certificate, self.record.chain_verified, revocation)


class CertificateIndex:
    """Certificates by what requests and devices name them by."""

    def __init__(self, known: Iterable[KnownCertificate]) -> None:
        self._by_serial: dict[tuple[IssuerName, int], KnownCertificate] = {}
        self._by_owner: defaultdict[Eui64, list[KnownCertificate]] = defaultdict(list)
        for each in known:
            certificate = each.certificate
            self._by_serial[IssuerName.parse(certificate.issuer), certificate.serial] = each
            self._by_owner[certificate.eui64].append(each)

    def named(self, issuer: IssuerName, serial: int) -> KnownCertificate | None:
        """The certificate that an XML signature names."""
        return self._by_serial.get((issuer, serial))

    def signer(self, issuer: IssuerName, serial: int, now: datetime) -> SignerFacts | None:
        """What the checks are told about the certificate that an XML signature names."""
        known = self.named(issuer, serial)
        if known is None:
            return None
        return SignerFacts(now, known.facts(now), known.key_has_other_role)

    def of_owner(self, owner: Eui64) -> tuple[KnownCertificate, ...]:
        """Every certificate of one EUI-64, in no order."""
        return tuple(self._by_owner.get(owner, ()))

    def in_trust_anchor(self, owner: Eui64, serial: int) -> KnownCertificate | None:
        """The certificate that a device's trust anchor cell holds."""
        for known in self._by_owner.get(owner, ()):
            if known.certificate.serial == serial:
                return known
        return None

    def supplier_certificates(self, owner: Eui64, now: datetime) -> SupplierCertificates | None:
        """The state of a User's certificates in the Supplier role; None if it never had one."""
        of_supplier = [
            known
            for known in self._by_owner.get(owner, ())
            if known.certificate.role is RemotePartyRole.SUPPLIER
        ]
        if not of_supplier:
            return None
        return SupplierCertificates(
            any_revoked=any(known.revoked(now) for known in of_supplier),
            any_valid_now=any(known.valid(now) for known in of_supplier),
        )

    def unchanged(self, owner: Eui64, now: datetime) -> tuple[datetime, datetime]:
        """From when until before when, around ``now``, nothing about its certificates changes."""
        instants = [
            instant
            for known in self._by_owner.get(owner, ())
            for instant in (
                known.certificate.not_before,
                known.certificate.not_after + _NEXT,
                known.record.revoked_at,
            )
            if instant is not None
        ]
        since = max((each for each in instants if each <= now), default=_BEGINNING)
        return since, min((each for each in instants if each > now), default=_END)


class CertificateReader:
    """Makes indexes, parsing each certificate the first time only."""

    def __init__(self) -> None:
        self._parsed: dict[bytes, OrganisationCertificate] = {}

    def index(self, records: Iterable[CertificateRecord]) -> CertificateIndex:
        """The index of ``records``; raises ``ProfileError`` for one that is not in the profile."""
        parsed = [(self._parse(record.der), record) for record in records]
        roles: defaultdict[tuple[int, int], set[RemotePartyRole]] = defaultdict(set)
        for certificate, _ in parsed:
            roles[_point(certificate)].add(certificate.role)
        return CertificateIndex(
            KnownCertificate(certificate, record, len(roles[_point(certificate)]) > 1)
            for certificate, record in parsed
        )

    def _parse(self, der: bytes) -> OrganisationCertificate:
        certificate = self._parsed.get(der)
        if certificate is None:
            certificate = self._parsed[der] = parse_organisation(der)
        return certificate


def _point(certificate: OrganisationCertificate) -> tuple[int, int]:
    numbers = certificate.public_key.public_numbers()
    return numbers.x, numbers.y
