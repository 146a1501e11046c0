"""Organisations with keys and certificates that a test's repository knows."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache

from cryptography.hazmat.primitives.asymmetric.ec import (
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from lxml.etree import _Element
from tests.support.throwaway_keys import throwaway_key

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.smki_profile import KeyUsage, OrganisationCertificate, RemotePartyRole
from stayon.xmlsig import IssuerName

ISSUER = "CN=Z1,OU=07"
NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)


@dataclass(frozen=True)
class Organisation:
    """One key with its certificate; ``sign`` signs XML with it."""

    eui64: Eui64
    role: RemotePartyRole
    serial: int

    @property
    def key(self) -> EllipticCurvePrivateKey:
        return throwaway_key(f"organisation {self.eui64.hex} {self.role.code} {self.serial}")

    def sign(self, root: _Element) -> bytes:
        return xmlsig.sign(root, self.key, ISSUER, self.serial)

    @property
    def certificate(self) -> OrganisationCertificate:
        return _certificate(self)


@cache
def _certificate(organisation: Organisation) -> OrganisationCertificate:
    return OrganisationCertificate(
        der=str(organisation.serial).encode(),
        eui64=organisation.eui64,
        role=organisation.role,
        usage=KeyUsage.DIGITAL_SIGNATURE,
        serial=organisation.serial,
        issuer=ISSUER,
        not_before=NOW - timedelta(days=100),
        not_after=NOW + timedelta(days=100),
        public_key=organisation.key.public_key(),
        subject_key_id=bytes(8),
        authority_key_id=None,
    )


DSP = Organisation(Eui64(b"the  DSP"), RemotePartyRole.DSP_XML_SIGN, 1)
SRP = Organisation(Eui64(b"an   SRP"), RemotePartyRole.XML_SIGN, 2)
S1SP = Organisation(Eui64(b"an  S1SP"), RemotePartyRole.S1SP_XML_SIGN, 3)
SUPPLIER = Organisation(Eui64(b"supplier"), RemotePartyRole.XML_SIGN, 4)
STRANGER = Organisation(Eui64(b"stranger"), RemotePartyRole.XML_SIGN, 5)
"""A User with a valid certificate who has no part in this."""


@dataclass
class Repository:
    """A repository in memory; ``SyncRepository`` and ``AsyncRepository`` are its two faces."""

    organisations: list[Organisation] = field(
        default_factory=lambda: [DSP, SRP, S1SP, SUPPLIER, STRANGER]
    )
    revoked: set[int] = field(default_factory=set)
    unavailable: bool = False
    unknown_devices: set[Eui64] = field(default_factory=set)

    def organisation(self, issuer: IssuerName, serial: int) -> OrganisationCertificate | None:
        if issuer != IssuerName.parse(ISSUER) or serial in self.revoked:
            return None
        found = [one.certificate for one in self.organisations if one.serial == serial]
        return found[0] if found else None


class SyncRepository(Repository):
    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        return self.organisation(issuer, serial)


class AsyncRepository(Repository):
    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        if self.unavailable:
            raise LookupUnavailable("the SMKI does not answer")
        return self.organisation(issuer, serial)

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        if device_id in self.unknown_devices:
            return None
        return device_key(device_id).public_key()


def device_key(device_id: Eui64) -> EllipticCurvePrivateKey:
    return throwaway_key(f"device {device_id.hex}")
