"""MP134A: the PMA delays the revocation of a supplier's certificates, and lifts the delay."""

from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.smki.registration_world import RegistrationWorld
from tests.parties.smki.world import START, SUPPLIER, issue

from stayon.adapters.smki_store.registration_sql import SqlRegistrationStore
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.parties.smki import Revoked, SmkiError, Valid
from stayon.ports.registration_store import Decision
from stayon.smki_profile import Hierarchy, RemotePartyRole, RevocationReason

UNTIL = START + timedelta(days=14)
WORDS = {"reference": "PMA-2026-31", "reason": "homes on prepayment", "by": "the PMA"}


@pytest.mark.requirement("MP134A")
@pytest.mark.requirement("R6.B", "R6.C")
def test_while_delayed_the_certificates_are_valid_and_after_the_lift_revoked(
    tmp_path: Path,
) -> None:
    store = SqlRegistrationStore.in_file(tmp_path / "smki.sqlite")
    world = RegistrationWorld(store=store)
    certificate = issue(world.smki)
    world.pma.delay(SUPPLIER, UNTIL, **WORDS)
    repository = world.smki.repository
    role = RemotePartyRole.SUPPLIER
    assert repository.status(certificate, START) == Valid()
    assert not repository.standing(SUPPLIER, role, START).is_revoked
    assert world.smki.revocation_list(Hierarchy.ORGANISATION).revocations == {}
    later = issue(world.smki, "87")
    world.clock.instant = START + timedelta(days=3)
    world.pma.lift(SUPPLIER, **WORDS)
    assert isinstance(repository.status(certificate, world.clock.now()), Revoked)
    assert isinstance(repository.status(later, world.clock.now()), Revoked)
    assert repository.standing(SUPPLIER, role, world.clock.now()).is_revoked
    assert set(world.smki.revocation_list(Hierarchy.ORGANISATION).revocations) == {
        certificate.serial, later.serial,
    }  # fmt: skip
    delay, lift = world.pma.decisions()
    assert (delay.decision, delay.until, delay.reason) == (
        Decision.DELAY, UNTIL, "homes on prepayment",
    )  # fmt: skip
    assert (lift.decision, lift.recorded_at) == (Decision.LIFT, world.clock.now())
    store.close()


@pytest.mark.requirement("R6.B", "R6.C")
def test_a_delay_that_nobody_lifts_ends_by_itself() -> None:
    world = RegistrationWorld()
    certificate = issue(world.smki)
    world.pma.delay(SUPPLIER, UNTIL, **WORDS)
    before = UNTIL.replace(microsecond=0) - timedelta(seconds=1)
    assert world.smki.repository.status(certificate, before) == Valid()
    assert isinstance(world.smki.repository.status(certificate, UNTIL), Revoked)
    world.clock.instant = UNTIL
    with pytest.raises(SmkiError, match=r"no revocation of .* is delayed"):
        world.pma.lift(SUPPLIER, **WORDS)


@pytest.mark.requirement("MP134A", refuses=True)
@pytest.mark.requirement("R6.B", "R6.C", refuses=True)
def test_what_the_pma_cannot_decide() -> None:
    world = RegistrationWorld()
    with pytest.raises(SmkiError, match="has none that is not revoked"):
        world.pma.delay(SUPPLIER, UNTIL, **WORDS)
    issue(world.smki)
    with pytest.raises(SmkiError, match=r"no revocation of .* is delayed"):
        world.pma.lift(SUPPLIER, **WORDS)
    with pytest.raises(SmkiError, match="ends in the future"):
        world.pma.delay(SUPPLIER, START, **WORDS)
    for missing in ("reference", "reason"):
        with pytest.raises(SmkiError, match=f"has a {missing}"):
            world.pma.delay(SUPPLIER, UNTIL, **{**WORDS, missing: " "})
    assert world.pma.decisions() == ()
    world.pma.delay(SUPPLIER, UNTIL, **WORDS)
    with pytest.raises(SmkiError, match="is delayed already"):
        world.pma.delay(SUPPLIER, UNTIL, **WORDS)


def test_a_compromised_key_is_revoked_during_a_delay(tmp_path: Path) -> None:
    world = RegistrationWorld()
    certificate = issue(world.smki)
    world.pma.delay(SUPPLIER, UNTIL, **WORDS)
    world.smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="an ARO")
    status = world.smki.repository.status(certificate, world.clock.now())
    assert isinstance(status, Revoked)
    assert status.reason is RevocationReason.KEY_COMPROMISE


def test_a_revocation_brought_forward_outlasts_the_process(tmp_path: Path) -> None:
    from tests.parties.smki.world import new_smki  # noqa: PLC0415

    file = tmp_path / "smki.sqlite"
    store = SqlCertificateStore.in_file(file)
    smki = new_smki(store=store)
    certificate = issue(smki)
    smki.revoke(certificate, RevocationReason.SUPERSEDED, by="x", at=UNTIL)
    smki.revoke(certificate, RevocationReason.KEY_COMPROMISE, by="y")
    store.close()
    store = SqlCertificateStore.in_file(file)
    (record,) = store.revocations()
    assert (record.requested_by, record.revocation.at) == ("y", START.replace(microsecond=0))
    store.close()
