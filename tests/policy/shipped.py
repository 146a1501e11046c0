"""The policy files as they ship, to change in a test."""

from functools import cache

from stayon.adapters.package_data import read
from stayon.policy import FILES, Policy, load_policy


@cache
def shipped_files() -> dict[str, str]:
    return {name: read(f"policy/data/{name}").decode() for name in FILES}


@cache
def shipped_policy() -> Policy:
    return load_policy(shipped_files())


def changed(name: str, *replacements: tuple[str, str]) -> Policy:
    """The shipped policy with texts of one file replaced, each of which must be there."""
    text = shipped_files()[name]
    for old, new in replacements:
        assert old in text, old
        text = text.replace(old, new)
    return load_policy({**shipped_files(), name: text})
