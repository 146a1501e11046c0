"""The repository: who holds which certificate, and what it is worth at an instant.

Made for callers in the same process (the DSP's KMS): certificates are values that were parsed or
built once, keys of devices are kept as objects while they are in use.
"""

from datetime import datetime
from functools import lru_cache

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.parties.smki.status import (
    CertificateStatus,
    Revoked,
    Standing,
    Unknown,
    Valid,
    status_at,
)
from stayon.ports.smki_store import CertificateStore
from stayon.smki_profile import (
    DeviceCertificate,
    EndEntityCertificate,
    KeyUsage,
    OrganisationCertificate,
    RemotePartyRole,
    p256,
)
from stayon.xmlsig import IssuerName

_KEYS_KEPT = 20_000


class Repository:
    """Look-ups in what the SMKI has issued. Nothing here changes anything."""

    def __init__(self, store: CertificateStore) -> None:
        self._store = store
        self._key = lru_cache(maxsize=_KEYS_KEPT)(p256.public_key)

    def by_serial(
        self, serial: int, issuer: IssuerName | str | None = None
    ) -> tuple[EndEntityCertificate, ...]:
        """The certificates with this serial number: one per issuer, and of one issuer if given.

        Names are compared as names: order and spacing do not matter. Raises ``XmlSignatureError``
        for an issuer text that is no name.
        """
        found = tuple(self._store.by_serial(serial))
        if issuer is None:
            return found
        name = IssuerName.parse(issuer) if isinstance(issuer, str) else issuer
        return tuple(one for one in found if IssuerName.parse(one.issuer) == name)

    def certificate(self, issuer: IssuerName | str, serial: int) -> EndEntityCertificate | None:
        """The certificate that an XML signature (or a message) names by issuer and serial."""
        return next(iter(self.by_serial(serial, issuer)), None)

    def find(
        self,
        eui64: Eui64 | None,
        usage: KeyUsage | None = None,
        role: RemotePartyRole | None = None,
    ) -> tuple[EndEntityCertificate, ...]:
        """Certificates, newest first, whatever their status.

        ``eui64`` None means every organisation. ``role`` leaves Organisation Certificates of other
        roles out, and Device Certificates too.
        """
        among = tuple(self._store.organisations()) if eui64 is None else self._store.of(eui64)
        return tuple(
            one
            for one in reversed(among)
            if (usage is None or one.usage is usage)
            and (role is None or (isinstance(one, OrganisationCertificate) and one.role is role))
        )

    def organisation(
        self, eui64: Eui64, role: RemotePartyRole, usage: KeyUsage, at: datetime
    ) -> OrganisationCertificate | None:
        """The newest Organisation Certificate that is valid at ``at``."""
        for one in self.find(eui64, usage, role):
            if isinstance(one, OrganisationCertificate) and self.is_valid(one, at):
                return one
        return None

    def device(self, eui64: Eui64, usage: KeyUsage, at: datetime) -> DeviceCertificate | None:
        """The newest Device Certificate that is valid at ``at``."""
        for one in self.find(eui64, usage):
            if isinstance(one, DeviceCertificate) and self.is_valid(one, at):
                return one
        return None

    def device_key(
        self, eui64: Eui64, usage: KeyUsage, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """The key of ``device``, as an object that is made once and kept."""
        certificate = self.device(eui64, usage, at)
        return None if certificate is None else self._key(certificate.point)

    def status(self, certificate: EndEntityCertificate, at: datetime) -> CertificateStatus:
        """The status at ``at``; ``Unknown`` unless these very octets were issued."""
        if certificate not in self._store.by_serial(certificate.serial):
            return Unknown()
        record = self._store.revocation(certificate)
        return status_at(certificate, record.revocation if record else None, at)

    def standing(self, eui64: Eui64, role: RemotePartyRole, at: datetime) -> Standing:
        """Whether any Organisation Certificate of identity and role was revoked, or is valid."""
        statuses = [self.status(one, at) for one in self.find(eui64, role=role)]
        return Standing(
            any_revoked=any(isinstance(one, Revoked) for one in statuses),
            any_valid=any(isinstance(one, Valid) for one in statuses),
        )

    def holders(self, public_key: EllipticCurvePublicKey) -> tuple[OrganisationCertificate, ...]:
        """Every Organisation Certificate of this key, whatever its status (D6: keys differ)."""
        return tuple(one for one in self._store.organisations() if one.public_key == public_key)

    def is_valid(self, certificate: EndEntityCertificate, at: datetime) -> bool:
        """Whether the certificate was issued here, and is neither expired nor revoked at ``at``."""
        return isinstance(self.status(certificate, at), Valid)
