"""Hearing what other processes tell by ``wake_ups`` (PostgreSQL only)."""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Final

import psycopg
from sqlalchemy import URL

from stayon.adapters.storage.wake_ups import REFERENCE, WORK

_CONNECT_AGAIN_SECONDS: Final = 1.0
_KEEP_ALIVE: Final = {"keepalives_idle": "10", "keepalives_interval": "5", "keepalives_count": "3"}


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
