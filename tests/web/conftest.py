"""What holds for every test of the pages."""

import pytest
from tests.support.cheap_hashes import CHEAP

from stayon.web.signing_in import passwords


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "_HASHER", CHEAP)
