"""Telling other processes that there is work, or that reference data have changed (PostgreSQL).

``Bell`` rings after a commit, in a transaction of its own: a NOTIFY within a commit takes a lock
that all committing processes share until the disk has answered. A ring that is lost, by a death
between the two, costs time and no work: workers look at what is due every few seconds all the same.
"""

from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

WORK: Final = "stayon_work"
REFERENCE: Final = "stayon_reference"


def tell_of_reference_data(connection: Connection) -> None:
    """Have every process look at the reference data once this transaction is committed."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(f"NOTIFY {REFERENCE}")


class Bell:
    """Rings for ``WORK`` on ``engine`` (one in AUTOCOMMIT); one ring at a time is enough."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._thread: ThreadPoolExecutor | None = None
        self._ringing: Future[None] | None = None
        if engine.dialect.name == "postgresql":
            self._thread = ThreadPoolExecutor(1, thread_name_prefix="stayon-bell")

    def ring(self) -> None:
        """Say that work is due; called by the one thread that writes, after its commit."""
        if self._thread is None:
            return
        # A ring that waits its turn tells of this work too; one that rings may be too early.
        if self._ringing is None or self._ringing.running() or self._ringing.done():
            self._ringing = self._thread.submit(self._ring)

    def _ring(self) -> None:
        with suppress(SQLAlchemyError), self._engine.connect() as connection:
            connection.exec_driver_sql(f"NOTIFY {WORK}")

    def close(self) -> None:
        """Return when all rings have rung."""
        if self._thread is not None:
            self._thread.shutdown()
