"""Copying an SQLite database while others write to it."""

import sqlite3
from contextlib import closing
from pathlib import Path

from stayon.domain.errors import StayonError


class CopyFailedError(StayonError):
    """A database could not be copied, or the copy is not whole."""


def copy_database(source: Path, target: Path) -> None:
    """Copy one moment of ``source`` to the new file ``target``, and check the copy.

    SQLite's online backup: whoever writes goes on, and what was committed before the copy ends is
    either wholly in it or not at all. A copy of the file by itself would miss the write-ahead log.
    Raises ``CopyFailedError``.
    """
    if target.exists():
        raise CopyFailedError(f"{target}: exists")
    try:
        with (
            closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=ro", uri=True)) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.backup(writing)
        check_database(target)
    except sqlite3.Error as error:
        raise CopyFailedError(f"{source}: {error}") from error


def check_database(path: Path) -> None:
    """Raise ``CopyFailedError`` unless every page and index of ``path`` is as it should be."""
    try:
        with closing(sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as reading:
            found = [row[0] for row in reading.execute("PRAGMA integrity_check")]
    except sqlite3.Error as error:
        raise CopyFailedError(f"{path}: {error}") from error
    if found != ["ok"]:
        raise CopyFailedError(f"{path}: {found[0]}")
