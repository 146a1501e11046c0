"""The SMKI at work: it enrols subscribers, issues, revokes and publishes."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

from stayon.domain.eui64 import Eui64
from stayon.domain.instants import require_utc
from stayon.parties.smki.authorities import Authorities, Entropy, new_serial
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.repository import Repository
from stayon.ports.clock import Clock
from stayon.ports.smki_store import CertificateStore, RevocationRecord, Subscriber
from stayon.smki_profile import (
    Capacity,
    DeviceCertificate,
    DeviceRequest,
    DeviceTemplate,
    EndEntityCertificate,
    Hierarchy,
    KeyUsage,
    OrganisationCertificate,
    OrganisationRequest,
    RemotePartyRole,
    Revocation,
    RevocationList,
    RevocationReason,
    SubjectName,
    Validity,
    build_organisation,
    build_revocation_list,
    check_entitlement,
    p256,
    parse_signing_request,
)

FOREVER = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
"""Device Certificates do not expire (RFC 5280 4.1.2.5)."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How long things are valid: decided here, apart from the ten years of the test PKI."""

    organisation_years: int = 10
    list_period: timedelta = timedelta(hours=24)
    list_renewal: timedelta = timedelta(hours=1)


class Smki:
    """The key infrastructure as one party.

    ``repository`` answers questions; the methods here change what it answers. Times come from
    ``clock``. Refusals are ``SmkiError``, ``NotEntitled`` (R2) or another ``ProfileError``.
    """

    def __init__(
        self,
        store: CertificateStore,
        authorities: Authorities,
        clock: Clock,
        entropy: Entropy,
        terms: Terms | None = None,
    ) -> None:
        self.repository = Repository(store)
        self.authorities = authorities
        self._store = store
        self._clock = clock
        self._entropy = entropy
        self._terms = terms or Terms()
        self._templates: dict[KeyUsage, tuple[Validity, DeviceTemplate]] = {}
        self._lists: dict[Hierarchy, RevocationList] = {}

    def enrol(self, eui64: Eui64, party: str, capacity: Capacity) -> Subscriber:
        """Make an EUI-64 known in one capacity; raises ``SmkiError`` if it has another.

        A Party with a second capacity, such as an SRP that is also a supplier (D3), uses a second
        EUI-64 for it: the SolrContingency one holds this role alone (decision 8).
        """
        if any(isinstance(one, DeviceCertificate) for one in self._store.of(eui64)):
            raise SmkiError("subscriber", f"{eui64} is a device")
        known = self._store.subscriber(eui64)
        if known is not None and known.capacity is not capacity:
            raise SmkiError(
                "capacity",
                f"{eui64} is enrolled as {known.capacity.value};"
                f" as {capacity.value} the Party needs another EUI-64",
            )
        subscriber = Subscriber(eui64, party, capacity)
        self._store.put_subscriber(subscriber)
        return subscriber

    def subscribers(self) -> tuple[Subscriber, ...]:
        """Every subscriber, by EUI-64."""
        return tuple(self._store.subscribers())

    def fulfil(
        self, signing_request: bytes, role: RemotePartyRole | None = None
    ) -> EndEntityCertificate:
        """Issue what a PKCS#10 request (DER) asks for, if its subscriber may have it.

        ``role``, if it is given, must be the one in the request.
        """
        wanted = parse_signing_request(signing_request)
        asked = wanted.role if isinstance(wanted, OrganisationRequest) else None
        if role is not None and role is not asked:
            found = "a device" if asked is None else f"role {asked.code}"
            raise SmkiError("role", f"the signing request is for {found}, not for role {role.code}")
        if isinstance(wanted, OrganisationRequest):
            return self.issue_organisation(wanted.subject, wanted.usage, wanted.public_key)
        return self.issue_devices([wanted])[0]

    def issue_organisation(
        self, subject: SubjectName, usage: KeyUsage, public_key: EllipticCurvePublicKey
    ) -> OrganisationCertificate:
        """Issue an Organisation Certificate to an enrolled subscriber entitled to it (R2)."""
        subscriber = self._store.subscriber(subject.eui64)
        if subscriber is None:
            raise SmkiError("subscriber", f"{subject.eui64} is not enrolled with the SMKI")
        role = RemotePartyRole.parse(subject.role_text)
        check_entitlement(subscriber.capacity, role, usage)
        authority = self.authorities.organisations
        certificate = build_organisation(
            SubjectName(role.code, subject.eui64, subject.organisation),
            usage,
            public_key,
            issuing=authority.certificate,
            serial=self._serial(subject.eui64),
            validity=self._organisation_validity(),
            sign=authority.key.sign,
        )
        self._store.add((certificate,))
        return certificate

    def issue_device(
        self, eui64: Eui64, usage: KeyUsage, public_key: EllipticCurvePublicKey
    ) -> DeviceCertificate:
        """Issue a Device Certificate.

        Refused for the EUI-64 of a subscriber: it would go round the rule of its capacity (R2).
        """
        return self.issue_devices([DeviceRequest(eui64, usage, public_key)])[0]

    def issue_devices(self, wanted: Iterable[DeviceRequest]) -> tuple[DeviceCertificate, ...]:
        """Issue Device Certificates, all or none; some 50 us each and one commit of the store.

        Refused as ``issue_device`` is.
        """
        issued: list[DeviceCertificate] = []
        ordinals: Counter[Eui64] = Counter()
        for one in wanted:
            if self._store.subscriber(one.eui64) is not None:
                raise SmkiError("device", f"{one.eui64} is enrolled as an organisation")
            serial = self._serial(one.eui64, ordinals[one.eui64])
            ordinals[one.eui64] += 1
            point = p256.point(one.public_key)
            sign = self.authorities.devices.key.sign
            template = self._template(one.usage)
            issued.append(template.issue(one.eui64, point, serial=serial, sign=sign))
        self._store.add(issued)
        return tuple(issued)

    def take_over(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Put certificates that others issued into the repository, trusted from now on.

        For a test PKI whose issuing authority is not at hand: nothing checks who signed them.
        """
        self._store.add(certificates)

    def revoke(
        self,
        certificate: EndEntityCertificate,
        reason: RevocationReason,
        *,
        by: str,
        at: datetime | None = None,
    ) -> RevocationRecord:
        """Revoke from ``at`` on (now, unless it is given); refused for what is not in the store.

        An instant to come is how a delayed revocation is recorded (MP134A).
        """
        now = self._now()
        effective = now if at is None else require_utc(at, "revocation date").replace(microsecond=0)
        if effective < certificate.not_before:
            raise SmkiError("revocation date", "is before the certificate's validity begins")
        if certificate not in self._store.by_serial(certificate.serial):
            raise SmkiError("certificate", f"{certificate.serial} is not in the repository")
        known = self._store.revocation(certificate)
        # One that is still to come may take effect earlier, never later.
        if known is not None and (known.revocation.at <= now or effective >= known.revocation.at):
            raise SmkiError(
                "certificate",
                f"{certificate.serial} is revoked already, at {known.revocation.at:%Y-%m-%dT%XZ}",
            )
        revocation = Revocation(certificate.serial, effective, reason)
        record = RevocationRecord(certificate.issuer, revocation, by, now)
        if known is None:
            self._store.revoke(record)
        else:
            self._store.bring_forward(record)
        return record

    def revoke_now(
        self, eui64: Eui64, reason: RevocationReason, *, by: str
    ) -> tuple[RevocationRecord, ...]:
        """Revoke every certificate of one identity now, also those whose revocation is to come."""
        now = self._now()
        return tuple(
            self.revoke(one, reason, by=by)
            for one in self._store.of(eui64)
            if (known := self._store.revocation(one)) is None or known.revocation.at > now
        )

    def subscriber(self, eui64: Eui64) -> Subscriber | None:
        """The subscriber with this EUI-64."""
        return self._store.subscriber(eui64)

    def revoke_all(
        self, eui64: Eui64, reason: RevocationReason, *, by: str, at: datetime | None = None
    ) -> tuple[RevocationRecord, ...]:
        """Revoke every certificate of one identity that is not revoked yet.

        What happens to a supplier whose licence is revoked.
        """
        return tuple(
            self.revoke(one, reason, by=by, at=at)
            for one in self._store.of(eui64)
            if self._store.revocation(one) is None
        )

    def revocations(self) -> tuple[RevocationRecord, ...]:
        """Every revocation in the order of recording, also those whose instant is to come."""
        return tuple(self._store.revocations())

    def revocation_list(self, hierarchy: Hierarchy) -> RevocationList:
        """The list in force: signed anew after a revocation, and before it gets old."""
        now = self._now()
        authority = self.authorities.of(hierarchy)
        issuer = authority.certificate.name.text
        in_force = {
            record.revocation.serial: record.revocation
            for record in self._store.revocations()
            if record.issuer == issuer and record.revocation.at <= now
        }
        last = self._lists.get(hierarchy)
        if (
            last is not None
            and last.revocations == in_force
            and last.period.not_before <= now < last.period.not_before + self._terms.list_renewal
        ):
            return last
        fresh = build_revocation_list(
            in_force.values(),
            issuing=authority.certificate,
            number=self._store.next_list_number(hierarchy),
            period=Validity(now, now + self._terms.list_period),
            sign=authority.key.sign,
        )
        self._lists[hierarchy] = fresh
        return fresh

    def _now(self) -> datetime:
        return self._clock.now().replace(microsecond=0)

    def _midnight(self) -> datetime:
        return self._now().replace(hour=0, minute=0, second=0)

    def _organisation_validity(self) -> Validity:
        """From the beginning of today for whole years, as in the test PKI."""
        start = self._midnight()
        leap_day = (start.month, start.day) == (2, 29)
        first = start + timedelta(days=1) if leap_day else start
        end = first.replace(year=first.year + self._terms.organisation_years)
        return Validity(start, end - timedelta(seconds=1))

    def _template(self, usage: KeyUsage) -> DeviceTemplate:
        validity = Validity(self._midnight(), FOREVER)
        kept = self._templates.get(usage)
        if kept is None or kept[0] != validity:
            template = DeviceTemplate(self.authorities.devices.certificate, usage, validity)
            kept = self._templates[usage] = (validity, template)
        return kept[1]

    def _serial(self, eui64: Eui64, unsaved: int = 0) -> int:
        """A serial number; in a rehearsal it depends on the owner and how many it has had."""
        ordinal = len(self._store.of(eui64)) + unsaved
        return new_serial(self._entropy, eui64.octets, ordinal.to_bytes(4, "big"))
