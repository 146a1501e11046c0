"""Saves in the order in which they were asked for, many to a commit.

The statements are text, and the connection is the driver's own: a campaign saves three times for
every device, and building a statement anew each time costs more than the database does.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Final

from stayon.adapters.campaign_store.rows import PROGRESS_COLUMNS, progress_values
from stayon.domain.portfolio import Progress
from stayon.ports.campaign_store import Evidence

PRAGMAS: Final = (
    "PRAGMA journal_mode=WAL",
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
)
_BUSY_SECONDS: Final = 10.0


def _update(table: str, columns: Sequence[str]) -> str:
    """The row that the first column names, which is there: half the work of an upsert."""
    changed = ", ".join(f"{name} = ?{place}" for place, name in enumerate(columns[1:], 2))
    return f"UPDATE {table} SET {changed} WHERE {columns[0]} = ?1"  # noqa: S608 - our names


def _upsert(table: str, columns: Sequence[str]) -> str:
    places = ", ".join("?" * len(columns))
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return (
        f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names
        f" ON CONFLICT ({columns[0]}) DO UPDATE SET {changed}"
    )


_PROGRESS: Final = _update("progress", PROGRESS_COLUMNS)
_SIGNED: Final = _update("progress", (*PROGRESS_COLUMNS, "request"))
_EVIDENCE: Final = _upsert("evidence", ("device_id", "request_id", "response", "command"))
_RESERVED: Final = "UPDATE campaign SET counters_reserved = ?"


@dataclass(frozen=True, slots=True)
class Save:
    """What is written together: a device's progress, and what comes with it."""

    progress: Progress
    request: bytes | None = None
    evidence: Evidence | None = None


@dataclass(frozen=True, slots=True)
class Reservation:
    """Originator counters up to this one may be used from now on."""

    counter: int


class Writer:
    """One connection, used by one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: sqlite3.Connection | None = None

    def write(self, group: Sequence[Save | Reservation]) -> None:
        """Write all of ``group`` in one transaction, or raise ``sqlite3.Error`` and none of it."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            self._write(connection, group)
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    @staticmethod
    def _write(connection: sqlite3.Connection, group: Iterable[Save | Reservation]) -> None:
        saves = [each for each in group if isinstance(each, Save)]
        # In the order of saving: the last word on a device wins.
        for signed, run in groupby(saves, lambda save: save.request is not None):
            if signed:
                rows = [(*progress_values(save.progress), save.request) for save in run]
                _move(connection, _SIGNED, rows)
            else:
                _move(connection, _PROGRESS, [progress_values(save.progress) for save in run])
        proofs = [each.evidence for each in saves if each.evidence is not None]
        if proofs:
            connection.executemany(
                _EVIDENCE,
                [(p.device_id.octets, p.request_id, p.response, p.command) for p in proofs],
            )
        for each in group:
            if isinstance(each, Reservation):
                connection.execute(_RESERVED, (str(each.counter),))

    def _connection(self) -> sqlite3.Connection:
        if self._open is None:
            connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            for pragma in PRAGMAS:
                connection.execute(pragma)
            self._open = connection
        return self._open

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            with contextlib.suppress(sqlite3.Error):
                self._open.close()
            self._open = None


def _move(
    connection: sqlite3.Connection, statement: str, rows: Sequence[tuple[object, ...]]
) -> None:
    """Raises ``sqlite3.IntegrityError`` for a device that is not of this campaign."""
    moved = connection.executemany(statement, rows).rowcount
    if moved != len(rows):
        raise sqlite3.IntegrityError(f"{len(rows) - moved} of {len(rows)} devices are unknown")
