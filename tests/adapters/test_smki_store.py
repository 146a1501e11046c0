"""What every certificate store must do."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.smki_profile.pki import DEVICE, NOW, SUPPLIER, device, organisation
from tests.support.postgresql import drop_database, new_database

from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.domain.eui64 import Eui64
from stayon.ports.smki_store import (
    CertificateStore,
    CertificateStoreError,
    CertificateStoreUnavailable,
    RevocationRecord,
    Subscriber,
)
from stayon.smki_profile import (
    Capacity,
    EndEntityCertificate,
    Hierarchy,
    KeyUsage,
    Revocation,
    RevocationReason,
)


def _nothing(_database: URL) -> None:
    """The store makes its tables itself."""


@pytest.fixture(params=["memory", "sql", "sql that keeps nothing", "postgresql"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[CertificateStore]:
    if request.param == "memory":
        yield MemoryCertificateStore()
        return
    if request.param == "postgresql":
        database = new_database(_nothing)
        on_server = SqlCertificateStore.on_server(database)
        yield on_server
        on_server.close()
        drop_database(database)
        return
    kept = 0 if request.param == "sql that keeps nothing" else 100
    made = SqlCertificateStore.in_file(tmp_path / "smki.db", kept=kept)
    yield made
    made.close()


_RECORD = RevocationRecord(
    "CN=Z1,OU=07", Revocation(organisation().serial, NOW, RevocationReason.SUPERSEDED), "x", NOW
)


def test_subscribers_are_kept_by_eui_64(store: CertificateStore) -> None:
    first = Subscriber(SUPPLIER, "One", Capacity.SUPPLIER)
    second = Subscriber(DEVICE, "Two", Capacity.OTHER_USER)
    store.put_subscriber(first)
    store.put_subscriber(second)
    assert list(store.subscribers()) == [second, first]
    renamed = Subscriber(SUPPLIER, "One plc", Capacity.SUPPLIER)
    store.put_subscriber(renamed)
    assert store.subscriber(SUPPLIER) == renamed
    assert store.subscriber(Eui64(bytes(8))) is None


def test_certificates_are_added_all_or_none(store: CertificateStore) -> None:
    store.add([organisation()])
    with pytest.raises(CertificateStoreError, match="CN=Z1,OU=07 has a certificate with serial"):
        store.add([device(), organisation("87")])
    assert tuple(store.of(DEVICE)) == tuple(store.by_serial(device().serial)) == ()
    assert list(store.organisations()) == list(store.of(SUPPLIER)) == [organisation()]
    store.add([device()])
    with pytest.raises(CertificateStoreError, match="CN=D1 has a certificate with serial"):
        store.add([device()])
    store.add([])


def test_a_serial_number_occurs_once_in_a_batch(store: CertificateStore) -> None:
    with pytest.raises(CertificateStoreError):
        store.add([organisation("02"), organisation("87")])
    again = organisation()
    with pytest.raises(CertificateStoreError):
        store.add([again, again])
    assert tuple(store.by_serial(organisation().serial)) == ()


def test_what_is_added_is_found(store: CertificateStore) -> None:
    store.add([organisation(), device()])
    assert list(store.of(SUPPLIER)) == [organisation()]
    assert list(store.by_serial(device().serial)) == [device()]
    assert list(store.organisations()) == [organisation()]


def test_the_certificates_of_an_identity_are_in_the_order_of_adding(
    store: CertificateStore,
) -> None:
    first, second = device(), device(KeyUsage.KEY_AGREEMENT, serial=bytes(15) + b"1")
    assert tuple(store.of(DEVICE)) == ()
    store.add([first])
    assert [one.usage for one in store.of(DEVICE)] == [KeyUsage.DIGITAL_SIGNATURE]
    store.add([second])
    assert list(store.of(DEVICE)) == [first, second]
    assert [one.public_key for one in store.of(DEVICE)] == [first.public_key] * 2


@pytest.mark.parametrize("device_first", [True, False])
def test_issuers_may_share_serial_numbers_and_identities(
    store: CertificateStore, device_first: bool
) -> None:
    same = bytes(range(16))
    both: list[EndEntityCertificate] = [device(eui64=SUPPLIER, serial=same), organisation()]
    listed = both if device_first else both[::-1]
    for one in listed:
        store.add([one])
    assert list(store.by_serial(organisation().serial)) == listed
    assert list(store.of(SUPPLIER)) == listed
    assert list(store.organisations()) == [organisation()]


def test_a_certificate_is_revoked_once(store: CertificateStore) -> None:
    store.add([organisation()])
    assert store.revocation(organisation()) is None
    store.revoke(_RECORD)
    assert store.revocation(organisation()) == _RECORD
    with pytest.raises(CertificateStoreError, match="is revoked already"):
        store.revoke(_RECORD)
    assert list(store.revocations()) == [_RECORD]


def test_revocations_are_in_the_order_of_recording_and_each_issuer_s_own(
    store: CertificateStore,
) -> None:
    namesake = replace(_RECORD, issuer="CN=D1", requested_by="y")
    lowest = replace(_RECORD, revocation=replace(_RECORD.revocation, serial=1))
    for record in (_RECORD, namesake, lowest):
        store.revoke(record)
    assert list(store.revocations()) == [_RECORD, namesake, lowest]
    assert store.revocation(organisation()) == _RECORD
    assert store.revocation(device()) is None


def test_list_numbers_grow(store: CertificateStore) -> None:
    numbers = [store.next_list_number(Hierarchy.DEVICE) for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert store.next_list_number(Hierarchy.ORGANISATION) == 1


def test_one_smki_at_a_time_has_a_database_of_a_server() -> None:
    database = new_database(_nothing)
    first = SqlCertificateStore.on_server(database)
    with pytest.raises(CertificateStoreUnavailable, match="in use"):
        SqlCertificateStore.on_server(database)
    first.add([organisation()])
    first.close()
    second = SqlCertificateStore.on_server(database)
    assert list(second.of(SUPPLIER)) == [organisation()]
    second.close()
    drop_database(database)
