"""Which device comes next, and when."""

import asyncio
import heapq
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.ports.clock import Clock


class Schedule:
    """Devices with the instant at which their next step is due.

    Those due at the same instant come in the order of their position in the portfolio, whatever
    order they were added in: the same world gives the same run.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._due: list[tuple[datetime, int, Eui64]] = []
        self._changed = asyncio.Event()
        self._closed = False

    def add(self, device_id: Eui64, position: int, due: datetime) -> None:
        """Put a device in line."""
        heapq.heappush(self._due, (due, position, device_id))
        self._changed.set()

    def close(self) -> None:
        """Nobody is coming any more: ``next`` returns None from now on."""
        self._closed = True
        self._changed.set()

    async def next(self) -> Eui64 | None:
        """The next device whose time has come, or None when the schedule is closed."""
        while not self._closed:
            self._changed.clear()
            if not self._due:
                await self._changed.wait()
                continue
            wait = (self._due[0][0] - self._clock.now()).total_seconds()
            if wait <= 0:
                return heapq.heappop(self._due)[2]
            await self._sleep_or_change(wait)
        return None

    async def _sleep_or_change(self, wait: float) -> None:
        sleeping = asyncio.ensure_future(self._clock.sleep(wait))
        changing = asyncio.ensure_future(self._changed.wait())
        _, pending = await asyncio.wait((sleeping, changing), return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
