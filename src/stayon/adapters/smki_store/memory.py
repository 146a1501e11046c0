"""The SMKI's store in memory, for tests and rehearsals."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from stayon.adapters.smki_store.refusals import distinct, revoked_already, serial_taken
from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import RevocationRecord, Subscriber
from stayon.smki_profile import EndEntityCertificate, Hierarchy, OrganisationCertificate


class MemoryCertificateStore:
    """Implements ``stayon.ports.smki_store.CertificateStore``; lasts as long as the process."""

    def __init__(self) -> None:
        self._subscribers: dict[Eui64, Subscriber] = {}
        self._by_serial: dict[int, tuple[EndEntityCertificate, ...]] = {}
        self._by_owner: dict[Eui64, tuple[EndEntityCertificate, ...]] = {}
        self._organisations: list[OrganisationCertificate] = []
        self._revocations: dict[tuple[str, int], RevocationRecord] = {}
        self._list_numbers: Counter[Hierarchy] = Counter()

    def put_subscriber(self, subscriber: Subscriber) -> None:
        """Add or replace a subscriber."""
        self._subscribers[subscriber.eui64] = subscriber

    def subscriber(self, eui64: Eui64) -> Subscriber | None:
        """The subscriber with this EUI-64."""
        return self._subscribers.get(eui64)

    def subscribers(self) -> Iterator[Subscriber]:
        """Every subscriber, by EUI-64."""
        return iter([self._subscribers[eui64] for eui64 in sorted(self._subscribers)])

    def add(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Add certificates, all or none."""
        listed = distinct(certificates)
        for one in listed:
            if any(one.issuer == other.issuer for other in self.by_serial(one.serial)):
                raise serial_taken(one)
        for one in listed:
            self._by_serial[one.serial] = (*self.by_serial(one.serial), one)
            self._by_owner[one.eui64] = (*self.of(one.eui64), one)
            if isinstance(one, OrganisationCertificate):
                self._organisations.append(one)

    def by_serial(self, serial: int) -> Sequence[EndEntityCertificate]:
        """The certificates with this serial number."""
        return self._by_serial.get(serial, ())

    def of(self, eui64: Eui64) -> Sequence[EndEntityCertificate]:
        """The certificates of one organisation or device."""
        return self._by_owner.get(eui64, ())

    def organisations(self) -> Iterator[OrganisationCertificate]:
        """Every Organisation Certificate."""
        return iter(tuple(self._organisations))

    def revoke(self, record: RevocationRecord) -> None:
        """Record a revocation."""
        identity = (record.issuer, record.revocation.serial)
        if identity in self._revocations:
            raise revoked_already(record)
        self._revocations[identity] = record

    def bring_forward(self, record: RevocationRecord) -> None:
        """Replace a revocation by one that takes effect earlier."""
        self._revocations[record.issuer, record.revocation.serial] = record

    def revocation(self, certificate: EndEntityCertificate) -> RevocationRecord | None:
        """The revocation of a certificate."""
        return self._revocations.get((certificate.issuer, certificate.serial))

    def revocations(self) -> Iterator[RevocationRecord]:
        """Every revocation."""
        return iter(tuple(self._revocations.values()))

    def next_list_number(self, hierarchy: Hierarchy) -> int:
        """1, 2, 3 and so on, for each hierarchy."""
        self._list_numbers[hierarchy] += 1
        return self._list_numbers[hierarchy]
