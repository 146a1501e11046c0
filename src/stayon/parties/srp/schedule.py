"""Which device comes next, and when."""

import asyncio
import heapq
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.parties.waiting import wait_for
from stayon.ports.clock import Clock


class Schedule:
    """Devices with the instant at which their next step is due: one appointment a device.

    Those due at the same instant come in the order of their position in the portfolio, whatever
    order they were added in: the same world gives the same run.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._line: list[tuple[datetime, int, Eui64]] = []
        self._appointment: dict[Eui64, datetime] = {}
        self._changed = asyncio.Event()
        self._closed = False

    def add(self, device_id: Eui64, position: int, due: datetime) -> None:
        """Put a device in line; an appointment that it had before is void."""
        earlier = not self._line or due < self._line[0][0]
        self._appointment[device_id] = due
        heapq.heappush(self._line, (due, position, device_id))
        if earlier:  # whoever waits for the one in front need not be told of any other
            self._changed.set()

    def close(self) -> None:
        """Nobody is coming any more: ``next`` returns None from now on."""
        self._closed = True
        self._changed.set()

    async def next(self) -> Eui64 | None:
        """The next device whose time has come, or None when the schedule is closed."""
        while not self._closed:
            self._changed.clear()
            self._drop_void()
            if not self._line:
                await self._changed.wait()
                continue
            due, _, device_id = self._line[0]
            wait = (due - self._clock.now()).total_seconds()
            if wait <= 0:
                heapq.heappop(self._line)
                del self._appointment[device_id]
                return device_id
            await wait_for(self._changed, self._clock, wait)
        return None

    def _drop_void(self) -> None:
        while self._line and self._appointment.get(self._line[0][2]) != self._line[0][0]:
            heapq.heappop(self._line)
