"""No file of the project names a package registry's host or a place on somebody's machine."""

import re
import sys
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

# Written with a blank for the dot, so that this file does not name them either.
_REGISTRIES = [
    "pypi org", "pythonhosted org", "npmjs org", "npmjs com", "yarnpkg com", "crates io",
    "rubygems org", "proxy golang org", "anaconda org", "repo maven apache org", "docker io",
    "ghcr io", "quay io",
]  # fmt: skip
_HOSTS = [name.replace(" ", ".") for name in _REGISTRIES]
_OF_A_PERSON = re.compile(rb"/(?:home|Users)/[A-Za-z0-9._-]+/|[A-Za-z]:\\Users\\")


def files() -> Iterator[Path]:
    """Every file of the project that .gitignore does not leave out."""
    patterns = [".git/", *(ROOT / ".gitignore").read_text("utf-8").split()]
    for path in ROOT.rglob("*"):
        parts = path.relative_to(ROOT).parts
        if path.is_file() and not any(_ignored(parts, pattern) for pattern in patterns):
            yield path


def _ignored(parts: Sequence[str], pattern: str) -> bool:
    """Whether .gitignore's ``pattern`` fits; one that begins with / is about the root alone."""
    considered = parts[:1] if pattern.startswith("/") else parts
    return any(fnmatch(part, pattern.strip("/")) for part in considered)


def of_this_machine() -> list[bytes]:
    """Where this checkout, its neighbours and its interpreter lie."""
    places = {ROOT, ROOT.parent / "shared", Path(sys.prefix), Path(sys.base_prefix)}
    return [str(place).encode() for place in places if len(place.parts) > 2]


def faults(content: bytes) -> list[str]:
    """What a file names that it should not."""
    unwanted = [*(host.encode() for host in _HOSTS), *of_this_machine()]
    found = [each.decode() for each in unwanted if each in content]
    return found + [each.decode() for each in _OF_A_PERSON.findall(content)]


def test_no_file_names_a_registry_or_a_place_on_a_machine() -> None:
    found = {str(path.relative_to(ROOT)): faults(path.read_bytes()) for path in files()}
    assert {path: each for path, each in found.items() if each} == {}


def test_the_files_of_the_project_are_looked_at() -> None:
    names = {str(path.relative_to(ROOT)) for path in files()}
    assert {"pyproject.toml", "requirements.lock", ".ci/run", "docs/index.md"} <= names
    assert "src/stayon/apps/world/assumptions.toml" in names
    assert not any(name.startswith((".git/", ".venv/")) for name in names)


@pytest.mark.parametrize("host", _HOSTS)
def test_a_registry_would_be_found(host: str) -> None:
    assert faults(f"see https://{host}/simple/x".encode()) == [host]


@pytest.mark.parametrize("place", [str(ROOT / "src"), "/home", "C:\\Users"])
def test_a_place_on_a_machine_would_be_found(place: str) -> None:
    separator = "\\" if place.startswith("C:") else "/"
    assert faults(f"open {place}{separator}somebody{separator}x".encode())
