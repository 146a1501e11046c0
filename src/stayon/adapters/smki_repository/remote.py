"""Certificates from the SMKI's HTTP API, each proved by what an authority has signed.

The HTTP answer is only where things come from. A certificate counts when its chain holds to an
issuing authority that was configured, and as not revoked when that authority's revocation list,
signed and in its period, does not have it.
"""

import asyncio
import json
from datetime import datetime, timedelta
from urllib.parse import quote, urlencode

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock
from stayon.ports.outbound import HttpGetter, OutboundError
from stayon.smki_profile import (
    AuthorityCertificate,
    ChainError,
    DeviceCertificate,
    Hierarchy,
    IssuingPath,
    KeyUsage,
    OrganisationCertificate,
    RevocationList,
    parse_device,
    parse_organisation,
    read_revocation_list,
)
from stayon.smki_profile.pem import from_pem
from stayon.xmlsig import IssuerName

_CERTIFICATES_KEPT = 1000


class RemoteRepository:
    """Implements ``CertificateLookup`` over the API at ``base_url``.

    A revocation is noticed ``keep`` after it was published at the latest: for so long a revocation
    list is not asked for again. Organisation Certificates are kept, for they never change; those
    of devices are asked for each time, for there are many and each answers once or twice.
    """

    def __init__(
        self,
        *,
        base_url: str,
        getter: HttpGetter,
        clock: Clock,
        organisations: IssuingPath,
        devices: IssuingPath,
        keep: timedelta = timedelta(seconds=60),
    ) -> None:
        self._base_url = base_url.rstrip("/")
        self._getter = getter
        self._organisations = organisations
        self._devices = devices
        lists = f"{self._base_url}/revocation-lists"
        self._revoked_organisations = _PublishedList(
            f"{lists}/{Hierarchy.ORGANISATION.value}", organisations.issuing, getter, clock, keep
        )
        self._revoked_devices = _PublishedList(
            f"{lists}/{Hierarchy.DEVICE.value}", devices.issuing, getter, clock, keep
        )
        self._known: dict[tuple[IssuerName, int], OrganisationCertificate] = {}

    async def valid_organisation(
        self, issuer: IssuerName, serial: int, at: datetime
    ) -> OrganisationCertificate | None:
        """See ``CertificateLookup``."""
        certificate = self._known.get((issuer, serial))
        if certificate is None:
            certificate = await self._organisation(issuer, serial)
            if certificate is None:
                return None
            self._keep(issuer, certificate)
        try:
            self._organisations.validate_period(certificate, at)
        except ChainError:
            return None
        published = await self._revoked_organisations.current()
        return None if _is_revoked(published, serial, at) else certificate

    async def device_signing_key(
        self, device_id: Eui64, at: datetime
    ) -> EllipticCurvePublicKey | None:
        """See ``CertificateLookup``: the key of the newest certificate that is valid."""
        query = urlencode({"eui64": str(device_id), "usage": KeyUsage.DIGITAL_SIGNATURE.value})
        found = await self._documents(f"/certificates?{query}")
        published = await self._revoked_devices.current()
        for pem in found:
            certificate = self._device(pem, device_id, at)
            if certificate is not None and not _is_revoked(published, certificate.serial, at):
                return certificate.public_key
        return None

    async def _organisation(
        self, issuer: IssuerName, serial: int
    ) -> OrganisationCertificate | None:
        query = urlencode({"issuer": str(issuer)}, quote_via=quote)
        for pem in await self._documents(f"/certificates/{serial}?{query}"):
            try:
                certificate = parse_organisation(from_pem("CERTIFICATE", pem))
                self._organisations.validate_issue(certificate)
            except StayonError:
                return None
            named = (IssuerName.parse(certificate.issuer), certificate.serial)
            return certificate if named == (issuer, serial) else None
        return None

    def _device(self, pem: str, device_id: Eui64, at: datetime) -> DeviceCertificate | None:
        """The certificate if it is one of this device, for signing, whose chain holds."""
        try:
            certificate = parse_device(from_pem("CERTIFICATE", pem))
            self._devices.validate(certificate, at)
        except StayonError:
            return None
        fits = (certificate.eui64, certificate.usage) == (device_id, KeyUsage.DIGITAL_SIGNATURE)
        return certificate if fits else None

    def _keep(self, issuer: IssuerName, certificate: OrganisationCertificate) -> None:
        while len(self._known) >= _CERTIFICATES_KEPT:
            del self._known[next(iter(self._known))]
        self._known[issuer, certificate.serial] = certificate

    async def _documents(self, path: str) -> list[str]:
        """The PEM of each certificate that the API gives, none where it knows none."""
        body = await _get(self._getter, self._base_url + path)
        if body is None:
            return []
        try:
            answer = json.loads(body)
            documents = answer if isinstance(answer, list) else [answer]
            return [str(document["pem"]) for document in documents]
        except (ValueError, TypeError, KeyError, RecursionError):
            raise LookupUnavailable(f"{self._base_url} does not answer as an SMKI") from None


class _PublishedList:
    """The revocation list of one authority, asked for again when it has been kept long enough."""

    def __init__(
        self,
        url: str,
        issuing: AuthorityCertificate,
        getter: HttpGetter,
        clock: Clock,
        keep: timedelta,
    ) -> None:
        self._url = url
        self._issuing = issuing
        self._getter = getter
        self._clock = clock
        self._keep = keep
        self._asking = asyncio.Lock()
        self._kept: tuple[float, RevocationList] | None = None

    async def current(self) -> RevocationList:
        """The list; raises ``LookupUnavailable`` when there is none to rely on."""
        async with self._asking:
            now = self._clock.seconds()
            if self._kept is None or now - self._kept[0] >= self._keep.total_seconds():
                self._kept = now, await self._fetch()
            return self._kept[1]

    async def _fetch(self) -> RevocationList:
        body = await _get(self._getter, self._url)
        if body is None:
            raise LookupUnavailable(f"{self._url}: there is no revocation list")
        try:
            return read_revocation_list(body, issuing=self._issuing, at=self._clock.now())
        except StayonError as error:
            raise LookupUnavailable(f"{self._url}: {error}") from error


async def _get(getter: HttpGetter, url: str) -> bytes | None:
    """What is at ``url``, None where there is nothing."""
    try:
        reply = await getter.get(url)
    except OutboundError as error:
        raise LookupUnavailable(str(error)) from error
    if reply.status == 404:
        return None
    if reply.status != 200:
        raise LookupUnavailable(f"{url}: HTTP {reply.status}")
    return reply.body


def _is_revoked(published: RevocationList, serial: int, at: datetime) -> bool:
    revocation = published.revocations.get(serial)
    return revocation is not None and revocation.at <= at
