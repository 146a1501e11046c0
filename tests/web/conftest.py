"""What holds for every test of the pages."""

import pytest
from argon2 import PasswordHasher

from stayon.web.signing_in import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords are hashed by the same algorithm, with none of the work that makes it slow.

    ``test_passwords`` holds the program to the strength that it should have.
    """
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    monkeypatch.setattr(passwords, "_HASHER", cheap)
