"""One SQLite file, ``synchronous=FULL``: what the DSP was told is kept survives the machine."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stayon.domain.eui64 import Eui64
from stayon.ports.alert_store import AlertStoreUnavailable, KeptAlert

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_SCHEMA = """
CREATE TABLE IF NOT EXISTS alert (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    device TEXT NOT NULL,
    counter TEXT NOT NULL,
    code INTEGER,
    received_at INTEGER NOT NULL,
    document BLOB NOT NULL,
    forwarded_at INTEGER,
    UNIQUE (device, counter)
);
CREATE INDEX IF NOT EXISTS alert_waiting ON alert (number) WHERE forwarded_at IS NULL;
"""
_COLUMNS = "received_at, device, counter, code, document, number, forwarded_at"


class SqliteAlertStore:
    """Implements ``AlertStore``; a counter has up to 64 bits and is kept in decimal."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._errors():
            self._connection = sqlite3.connect(path, isolation_level=None)
            try:
                self._connection.execute("PRAGMA journal_mode=WAL")
                self._connection.execute("PRAGMA synchronous=FULL")
                self._connection.executescript(_SCHEMA)
            except BaseException:
                self._connection.close()
                raise

    def close(self) -> None:
        """Let go of the file."""
        self._connection.close()

    def keep(self, alert: KeptAlert) -> bool:
        """See ``AlertStore.keep``."""
        with self._errors():
            written = self._connection.execute(
                "INSERT INTO alert (device, counter, code, received_at, document)"
                " VALUES (?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
                (
                    alert.device.hex,
                    str(alert.counter),
                    alert.code,
                    _microseconds(alert.received_at),
                    alert.document,
                ),
            )
            return written.rowcount == 1

    def waiting(self, limit: int) -> Sequence[KeptAlert]:
        """See ``AlertStore.waiting``."""
        return self._read(f"WHERE forwarded_at IS NULL ORDER BY number LIMIT {limit:d}")

    def forwarded(self, number: int, at: datetime) -> None:
        """See ``AlertStore.forwarded``."""
        with self._errors():
            self._connection.execute(
                "UPDATE alert SET forwarded_at = ? WHERE number = ?", (_microseconds(at), number)
            )

    def alerts(self) -> Sequence[KeptAlert]:
        """See ``AlertStore.alerts``."""
        return self._read("ORDER BY number")

    def _read(self, which: str) -> list[KeptAlert]:
        with self._errors():
            # Only words of this module are put together here.
            rows = self._connection.execute(f"SELECT {_COLUMNS} FROM alert {which}")  # noqa: S608
            return [
                KeptAlert(
                    _instant(received_at),
                    Eui64.parse(device),
                    int(counter),
                    code,
                    document,
                    number,
                    None if forwarded_at is None else _instant(forwarded_at),
                )
                for received_at, device, counter, code, document, number, forwarded_at in rows
            ]

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise AlertStoreUnavailable(f"{self._path}: {error}") from error


def _microseconds(instant: datetime) -> int:
    return (instant - _EPOCH) // _MICROSECOND


def _instant(microseconds: int) -> datetime:
    return _EPOCH + microseconds * _MICROSECOND
