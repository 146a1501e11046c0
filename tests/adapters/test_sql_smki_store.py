"""What the SMKI's store keeps through a restart and an accident, and what it refuses."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.dialects import registry
from sqlalchemy.schema import CreateTable
from tests.smki_profile.pki import DEVICE, NOW, SUPPLIER, device, organisation

from stayon.adapters.smki_store.database import Ownership, migrate, open_engines
from stayon.adapters.smki_store.schema import VERSION_TABLE, metadata
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.ports.smki_store import (
    CertificateStoreError,
    CertificateStoreUnavailable,
    RevocationRecord,
    Subscriber,
)
from stayon.smki_profile import (
    Capacity,
    EndEntityCertificate,
    Hierarchy,
    ProfileError,
    Revocation,
    RevocationReason,
)

_SUBSCRIBER = Subscriber(SUPPLIER, "One", Capacity.SOLR_CONTINGENCY)


def _revocation(of: EndEntityCertificate) -> RevocationRecord:
    revocation = Revocation(of.serial, NOW, RevocationReason.PRIVILEGE_WITHDRAWN)
    return RevocationRecord(of.issuer, revocation, "PMA", NOW.replace(microsecond=123_456))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "smki" / "smki.db"


@pytest.fixture
def store(path: Path) -> Iterator[SqlCertificateStore]:
    made = SqlCertificateStore.in_file(path)
    yield made
    made.close()


def _elsewhere(path: Path, statement: str) -> None:
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(statement)
        connection.commit()


def test_everything_is_there_after_a_restart(path: Path) -> None:
    before = SqlCertificateStore.in_file(path)
    before.put_subscriber(_SUBSCRIBER)
    shared = device(eui64=SUPPLIER, serial=bytes(range(16)))
    before.add([device(), organisation(), shared])
    before.revoke(_revocation(device()))
    before.revoke(_revocation(organisation()))
    numbers = [before.next_list_number(Hierarchy.DEVICE) for _ in range(2)]
    before.close()
    after = SqlCertificateStore.in_file(path)
    assert list(after.subscribers()) == [_SUBSCRIBER]
    assert list(after.organisations()) == [organisation()]
    assert list(after.of(SUPPLIER)) == [organisation(), shared]
    assert list(after.by_serial(organisation().serial)) == [organisation(), shared]
    assert list(after.of(DEVICE)) == list(after.by_serial(device().serial)) == [device()]
    assert list(after.revocations()) == [_revocation(device()), _revocation(organisation())]
    assert after.revocation(device()) == _revocation(device())
    assert after.next_list_number(Hierarchy.DEVICE) > max(numbers)
    with pytest.raises(CertificateStoreError, match="has a certificate with serial number"):
        after.add([device()])
    with pytest.raises(CertificateStoreError, match="is revoked already"):
        after.revoke(_revocation(organisation()))
    after.close()


def test_a_revocation_is_committed_when_revoke_returns(
    store: SqlCertificateStore, path: Path
) -> None:
    store.revoke(_revocation(organisation()))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT requested_by FROM smki_revocation").fetchall() == [("PMA",)]


def test_the_disk_is_told_to_keep_it(store: SqlCertificateStore) -> None:
    with store._engines.writing.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


def test_what_could_not_be_written_is_no_answer(store: SqlCertificateStore, path: Path) -> None:
    _elsewhere(path, "ALTER TABLE smki_revocation RENAME TO away")
    with pytest.raises(CertificateStoreUnavailable, match="does not answer"):
        store.revoke(_revocation(organisation()))
    with pytest.raises(CertificateStoreUnavailable):
        store.revocation(organisation())
    _elsewhere(path, "ALTER TABLE away RENAME TO smki_revocation")
    assert store.revocation(organisation()) is None
    store.revoke(_revocation(organisation()))
    assert store.revocation(organisation()) == _revocation(organisation())


def test_a_revocation_whose_commit_was_in_doubt_is_found(
    store: SqlCertificateStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    def commit_and_break(connection: Any) -> None:
        connection.commit()
        raise sqlite3.OperationalError("disk I/O error")

    record = _revocation(organisation())
    with monkeypatch.context() as broken:
        broken.setattr(store._engines.writing.dialect, "do_commit", commit_and_break)
        with pytest.raises(CertificateStoreUnavailable):
            store.revoke(record)
    assert store.revocation(organisation()) == record
    with pytest.raises(CertificateStoreError, match="is revoked already"):
        store.revoke(record)


def test_look_ups_of_devices_are_kept_while_they_are_used(path: Path) -> None:
    serials = [bytes(15) + bytes([n]) for n in range(3)]
    listed = [device(serial=serial) for serial in serials]
    before = SqlCertificateStore.in_file(path)
    before.add(listed)
    before.close()
    store = SqlCertificateStore.in_file(path, kept=2)
    first, second, third = (store.by_serial(one.serial)[0] for one in listed)
    assert store.by_serial(second.serial)[0] is second
    assert store.by_serial(first.serial)[0] is not first
    assert store.by_serial(second.serial)[0] is second
    assert store.by_serial(third.serial)[0] is not third
    store.close()


def test_look_ups_fail_when_the_database_does(store: SqlCertificateStore, path: Path) -> None:
    store.add([organisation()])
    _elsewhere(path, "ALTER TABLE smki_certificate RENAME TO away")
    with pytest.raises(CertificateStoreUnavailable):
        store.of(DEVICE)
    with pytest.raises(CertificateStoreUnavailable):
        store.by_serial(device().serial)
    assert list(store.of(SUPPLIER)) == [organisation()]


def test_spoilt_octets_are_not_a_certificate(path: Path) -> None:
    before = SqlCertificateStore.in_file(path)
    before.add([organisation()])
    before.close()
    _elsewhere(path, "UPDATE smki_certificate SET der = x'3000'")
    with pytest.raises(ProfileError):
        SqlCertificateStore.in_file(path)
    Ownership(path).release()


def test_one_store_at_a_time_has_the_database(store: SqlCertificateStore, path: Path) -> None:
    with pytest.raises(CertificateStoreUnavailable, match="is in use"):
        SqlCertificateStore.in_file(path)
    store.close()
    store.close()
    SqlCertificateStore.in_file(path).close()


def test_another_file_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(CertificateStoreUnavailable, match="DatabaseError"):
        SqlCertificateStore.in_file(path)


def test_a_newer_schema_is_refused(path: Path) -> None:
    SqlCertificateStore.in_file(path).close()
    _elsewhere(path, "UPDATE smki_schema_version SET version_num = '9999'")
    with pytest.raises(CertificateStoreUnavailable, match="9999"):
        SqlCertificateStore.in_file(path)


def test_the_migration_makes_the_schema_that_the_code_expects() -> None:
    engines = open_engines("sqlite://")
    migrate(engines.writing)
    migrate(engines.writing)
    options = {"compare_type": True, "version_table": VERSION_TABLE}
    with engines.writing.connect() as connection:
        context = MigrationContext.configure(connection, opts=options)
        differences = compare_metadata(context, metadata)
    engines.dispose()
    assert [d for d in differences if d[0] != "modify_type"] == []


def test_another_database_numbers_rows_itself() -> None:
    dialect = registry.load("postgresql")()
    for table in ("smki_certificate", "smki_revocation"):
        made = str(CreateTable(metadata.tables[table]).compile(dialect=dialect))
        assert "number BIGSERIAL NOT NULL" in made
