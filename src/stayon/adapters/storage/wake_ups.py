"""Telling other processes that there is work, or that reference data have changed (PostgreSQL).

``Bell`` rings after a commit, in a transaction of its own: a NOTIFY within a commit takes a lock
that all committing processes share until the disk has answered. A ring that is lost, by a death
between the two, costs time and no work: workers look at what is due every few seconds all the same.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Final

import psycopg
from sqlalchemy import URL, Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

WORK: Final = "stayon_work"
REFERENCE: Final = "stayon_reference"
_CONNECT_AGAIN_SECONDS: Final = 1.0
_KEEP_ALIVE: Final = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}


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


class WakeUps:
    """Listens on a connection of its own and connects again whenever that is lost.

    ``on_work`` and ``on_reference`` are called in the event loop for each ring, and both after
    every new connection, since something may have been missed. ``connected`` says whether rings
    are heard now.
    """

    def __init__(
        self, url: URL, on_work: Callable[[], None], on_reference: Callable[[], None]
    ) -> None:
        address = url.set(drivername="postgresql").update_query_dict(_KEEP_ALIVE)
        self._address = address.render_as_string(hide_password=False)
        self._calls = {WORK: on_work, REFERENCE: on_reference}
        self.connected = False

    async def run(self) -> None:
        """Listen, for ever."""
        while True:
            with suppress(psycopg.Error, OSError):
                await self._listen()
            self.connected = False
            await asyncio.sleep(_CONNECT_AGAIN_SECONDS)

    async def _listen(self) -> None:
        connection = await psycopg.AsyncConnection.connect(self._address, autocommit=True)
        async with connection:
            for channel in self._calls:
                await connection.execute(f"LISTEN {channel}")
            self.connected = True
            for call in self._calls.values():
                call()
            async for notice in connection.notifies():
                self._calls[notice.channel]()
