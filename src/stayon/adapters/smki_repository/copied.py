"""A copy of the SMKI's Organisation Certificates, for who looks them up without waiting.

As with ``remote``, the HTTP answer is only where things come from: certificates count because of
who issued them, or because they were listed as trusted, and revocations because the authority has
signed the list.
"""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

from stayon.domain.errors import StayonError
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock
from stayon.ports.outbound import HttpGetter, OutboundError
from stayon.smki_profile import (
    ChainError,
    Hierarchy,
    IssuingPath,
    OrganisationCertificate,
    RevocationList,
    parse_organisation,
    read_revocation_list,
)
from stayon.smki_profile.pem import from_pem
from stayon.xmlsig import IssuerName

_Named = Mapping[tuple[IssuerName, int], OrganisationCertificate]


class CopiedRepository:
    """Implements ``s1sp.cryptographic_protection.ValidCertificates`` by the last copy.

    ``refresh`` makes one. A copy older than ``lasts`` is not relied on, whatever the clock is set
    to meanwhile: ``require_fresh`` is for who has to know before taking anything on.
    """

    def __init__(
        self,
        *,
        base_url: str,
        getter: HttpGetter,
        clock: Clock,
        organisations: IssuingPath,
        trusted: frozenset[bytes] = frozenset(),
        lasts: timedelta = timedelta(seconds=60),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._getter = getter
        self._clock = clock
        self._organisations = organisations
        self._trusted = trusted
        self._lasts = lasts
        self._certificates: _Named = {}
        self._revoked: RevocationList | None = None
        self._copied_at: float | None = None

    @property
    def certificates(self) -> tuple[OrganisationCertificate, ...]:
        """All of them."""
        return tuple(self._certificates.values())

    async def refresh(self) -> None:
        """Copy what the repository has now; raises ``LookupUnavailable``."""
        began = self._clock.seconds()
        listed = await self._get("/certificates")
        published = await self._get(f"/revocation-lists/{Hierarchy.ORGANISATION.value}")
        try:
            documents = [str(document["pem"]) for document in json.loads(listed)]
            found = [parse_organisation(from_pem("CERTIFICATE", pem)) for pem in documents]
            revoked = read_revocation_list(
                published, issuing=self._organisations.issuing, at=self._clock.now()
            )
        except (ValueError, TypeError, KeyError, RecursionError, StayonError) as error:
            raise LookupUnavailable(f"{self._base_url}: {error}") from error
        self._certificates = {
            (IssuerName.parse(one.issuer), one.serial): one
            for one in found
            if self._certificates.get((IssuerName.parse(one.issuer), one.serial)) == one
            or self._is_issued(one)
        }
        self._revoked, self._copied_at = revoked, began

    def _is_issued(self, certificate: OrganisationCertificate) -> bool:
        if certificate.der in self._trusted:
            return True
        try:
            self._organisations.validate_issue(certificate)
        except (ChainError, StayonError):
            return False
        return True

    async def _get(self, path: str) -> bytes:
        url = self._base_url + path
        try:
            reply = await self._getter.get(url)
        except OutboundError as error:
            raise LookupUnavailable(str(error)) from error
        if reply.status != 200:
            raise LookupUnavailable(f"{url}: HTTP {reply.status}")
        return reply.body

    def require_fresh(self) -> None:
        """Raise ``LookupUnavailable`` if nobody knows any more what has been revoked."""
        copied_at, lasts = self._copied_at, self._lasts.total_seconds()
        if copied_at is None or self._clock.seconds() - copied_at > lasts:
            raise LookupUnavailable(f"{self._base_url}: the SMKI has not answered for too long")

    def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """The certificate of that name if it was valid at ``at``, else None."""
        certificate = self._certificates.get((issuer, serial))
        if certificate is None or self._revoked is None:
            return None
        try:
            if certificate.der not in self._trusted:
                self._organisations.validate_period(certificate, at)
        except ChainError:
            return None
        revocation = self._revoked.revocations.get(serial)
        return None if revocation is not None and revocation.at <= at else certificate
