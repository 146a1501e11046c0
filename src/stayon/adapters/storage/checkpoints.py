"""SQLite's write-ahead log goes into the database beside the commits, not within one of them.

By itself SQLite does that in whichever commit fills the log's thousandth page: that group waits
for two more flushes of the disk than the others, which shows as the 99th percentile.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Final

from sqlalchemy import Engine, event
from sqlalchemy.exc import SQLAlchemyError

_TRANSACTIONS: Final = 64
"""After so many, the log is looked at."""
_AT_MOST_PAGES: Final = 20_000
"""Of the log (80 MB); the commit that goes beyond clears what is left of it.

Only when nothing is left is the log begun again, and under load something always is until then.
"""


class Checkpoints:
    """Clears the log that ``writing`` fills, over a connection of ``other`` in AUTOCOMMIT.

    Says nothing on PostgreSQL, which has a process for it. A checkpoint is passive: it waits for
    nobody and nobody for it. What it cannot do because somebody reads or writes, the next one does;
    one that fails loses nothing, since what is committed is in the log, and on disk.
    """

    def __init__(self, writing: Engine, other: Engine) -> None:
        self._other = other
        self._thread: ThreadPoolExecutor | None = None
        self._since = 0
        self._running: Future[None] | None = None
        if writing.dialect.name == "sqlite":
            event.listen(writing, "connect", _let_the_log_grow)
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="stayon-checkpoint")

    def committed(self) -> None:
        """Count a transaction; called by the one thread that writes."""
        self._since += 1
        if self._thread is None or self._since < _TRANSACTIONS:
            return
        if self._running is None or self._running.done():
            self._since = 0
            self._running = self._thread.submit(self._checkpoint)

    def _checkpoint(self) -> None:
        with suppress(SQLAlchemyError), self._other.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(PASSIVE)").close()

    def close(self) -> None:
        """Return when none is under way."""
        if self._thread is not None:
            self._thread.shutdown()


def _let_the_log_grow(connection: Any, _record: object) -> None:
    connection.execute(f"PRAGMA wal_autocheckpoint={_AT_MOST_PAGES}").close()
