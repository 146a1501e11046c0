"""Certificates of the SMKI as values: organisations, devices and the authorities above them.

Two certificates are equal when their bytes are.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.domain.instants import require_utc
from stayon.smki_profile import p256
from stayon.smki_profile.errors import ProfileError
from stayon.smki_profile.names import AuthorityName
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole


class Hierarchy(Enum):
    """The two trees of the SMKI: one certifies organisations, one devices."""

    ORGANISATION = "organisation"
    DEVICE = "device"


@dataclass(frozen=True, slots=True)
class Validity:
    """From ``not_before`` to ``not_after``, both included, UTC, whole seconds."""

    not_before: datetime
    not_after: datetime

    def __post_init__(self) -> None:
        for instant in (self.not_before, self.not_after):
            if require_utc(instant, "validity").microsecond:
                raise ProfileError("validity", "is to the second")
        if self.not_before >= self.not_after:
            raise ProfileError("validity", "ends before it begins")

    def __contains__(self, instant: datetime) -> bool:
        return self.not_before <= instant <= self.not_after


@dataclass(frozen=True, slots=True)
class OrganisationCertificate:
    """An organisation's right to use one key in one remote party role.

    ``issuer`` is the text of X509IssuerName (``CN=Z1,OU=07``); ``organisation`` the common name
    that some subjects have; ``der`` the whole certificate.
    """

    der: bytes = field(repr=False)
    eui64: Eui64 = field(compare=False)
    role: RemotePartyRole = field(compare=False)
    usage: KeyUsage = field(compare=False)
    serial: int = field(compare=False)
    issuer: str = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    public_key: EllipticCurvePublicKey = field(compare=False, repr=False)
    subject_key_id: bytes = field(compare=False)
    authority_key_id: bytes | None = field(compare=False)
    organisation: str | None = field(compare=False, default=None)

    @property
    def validity(self) -> Validity:
        """When it is valid, unless it is revoked."""
        return Validity(self.not_before, self.not_after)


@dataclass(frozen=True, slots=True)
class DeviceCertificate:
    """A device's right to use one key.

    There may be hundreds of thousands: the key is kept as its point (65 octets) and
    ``public_key`` makes a key object, some 5 us, at each call; who needs it often keeps it.
    """

    der: bytes = field(repr=False)
    eui64: Eui64 = field(compare=False)
    usage: KeyUsage = field(compare=False)
    serial: int = field(compare=False)
    issuer: str = field(compare=False)
    not_before: datetime = field(compare=False)
    not_after: datetime = field(compare=False)
    point: bytes = field(compare=False, repr=False)
    authority_key_id: bytes = field(compare=False)

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The key, made anew."""
        return p256.public_key(self.point)

    @property
    def subject_key_id(self) -> bytes:
        """The identifier that the profile derives from the key."""
        return p256.subject_key_id(self.point)

    @property
    def validity(self) -> Validity:
        """When it is valid, unless it is revoked."""
        return Validity(self.not_before, self.not_after)


@dataclass(frozen=True, slots=True)
class AuthorityCertificate:
    """A root (which issued itself) or an issuing authority under it."""

    der: bytes = field(repr=False)
    name: AuthorityName = field(compare=False)
    issuer_name: AuthorityName = field(compare=False)
    hierarchy: Hierarchy = field(compare=False)
    serial: int = field(compare=False)
    validity: Validity = field(compare=False)
    public_key: EllipticCurvePublicKey = field(compare=False, repr=False)
    subject_key_id: bytes = field(compare=False)
    authority_key_id: bytes = field(compare=False)

    @property
    def is_root(self) -> bool:
        """Whether it speaks for itself."""
        return self.name == self.issuer_name

    @property
    def issuer(self) -> str:
        """The text of X509IssuerName."""
        return self.issuer_name.text


EndEntityCertificate = OrganisationCertificate | DeviceCertificate
Certificate = EndEntityCertificate | AuthorityCertificate
