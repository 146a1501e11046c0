"""Saves in the order in which they were asked for, many to a commit.

The statements are text, and the connection is the driver's own: a campaign saves three times for
every device, and building a statement anew each time costs more than the database does.
"""

import contextlib
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain
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


@cache
def _update(columns: tuple[str, ...], rows: int) -> str:
    """Moves so many devices, which are there, by one statement.

    A statement for each takes a third longer, and as often leaves the interpreter to others.
    """
    row = f"({', '.join('?' * len(columns))})"
    changed = ", ".join(f"{name} = new.column{at}" for at, name in enumerate(columns[1:], 2))
    return (
        f"UPDATE progress SET {changed}"  # noqa: S608 - our names
        f" FROM (VALUES {', '.join([row] * rows)}) AS new"
        " WHERE progress.device_id = new.column1"
    )


def insert_into(table: str, columns: Sequence[str]) -> str:
    """The statement that adds one row, its values in the order of ``columns``."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names


def _upsert(table: str, columns: Sequence[str]) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns[1:])
    return f"{insert_into(table, columns)} ON CONFLICT ({columns[0]}) DO UPDATE SET {changed}"


_SIGNED_COLUMNS: Final = (*PROGRESS_COLUMNS, "request")
_ROWS: Final = (64, 32, 16, 8, 4, 2, 1)
"""Of a statement: few sizes, so that SQLite compiles each of them once."""
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
        for run in _runs(saves):
            if run[0].request is None:
                rows = [progress_values(save.progress) for save in run]
                _move(connection, PROGRESS_COLUMNS, rows)
            else:
                signed = [(*progress_values(save.progress), save.request) for save in run]
                _move(connection, _SIGNED_COLUMNS, signed)
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


def _runs(saves: Iterable[Save]) -> Iterator[list[Save]]:
    """Saves next to each other that have a request, or have none, each of another device."""
    run: list[Save] = []
    devices: set[bytes] = set()
    for save in saves:
        device = save.progress.device_id.octets
        if run and (device in devices or (save.request is None) != (run[0].request is None)):
            yield run
            run, devices = [], set()
        run.append(save)
        devices.add(device)
    if run:
        yield run


def _move(
    connection: sqlite3.Connection, columns: tuple[str, ...], rows: Sequence[tuple[object, ...]]
) -> None:
    """Raises ``sqlite3.IntegrityError`` for a device that is not of this campaign."""
    begin = moved = 0
    while begin < len(rows):
        size = next(each for each in _ROWS if each <= len(rows) - begin)
        values = tuple(chain.from_iterable(rows[begin : begin + size]))
        moved += connection.execute(_update(columns, size), values).rowcount
        begin += size
    if moved != len(rows):
        raise sqlite3.IntegrityError(f"{len(rows) - moved} of {len(rows)} devices are unknown")
