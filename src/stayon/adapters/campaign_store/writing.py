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
    # A statement of many rows would make and unlink a file in /var/tmp.
    "PRAGMA temp_store=MEMORY",
)
_BUSY_SECONDS: Final = 10.0


@cache
def _update(rows: int) -> str:
    """Moves so many devices, which are there, by one statement.

    A statement for each takes a third longer, and as often leaves the interpreter to others.
    """
    row = f"({', '.join('?' * len(PROGRESS_COLUMNS))})"
    names = enumerate(PROGRESS_COLUMNS[1:], 2)
    changed = ", ".join(f"{name} = new.column{at}" for at, name in names)
    return (
        f"UPDATE progress SET {changed}"  # noqa: S608 - our names
        f" FROM (VALUES {', '.join([row] * rows)}) AS new"
        " WHERE progress.device_id = new.column1"
    )


def insert_into(table: str, columns: Sequence[str]) -> str:
    """The statement that adds one row, its values in the order of ``columns``."""
    places = ", ".join("?" * len(columns))
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our names


def _upsert(table: str, keys: Sequence[str], columns: Sequence[str]) -> str:
    changed = ", ".join(f"{name} = excluded.{name}" for name in columns)
    added = insert_into(table, (*keys, *columns))
    return f"{added} ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {changed}"


_ROWS: Final = (64, 32, 16, 8, 4, 2, 1)
"""Of a statement: few sizes, so that SQLite compiles each of them once."""
_EVIDENCE: Final = _upsert("evidence", ("device_id",), ("request_id", "response", "command"))
_REQUEST: Final = _upsert("signed_request", ("device_id", "number"), ("request",))
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
            _move(connection, [progress_values(save.progress) for save in run])
        signed = [
            (each.progress.device_id.octets, each.progress.attempt, each.request)
            for each in saves
            if each.request is not None
        ]
        if signed:
            connection.executemany(_REQUEST, signed)
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
    """Saves next to each other, each of another device."""
    run: list[Save] = []
    devices: set[bytes] = set()
    for save in saves:
        device = save.progress.device_id.octets
        if device in devices:
            yield run
            run, devices = [], set()
        run.append(save)
        devices.add(device)
    if run:
        yield run


def _move(connection: sqlite3.Connection, rows: Sequence[tuple[object, ...]]) -> None:
    """Raises ``sqlite3.IntegrityError`` for a device that is not of this campaign."""
    begin = moved = 0
    while begin < len(rows):
        size = next(each for each in _ROWS if each <= len(rows) - begin)
        values = tuple(chain.from_iterable(rows[begin : begin + size]))
        moved += connection.execute(_update(size), values).rowcount
        begin += size
    if moved != len(rows):
        raise sqlite3.IntegrityError(f"{len(rows) - moved} of {len(rows)} devices are unknown")
