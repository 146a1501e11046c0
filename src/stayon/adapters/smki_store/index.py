"""What the SMKI's database holds, in memory as far as it is asked for all the time.

Subscribers, Organisation Certificates and revocations are there always; Device Certificates, of
which there may be hundreds of thousands, while they are in use.
"""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, Engine, Select, bindparam, select

from stayon.adapters.smki_store.database import reaching_database
from stayon.adapters.smki_store.rows import certificate_of, revocation_of, subscriber_of
from stayon.adapters.smki_store.schema import certificate, revocation, subscriber
from stayon.adapters.smki_store.shelf import Certificates, Shelf
from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import RevocationRecord, Subscriber
from stayon.smki_profile import EndEntityCertificate, Hierarchy, OrganisationCertificate

_CERTIFICATE = select(certificate.c.hierarchy, certificate.c.der).order_by(certificate.c.number)
_BY_SERIAL = _CERTIFICATE.where(certificate.c.serial == bindparam("wanted"))
_BY_OWNER = _CERTIFICATE.where(certificate.c.owner == bindparam("wanted"))

_OF_ORGANISATIONS = certificate.c.hierarchy == Hierarchy.ORGANISATION.value
_OF_INTEREST = _CERTIFICATE.where(
    certificate.c.number.in_(
        select(certificate.c.number)
        .where(_OF_ORGANISATIONS)
        .union(
            *(
                select(certificate.c.number).where(
                    column.in_(select(column).where(_OF_ORGANISATIONS).correlate(None))
                )
                for column in (certificate.c.serial, certificate.c.owner)
            )
        )
    )
)
"""Organisation Certificates, and whatever shares its serial number or EUI-64 with one."""


class Index:
    """Look-ups; ``reading`` answers those that memory cannot."""

    def __init__(self, reading: Engine, kept: int) -> None:
        self._reading = reading
        self.by_serial: Shelf[int] = Shelf(lambda serial: self._read(_BY_SERIAL, str(serial)), kept)
        self.by_owner: Shelf[Eui64] = Shelf(lambda eui64: self._read(_BY_OWNER, eui64.hex), kept)
        self.organisations: list[OrganisationCertificate] = []
        self.subscribers: dict[Eui64, Subscriber] = {}
        self.revocations: dict[tuple[str, int], RevocationRecord] = {}
        with reaching_database(), reading.connect() as connection:
            self._load_certificates(connection)
            for row in connection.execute(select(subscriber)):
                self.put_subscriber(subscriber_of(row))
            for row in connection.execute(select(revocation).order_by(revocation.c.number)):
                self.revoked(revocation_of(row))

    def put_subscriber(self, one: Subscriber) -> None:
        """Follow the database: a subscriber was added or replaced."""
        self.subscribers[one.eui64] = one

    def revoked(self, record: RevocationRecord) -> None:
        """Follow the database: a revocation was recorded."""
        self.revocations[record.issuer, record.revocation.serial] = record

    def expect(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Get ready for ``added``, so that it has nothing to read."""
        for one in certificates:
            if isinstance(one, OrganisationCertificate):
                self.by_serial.pin(one.serial)
                self.by_owner.pin(one.eui64)

    def added(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Follow the database: these were added."""
        for one in certificates:
            self.by_serial.added(one.serial, one)
            self.by_owner.added(one.eui64, one)
            if isinstance(one, OrganisationCertificate):
                self.organisations.append(one)

    def _read(self, statement: Select[Any], wanted: str) -> Certificates:
        with reaching_database(), self._reading.connect() as connection:
            found = connection.execute(statement, {"wanted": wanted})
            return tuple(certificate_of(*row) for row in found)

    def _load_certificates(self, connection: Connection) -> None:
        found = [certificate_of(*row) for row in connection.execute(_OF_INTEREST)]
        self.organisations += (one for one in found if isinstance(one, OrganisationCertificate))
        by_serial: defaultdict[int, list[EndEntityCertificate]] = defaultdict(list)
        by_owner: defaultdict[Eui64, list[EndEntityCertificate]] = defaultdict(list)
        for one in found:
            by_serial[one.serial].append(one)
            by_owner[one.eui64].append(one)
        for serial in {one.serial for one in self.organisations}:
            self.by_serial.pin(serial, by_serial[serial])
        for eui64 in {one.eui64 for one in self.organisations}:
            self.by_owner.pin(eui64, by_owner[eui64])
