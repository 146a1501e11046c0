"""What is true of a certificate at an instant. Unknown fails closed: only ``Valid`` is valid."""

from dataclasses import dataclass
from datetime import datetime

from stayon.smki_profile import EndEntityCertificate, Revocation, RevocationReason


@dataclass(frozen=True, slots=True)
class Valid:
    """Issued, within its validity, not revoked."""


@dataclass(frozen=True, slots=True)
class Revoked:
    """Revoked at an instant that has come. It stays revoked when its validity ends."""

    at: datetime
    reason: RevocationReason


@dataclass(frozen=True, slots=True)
class NotYetValid:
    """Its validity begins later."""

    not_before: datetime


@dataclass(frozen=True, slots=True)
class Expired:
    """Its validity has ended and it was not revoked."""

    not_after: datetime


@dataclass(frozen=True, slots=True)
class Unknown:
    """The SMKI has not issued it."""


CertificateStatus = Valid | Revoked | NotYetValid | Expired | Unknown


def status_at(
    certificate: EndEntityCertificate, revocation: Revocation | None, at: datetime
) -> CertificateStatus:
    """The status of an issued certificate at ``at``; a revocation counts from its own instant."""
    if revocation is not None and revocation.at <= at:
        return Revoked(revocation.at, revocation.reason)
    if at < certificate.not_before:
        return NotYetValid(certificate.not_before)
    if at > certificate.not_after:
        return Expired(certificate.not_after)
    return Valid()


@dataclass(frozen=True, slots=True)
class Standing:
    """What has become of all the certificates of one identity in one role (decision 7)."""

    any_revoked: bool
    any_valid: bool

    @property
    def is_revoked(self) -> bool:
        """At least one was revoked and none is valid; expiry is not revocation."""
        return self.any_revoked and not self.any_valid
