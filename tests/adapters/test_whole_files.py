"""A file is there whole or as it was, also where the disk takes no more."""

import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.support.throwaway_keys import throwaway_key

from stayon.adapters.keys.files import PrivateKeyError, read_private_key, write_private_key
from stayon.adapters.keys.whole_files import create_private_file, replace_file

_LONG = b"x" * 5000


@contextmanager
def _full() -> Iterator[None]:
    """Nobody in this process writes more than the first octets of a file."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_cannot_be_written_is_as_before(tmp_path: Path) -> None:
    file, new = tmp_path / "world.json", tmp_path / "new.json"
    replace_file(file, b"before")
    with _full():
        for path in (file, new):
            with pytest.raises(OSError, match="File too large"):
                replace_file(path, _LONG)
    assert file.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [file]
    replace_file(file, _LONG)
    assert file.read_bytes() == _LONG


def test_a_key_that_did_not_fit_is_written_when_there_is_room(tmp_path: Path) -> None:
    path, key = tmp_path / "key.pem", throwaway_key("whole file")
    with _full(), pytest.raises(PrivateKeyError, match="File too large"):
        write_private_key(path, key)
    assert list(tmp_path.iterdir()) == []
    write_private_key(path, key)
    assert read_private_key(path).public_key == key.public_key()


def test_a_private_file_is_its_owners_and_takes_nobodys_place(tmp_path: Path) -> None:
    path = tmp_path / "token"
    create_private_file(path, b"first")
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(FileExistsError):
        create_private_file(path, b"second")
    assert path.read_bytes() == b"first"


def test_what_somebody_left_who_died_is_in_nobodys_way(tmp_path: Path) -> None:
    path = tmp_path / "token"
    (tmp_path / ".token.part").write_bytes(b"half a tok")
    create_private_file(path, b"token")
    assert [each.read_bytes() for each in tmp_path.iterdir()] == [b"token"]
