"""The SMKI goes on where it was: nothing that it said is taken back by a restart."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.smki.world import METER, SUPPLIER, SetClock, issue, key, new_smki

from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.parties.smki import Smki
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.status import Revoked, Valid
from stayon.smki_profile import (
    Capacity,
    DeviceRequest,
    Hierarchy,
    KeyUsage,
    RevocationReason,
)

Run = Callable[[], AbstractContextManager[Smki]]

_BOTH = [
    DeviceRequest(METER, KeyUsage.DIGITAL_SIGNATURE, key("meter").public_key()),
    DeviceRequest(METER, KeyUsage.KEY_AGREEMENT, key("meter agreement").public_key()),
]


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
def run(tmp_path: Path, clock: SetClock) -> Run:
    @contextmanager
    def running() -> Iterator[Smki]:
        with closing(SqlCertificateStore.in_file(tmp_path / "smki.db")) as store:
            yield new_smki(clock, store=store)

    return running


def test_a_revocation_outlasts_the_process(run: Run, clock: SetClock) -> None:
    with run() as smki:
        certificate, other = issue(smki), issue(smki, usage=KeyUsage.KEY_AGREEMENT)
        smki.revoke(certificate, RevocationReason.PRIVILEGE_WITHDRAWN, by="PMA")
        later = clock.now() + timedelta(days=1)
        smki.revoke(other, RevocationReason.PRIVILEGE_WITHDRAWN, by="PMA", at=later)
        number = smki.revocation_list(Hierarchy.ORGANISATION).number
    with run() as smki:
        assert isinstance(smki.repository.status(certificate, clock.now()), Revoked)
        assert smki.repository.status(other, clock.now()) == Valid()
        assert isinstance(smki.repository.status(other, later), Revoked)
        listed = smki.revocation_list(Hierarchy.ORGANISATION)
        assert list(listed.revocations) == [certificate.serial]
        assert listed.number > number
        with pytest.raises(SmkiError, match="is revoked already"):
            smki.revoke(certificate, RevocationReason.SUPERSEDED, by="PMA")


@pytest.mark.requirement("R2", refuses=True)
def test_a_capacity_and_a_device_outlast_the_process(run: Run) -> None:
    with run() as smki:
        smki.issue_devices(_BOTH)
    with run() as smki:
        with pytest.raises(SmkiError, match="needs another EUI-64"):
            smki.enrol(SUPPLIER, "A Supplier Ltd", Capacity.SOLR_CONTINGENCY)
        with pytest.raises(SmkiError, match="is a device"):
            smki.enrol(METER, "A Meter Ltd", Capacity.SUPPLIER)


def test_serial_numbers_do_not_come_again(run: Run) -> None:
    with run() as smki:
        before = smki.issue_devices(_BOTH)
    with run() as smki:
        after = smki.issue_devices(_BOTH)
        assert len({one.serial for one in before + after}) == 4
        assert smki.repository.find(METER) == (*after[::-1], *before[::-1])


def test_device_certificates_are_issued_all_or_none(run: Run) -> None:
    subscriber = DeviceRequest(SUPPLIER, KeyUsage.KEY_AGREEMENT, key("x").public_key())
    with run() as smki:
        with pytest.raises(SmkiError, match="is enrolled as an organisation"):
            smki.issue_devices([*_BOTH, subscriber])
        assert smki.repository.find(METER) == ()
