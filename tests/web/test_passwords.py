"""How strongly passwords are hashed, where the other tests of the pages do it cheaply."""

import pytest

from stayon.web.signing_in import passwords
from stayon.web.signing_in.passwords import hash_password, matches

PASSWORD = "correct horse battery"
IN_USE = passwords._HASHER


@pytest.fixture(autouse=True)
def as_it_ships(cheap_hashes: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", IN_USE)


def test_a_hash_is_as_strong_as_rfc_9106_recommends() -> None:
    """Its second recommended option: 64 MiB, three passes, four lanes."""
    kept = hash_password(PASSWORD)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert kept != hash_password(PASSWORD)
    assert matches(PASSWORD, kept)
    assert not matches(PASSWORD + "x", kept)


def test_nobody_s_password_matches_nothing() -> None:
    assert not matches("the password of an account that does not exist", None)
    assert not matches(PASSWORD, "!")
