"""Taking over the SMKI's repository and its revocations."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.parties.dsp.kms.trusted_as_listed import TrustedAsListed
from stayon.ports.smki_store import RevocationRecord
from stayon.ports.store import DataManagementStore
from stayon.ports.store_reference import CertificateRecord
from stayon.smki_profile import IssuingPath, OrganisationCertificate, RevocationReason

Trusted = IssuingPath | TrustedAsListed
"""What tells whether a certificate was issued."""


class CertificateSource(Protocol):
    """The SMKI's repository, or a copy of it."""

    def organisations(self) -> Iterable[OrganisationCertificate]:
        """Every Organisation Certificate ever issued."""
        ...

    def revocations(self) -> Iterable[RevocationRecord]:
        """Every revocation recorded, those to come included."""
        ...


@dataclass(frozen=True, slots=True)
class CertificateCopy:
    """A source made of values, for a test PKI without an SMKI."""

    certificates: tuple[OrganisationCertificate, ...]
    recorded: tuple[RevocationRecord, ...] = ()

    def organisations(self) -> Iterable[OrganisationCertificate]:
        """The certificates."""
        return self.certificates

    def revocations(self) -> Iterable[RevocationRecord]:
        """The revocations."""
        return self.recorded


async def synchronise(
    store: DataManagementStore,
    source: CertificateSource,
    path: Trusted | None,
) -> int:
    """Bring the store up to the source; the number of certificates that were new or changed.

    ``chain_verified`` records whether ``path`` issued a certificate; one that it did not issue is
    kept as well, so that a signature made with it is refused for that reason. Without a path the
    source is trusted: for a test PKI whose issuing authority is not at hand.

    What was revoked stays revoked, whatever the source says: a source that has forgotten a
    revocation, such as an SMKI restored from an old copy, must not bring a key back.
    """
    revocations = {(each.issuer, each.revocation.serial): each for each in source.revocations()}
    known = {(each.issuer, each.serial): each for each in (await store.reference()).certificates}
    changed: list[CertificateRecord] = []
    for certificate in source.organisations():
        key = certificate.issuer, certificate.serial
        before = known.get(key)
        if before is not None and before.der == certificate.der:
            verified = before.chain_verified
        else:
            verified = _is_issued(certificate, path)
        record = _no_weaker(_record(certificate, verified, revocations.get(key)), before)
        if record != before:
            changed.append(record)
    if changed:
        await store.put_certificates(changed)
    return len(changed)


def _is_issued(certificate: OrganisationCertificate, path: Trusted | None) -> bool:
    if path is None:
        return True
    try:
        path.validate_issue(certificate)
    except StayonError:
        return False
    return True


def _no_weaker(record: CertificateRecord, before: CertificateRecord | None) -> CertificateRecord:
    """``record`` with the revocation of ``before``, where that began earlier or says worse."""
    if before is None or before.revoked_at is None:
        return record
    return replace(
        record,
        revoked_at=min(before.revoked_at, record.revoked_at or before.revoked_at),
        key_compromise=before.key_compromise or record.key_compromise,
    )


def _record(
    certificate: OrganisationCertificate, verified: bool, revocation: RevocationRecord | None
) -> CertificateRecord:
    if revocation is None:
        return CertificateRecord(
            certificate.issuer, certificate.serial, certificate.der, chain_verified=verified
        )
    return CertificateRecord(
        certificate.issuer,
        certificate.serial,
        certificate.der,
        chain_verified=verified,
        revoked_at=revocation.revocation.at,
        key_compromise=revocation.revocation.reason is RevocationReason.KEY_COMPROMISE,
    )
