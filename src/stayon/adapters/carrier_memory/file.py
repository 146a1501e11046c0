"""One SQLite file with ``synchronous=FULL``, written in a thread of its own."""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from stayon.ports.outbound import OutboundError

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)

Statement = tuple[str, Iterable[tuple[Any, ...]]]
"""SQL, and the parameters of each time that it is to be executed."""


class MemoryFile:
    """One process has it: another one that opens it is refused."""

    def __init__(self, path: Path, schema: str) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stayon-memory")
        self._connection = sqlite3.connect(
            path, isolation_level=None, check_same_thread=False, timeout=0
        )
        try:
            for pragma in ("locking_mode=EXCLUSIVE", "journal_mode=WAL", "synchronous=FULL"):
                self._connection.execute(f"PRAGMA {pragma}")
            self._connection.executescript(schema)
        except sqlite3.Error as error:
            self.close()
            raise OutboundError(f"{path}: {error}") from error

    async def write(self, *statements: Statement) -> None:
        """Execute them in one transaction; on return it is on disk."""
        await self._in_thread(lambda: self._write(statements))

    def _write(self, statements: Iterable[Statement]) -> None:
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            for sql, rows in statements:
                self._connection.executemany(sql, rows)
            self._connection.execute("COMMIT")
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise

    async def _in_thread(self, work: Callable[[], None]) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, work)
        except sqlite3.Error as error:
            raise OutboundError(f"{self.path}: {error}") from error

    def read(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows of a query; for when the process begins."""
        try:
            return self._connection.execute(sql).fetchall()
        except sqlite3.Error as error:
            raise OutboundError(f"{self.path}: {error}") from error

    def close(self) -> None:
        """Finish what is being written and let go of the file."""
        self._thread.shutdown()
        self._connection.close()


_INSTALLED: Final = """
CREATE TABLE IF NOT EXISTS installed (
    at INTEGER NOT NULL,
    alerts_taken_until INTEGER NOT NULL
);
"""


class InstalledFile(MemoryFile):
    """The file of a process that has meters; a new one is of meters installed ``now`` (UTC).

    ``alerts_taken_until`` is until when all alerts that the homes raised have been taken over.
    """

    def __init__(self, path: Path, schema: str, now: datetime) -> None:
        super().__init__(path, _INSTALLED + schema)
        found = self.read("SELECT at, alerts_taken_until FROM installed")
        if not found:
            at = microseconds(now)
            self._write([("INSERT INTO installed VALUES (?, ?)", [(at, at)])])
            found = [(at, at)]
        self.installed_at = instant(found[0][0])
        self.alerts_taken_until = instant(found[0][1])

    async def alerts_taken(self, until: datetime) -> None:
        """Every alert raised until then has been taken over."""
        await self.write(("UPDATE installed SET alerts_taken_until = ?", [(microseconds(until),)]))
        self.alerts_taken_until = until


def microseconds(instant: datetime) -> int:
    """An instant as it is kept."""
    return (instant - _EPOCH) // _MICROSECOND


def instant(kept: int) -> datetime:
    """The instant that was kept."""
    return _EPOCH + kept * _MICROSECOND
