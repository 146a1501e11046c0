"""What every certificate store must do."""

import pytest
from tests.smki_profile.pki import DEVICE, NOW, SUPPLIER, device, organisation

from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.ports.smki_store import (
    CertificateStore,
    CertificateStoreError,
    RevocationRecord,
    Subscriber,
)
from stayon.smki_profile import Capacity, Hierarchy, Revocation, RevocationReason


@pytest.fixture
def store() -> CertificateStore:
    return MemoryCertificateStore()


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


def test_certificates_are_added_all_or_none(store: CertificateStore) -> None:
    store.add([organisation()])
    with pytest.raises(CertificateStoreError, match="CN=Z1,OU=07 has a certificate with serial"):
        store.add([device(), organisation("87")])
    assert store.of(DEVICE) == ()
    assert list(store.organisations()) == [organisation()]


def test_a_serial_number_occurs_once_in_a_batch(store: CertificateStore) -> None:
    with pytest.raises(CertificateStoreError):
        store.add([organisation("02"), organisation("87")])
    assert store.by_serial(organisation().serial) == ()


def test_what_is_added_is_found(store: CertificateStore) -> None:
    store.add([organisation(), device()])
    assert list(store.of(SUPPLIER)) == [organisation()]
    assert list(store.by_serial(device().serial)) == [device()]
    assert list(store.organisations()) == [organisation()]


def test_a_certificate_is_revoked_once(store: CertificateStore) -> None:
    store.add([organisation()])
    assert store.revocation(organisation()) is None
    store.revoke(_RECORD)
    assert store.revocation(organisation()) == _RECORD
    with pytest.raises(CertificateStoreError, match="is revoked already"):
        store.revoke(_RECORD)
    assert list(store.revocations()) == [_RECORD]


def test_list_numbers_grow(store: CertificateStore) -> None:
    numbers = [store.next_list_number(Hierarchy.DEVICE) for _ in range(3)]
    assert numbers == sorted(set(numbers))
    assert store.next_list_number(Hierarchy.ORGANISATION) >= 1
