"""The JSON documents of the SMKI's HTTP API, and how its values become them.

Serial numbers are decimal strings: they do not fit the numbers of every JSON reader.
"""

from datetime import datetime
from enum import Enum

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.parties.smki.status import (
    CertificateStatus,
    Expired,
    NotYetValid,
    Revoked,
    Unknown,
    Valid,
)
from stayon.ports.smki_store import RevocationRecord, Subscriber
from stayon.smki_profile import (
    Capacity,
    EndEntityCertificate,
    KeyUsage,
    OrganisationCertificate,
    RevocationReason,
)
from stayon.smki_profile.pem import to_pem


def slug(member: Enum) -> str:
    """The name of an enumeration's member as people type it: ``key-compromise``."""
    return member.name.lower().replace("_", "-")


CAPACITIES = {slug(one): one for one in Capacity}
REASONS = {slug(one): one for one in RevocationReason}


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class StatusDocument(_Document):
    """``status`` is valid, revoked, not-yet-valid, expired or unknown, at ``at``."""

    at: datetime
    status: str
    revoked_at: datetime | None = None
    reason: str | None = None


class CertificateDocument(_Document):
    """A certificate and its status; a device has no role."""

    eui64: str
    role: str | None = Field(description="remote party role, two hex digits and its name")
    usage: KeyUsage
    organisation: str | None
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    status: StatusDocument
    pem: str


class SubscriberDocument(_Document):
    """An EUI-64 enrolled in one capacity."""

    eui64: str
    party: str = Field(min_length=1, max_length=100)
    capacity: str = Field(description=", ".join(CAPACITIES))


class SigningRequestDocument(_Document):
    """A PKCS#10 request in PEM; ``role``, if given, must be the one that it asks for."""

    csr: str = Field(max_length=20_000)
    role: str | None = Field(default=None, description="two hex digits")
    submitted_by: str = Field(default="", max_length=64, description="the ARO")
    signature: str = Field(
        default="", max_length=200, description="by the ARO over the DER request: ECDSA, base64"
    )
    user_id: str | None = Field(default=None, description="for a device: whom the ARO acts for")


class RevocationDocument(_Document):
    """A revocation: to ask for one, ``at`` may be left out for now, ``issuer`` if one has it."""

    serial: str = Field(pattern=r"^[1-9][0-9]{0,48}$")
    issuer: str | None = None
    reason: str = Field(description=", ".join(REASONS))
    at: AwareDatetime | None = None
    by: str = Field(min_length=1, max_length=100)


def certificate_document(
    certificate: EndEntityCertificate, status: CertificateStatus, at: datetime
) -> CertificateDocument:
    """A certificate as the API gives it."""
    role, organisation = None, None
    if isinstance(certificate, OrganisationCertificate):
        role = f"{certificate.role.code} {certificate.role.name}"
        organisation = certificate.organisation
    return CertificateDocument(
        eui64=str(certificate.eui64),
        role=role,
        usage=certificate.usage,
        organisation=organisation,
        issuer=certificate.issuer,
        serial=str(certificate.serial),
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        status=status_document(status, at),
        pem=to_pem("CERTIFICATE", certificate.der),
    )


def status_document(status: CertificateStatus, at: datetime) -> StatusDocument:
    """A status as the API gives it."""
    match status:
        case Valid():
            return StatusDocument(at=at, status="valid")
        case Revoked(since, reason):
            return StatusDocument(at=at, status="revoked", revoked_at=since, reason=slug(reason))
        case NotYetValid():
            return StatusDocument(at=at, status="not-yet-valid")
        case Expired():
            return StatusDocument(at=at, status="expired")
        case Unknown():
            return StatusDocument(at=at, status="unknown")


def subscriber_document(subscriber: Subscriber) -> SubscriberDocument:
    """A subscriber as the API gives it."""
    return SubscriberDocument(
        eui64=str(subscriber.eui64), party=subscriber.party, capacity=slug(subscriber.capacity)
    )


def revocation_document(record: RevocationRecord) -> RevocationDocument:
    """A revocation as the API gives it."""
    return RevocationDocument(
        serial=str(record.revocation.serial),
        issuer=record.issuer,
        reason=slug(record.revocation.reason),
        at=record.revocation.at,
        by=record.requested_by,
    )
