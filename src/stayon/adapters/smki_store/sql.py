"""The SMKI's store in an SQL database: a look-up is one in memory, a change is a commit."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL, Connection, insert, make_url, update
from sqlalchemy.exc import IntegrityError, SQLAlchemyError

from stayon.adapters.smki_store import schema
from stayon.adapters.smki_store.database import (
    Ownership,
    ServerOwnership,
    migrate,
    open_engines,
    reaching_database,
)
from stayon.adapters.smki_store.index import Index
from stayon.adapters.smki_store.refusals import distinct, revoked_already, serial_taken
from stayon.adapters.smki_store.rows import certificate_row, revocation_row, subscriber_row
from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import RevocationRecord, Subscriber
from stayon.smki_profile import EndEntityCertificate, Hierarchy, OrganisationCertificate

_KEPT = 50_000
"""Device Certificates in memory, some 2 kB each, by serial number and as many by EUI-64."""
_ROWS_AT_A_TIME = 5_000


class SqlCertificateStore:
    """Implements ``stayon.ports.smki_store.CertificateStore``.

    A change is committed before memory follows it and the method returns. When it is uncertain
    what was committed, memory is thrown away and the next look-up reads the database anew; while
    that fails there are no answers. One store at a time may have a database, for what another one
    revokes would not be known here: ``in_file`` sees to it, whoever hands in a URL has to.
    """

    def __init__(self, url: str | URL, *, kept: int = _KEPT) -> None:
        self._kept = kept
        self._engines = open_engines(url)
        self._ownership: Ownership | ServerOwnership | None = None
        try:
            migrate(self._engines.writing)
            self._index: Index | None = Index(self._engines.reading, kept)
        except BaseException:
            self._engines.dispose()
            raise

    @classmethod
    def in_file(cls, path: Path, *, kept: int = _KEPT) -> "SqlCertificateStore":
        """A store in an SQLite file, made or brought up to date.

        Raises ``CertificateStoreUnavailable`` when another process has the file, or it is no such
        database.
        """
        ownership = Ownership(path)
        try:
            store = cls(URL.create("sqlite", database=str(path)), kept=kept)
        except BaseException:
            ownership.release()
            raise
        store._ownership = ownership
        return store

    @classmethod
    def on_server(cls, url: str | URL, *, kept: int = _KEPT) -> "SqlCertificateStore":
        """A store in a PostgreSQL database, made or brought up to date.

        Raises ``CertificateStoreUnavailable`` when another process has it, or no server answers.
        """
        ownership = ServerOwnership(make_url(url))
        try:
            store = cls(url, kept=kept)
        except BaseException:
            ownership.release()
            raise
        store._ownership = ownership
        return store

    def close(self) -> None:
        """Let go of the database."""
        self._engines.dispose()
        if self._ownership is not None:
            self._ownership.release()
            self._ownership = None

    def keep(self) -> None:
        """Look whether the database is still this store's; what it holds is read anew if need be.

        For who serves on a server, every second or so: a restart of the server ends the right to
        it. Raises ``OwnershipLost`` when another store has it now, and
        ``CertificateStoreUnavailable`` while the server does not answer.
        """
        if isinstance(self._ownership, ServerOwnership) and self._ownership.regain():
            self._index = None

    def put_subscriber(self, subscriber: Subscriber) -> None:
        """Add or replace a subscriber."""
        row = subscriber_row(subscriber)
        index = self._current()
        with self._transaction() as connection:
            if subscriber.eui64 not in index.subscribers:
                connection.execute(insert(schema.subscriber), row)
            else:
                changed = update(schema.subscriber).where(schema.subscriber.c.eui64 == row["eui64"])
                connection.execute(changed.values(row))
        index.put_subscriber(subscriber)

    def subscriber(self, eui64: Eui64) -> Subscriber | None:
        """The subscriber with this EUI-64."""
        return self._current().subscribers.get(eui64)

    def subscribers(self) -> Iterator[Subscriber]:
        """Every subscriber, by EUI-64."""
        known = self._current().subscribers
        return iter([known[eui64] for eui64 in sorted(known)])

    def add(self, certificates: Iterable[EndEntityCertificate]) -> None:
        """Add certificates, all or none, in one transaction; some 20 us each in a long list."""
        listed = distinct(certificates)
        index = self._current()
        index.expect(listed)
        with self._transaction() as connection:
            try:
                for first in range(0, len(listed), _ROWS_AT_A_TIME):
                    rows = [certificate_row(one) for one in listed[first : first + _ROWS_AT_A_TIME]]
                    connection.execute(insert(schema.certificate), rows)
            except IntegrityError:
                taken = next(one for one in listed if self._has_serial_of(one))
                raise serial_taken(taken) from None
        index.added(listed)

    def by_serial(self, serial: int) -> Sequence[EndEntityCertificate]:
        """The certificates with this serial number."""
        return self._current().by_serial.get(serial)

    def of(self, eui64: Eui64) -> Sequence[EndEntityCertificate]:
        """The certificates of one organisation or device."""
        return self._current().by_owner.get(eui64)

    def organisations(self) -> Iterator[OrganisationCertificate]:
        """Every Organisation Certificate."""
        return iter(tuple(self._current().organisations))

    def revoke(self, record: RevocationRecord) -> None:
        """Record a revocation; returns when it is committed."""
        index = self._current()
        if (record.issuer, record.revocation.serial) in index.revocations:
            raise revoked_already(record)
        with self._transaction() as connection:
            connection.execute(insert(schema.revocation), revocation_row(record))
        index.revoked(record)

    def bring_forward(self, record: RevocationRecord) -> None:
        """Replace a revocation by one that takes effect earlier; returns when it is committed."""
        index = self._current()
        row = revocation_row(record)
        table = schema.revocation
        changed = update(table).where(
            table.c.issuer == row["issuer"], table.c.serial == row["serial"]
        )
        with self._transaction() as connection:
            connection.execute(changed.values(row))
        index.revoked(record)

    def revocation(self, certificate: EndEntityCertificate) -> RevocationRecord | None:
        """The revocation of a certificate."""
        return self._current().revocations.get((certificate.issuer, certificate.serial))

    def revocations(self) -> Iterator[RevocationRecord]:
        """Every revocation."""
        return iter(tuple(self._current().revocations.values()))

    def next_list_number(self, hierarchy: Hierarchy) -> int:
        """1, 2, 3 and so on, for each hierarchy; one that was given out never comes again."""
        numbers = schema.list_number
        statement = (
            update(numbers)
            .where(numbers.c.hierarchy == hierarchy.value)
            .values(last=numbers.c.last + 1)
            .returning(numbers.c.last)
        )
        with self._transaction() as connection:
            number: int = connection.execute(statement).scalar_one()
        return number

    def _has_serial_of(self, certificate: EndEntityCertificate) -> bool:
        known = self.by_serial(certificate.serial)
        return any(certificate.issuer == other.issuer for other in known)

    def _current(self) -> Index:
        """Memory, read anew if it may not be what the database holds."""
        if self._index is None:
            self._index = Index(self._engines.reading, self._kept)
        return self._index

    @contextmanager
    def _transaction(self) -> Iterator[Connection]:
        with reaching_database():
            try:
                with self._engines.writing.begin() as connection:
                    if isinstance(self._ownership, ServerOwnership):
                        self._ownership.require(connection)
                    yield connection
            except SQLAlchemyError:
                # The commit may have been the last thing that worked.
                self._index = None
                raise
