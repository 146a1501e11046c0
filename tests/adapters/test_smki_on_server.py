"""The right to the SMKI's database on a server: one store has it, and one that lost it knows."""

from collections.abc import Iterator

import pytest
from sqlalchemy import URL, create_engine
from tests.support.dsp_database import migrated
from tests.support.postgresql import drop_database, new_database

from stayon.adapters.smki_store.database import OwnershipLost
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import CertificateStoreUnavailable, Subscriber
from stayon.smki_profile import Capacity

ONE = Subscriber(Eui64.parse("90B3D51F30010000"), "Brightside Energy", Capacity.SUPPLIER)
TWO = Subscriber(Eui64.parse("90B3D51F30020000"), "Steadfast Power", Capacity.SUPPLIER)


@pytest.fixture
def url() -> Iterator[URL]:
    made = new_database(migrated)
    yield made
    drop_database(made)


@pytest.fixture
def store(url: URL) -> Iterator[SqlCertificateStore]:
    made = SqlCertificateStore.on_server(url)
    yield made
    made.close()


def _lose(url: URL) -> None:
    """End the session that has the right, as a restart of the server does."""
    engine = create_engine(url)
    with engine.connect() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        )
    engine.dispose()


def test_one_at_a_time(url: URL, store: SqlCertificateStore) -> None:
    with pytest.raises(CertificateStoreUnavailable, match="in use"):
        SqlCertificateStore.on_server(url)
    store.put_subscriber(ONE)
    store.keep()
    assert store.subscriber(ONE.eui64) == ONE


def test_who_has_lost_it_writes_nothing_until_it_has_it_again(
    url: URL, store: SqlCertificateStore
) -> None:
    _lose(url)
    with pytest.raises(CertificateStoreUnavailable, match="lost its right"):
        store.put_subscriber(ONE)
    store.keep()
    store.put_subscriber(ONE)
    assert store.subscriber(ONE.eui64) == ONE


def test_another_has_it_now(url: URL, store: SqlCertificateStore) -> None:
    store.put_subscriber(ONE)
    _lose(url)
    other = SqlCertificateStore.on_server(url)
    other.put_subscriber(TWO)
    for _ in range(2):
        with pytest.raises(OwnershipLost):
            store.keep()
    with pytest.raises(CertificateStoreUnavailable):
        store.put_subscriber(ONE)
    other.close()
    # Once that one has gone, what it wrote is there.
    store.keep()
    assert store.subscriber(TWO.eui64) == TWO
