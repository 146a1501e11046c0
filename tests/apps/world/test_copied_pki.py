"""The keys of a world in a process that has not the SMKI: it finds keys, and makes none."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

import pytest

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.keys.local import LocalKey
from stayon.adapters.keys.pkcs11 import HsmKeys
from stayon.adapters.smki_store.memory import MemoryCertificateStore
from stayon.apps.world.cast import DSP
from stayon.apps.world.key_rotation import KEYS
from stayon.apps.world.pki import Held, WorldPki, key_name
from stayon.domain.errors import StayonError
from stayon.smki_profile import OrganisationCertificate, derive_private_key

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
_DSP = KEYS["dsp"]


class Tokens:
    """Stands for ``HsmKeys``: the DSP's XML signing keys lie here, whoever asks."""

    def __init__(self) -> None:
        self.keys: dict[str, LocalKey] = {}

    def holds(self, name: str) -> bool:
        return name.startswith(key_name(_DSP))

    def find(self, name: str) -> LocalKey | None:
        return self.keys.get(name)

    def create(self, name: str) -> LocalKey:
        self.keys[name] = LocalKey(derive_private_key(b"token", name.encode()))
        return self.keys[name]


def _issuing(tokens: Tokens) -> WorldPki:
    return WorldPki(b"a secret", SimulatedClock(NOW), hsm=cast("HsmKeys", tokens))


def _issued(pki: WorldPki) -> list[OrganisationCertificate]:
    return [
        one for one in pki.smki.repository.find(None) if isinstance(one, OrganisationCertificate)
    ]


def _copy(certificates: Iterable[OrganisationCertificate], tokens: Tokens) -> WorldPki:
    store = MemoryCertificateStore()
    store.add(certificates)
    return WorldPki(
        b"a secret",
        SimulatedClock(NOW),
        store=store,
        founded=NOW,
        hsm=cast("HsmKeys", tokens),
        issues=False,
    )


def test_a_new_key_is_used_once_it_is_certified_and_in_its_token() -> None:
    tokens = Tokens()
    smki = _issuing(tokens)
    copy = _copy(_issued(smki), tokens)
    told: list[Held] = []
    copy.follow(_DSP, told.append)
    with pytest.raises(StayonError, match="is not in its token yet"):
        copy.prepare(_DSP, 2)
    assert key_name(_DSP, 2) not in tokens.keys
    new = smki.prepare(_DSP, 2)
    with pytest.raises(StayonError, match="has not certified"):
        copy.prepare(_DSP, 2)
    for _ in range(2):
        copy.learn(_issued(smki))
    held = copy.prepare(_DSP, 2)
    assert held.certificate == new.certificate
    copy.renew(_DSP, held)
    assert told == [held]
    assert copy.held(*_DSP).certificate == new.certificate


def test_a_process_begins_with_the_first_key_that_was_not_retired() -> None:
    tokens = Tokens()
    smki = _issuing(tokens)
    smki.prepare(_DSP, 2)
    third = smki.prepare(_DSP, 3)
    for retired in (1, 2):
        del tokens.keys[key_name(_DSP, retired)]
    copy = _copy(_issued(smki), tokens)
    assert copy.held(*_DSP).certificate == third.certificate
    assert third.certificate.eui64 == DSP
    del tokens.keys[key_name(_DSP, 3)]
    with pytest.raises(StayonError, match="is not in its token yet"):
        _copy(_issued(smki), tokens)
    assert not tokens.keys
