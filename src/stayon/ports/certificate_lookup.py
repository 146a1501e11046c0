"""The SMKI repository, as far as a User of the DCC needs it."""

from datetime import datetime
from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.smki_profile import OrganisationCertificate
from stayon.xmlsig import IssuerName


class LookupUnavailable(StayonError):
    """The repository gives no answer that can be believed; whom to trust is not known yet."""


class CertificateLookup(Protocol):
    """Whose certificates are valid; every method may raise ``LookupUnavailable``."""

    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """The Organisation Certificate of that name if it is valid at ``at``, else None."""
        ...

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """The key with which a device signs its answers, None if none is known."""
        ...
