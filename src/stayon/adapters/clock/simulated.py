"""A clock that stands still while anybody works and then jumps to the next appointment."""

import asyncio
import heapq
import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from stayon.domain.instants import require_utc

_SETTLING_ROUNDS = 12
"""Turns of the event loop without work after which nobody is about to wake up.

A hand-over inside the loop (an Event, a Future, a Queue) takes one turn or two; whoever waits for
a socket or a thread holds ``busy()`` meanwhile.
"""


class SimulatedClock:
    """Simulated time; implements ``stayon.ports.clock.Clock``.

    What happens at one instant takes no time, however long the machine needs for it, so a run
    gives the same instants on a slow machine and on a fast one.
    """

    def __init__(self, start: datetime) -> None:
        self._start = require_utc(start, "start of the simulated clock")
        self._now = self._start
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._ties = itertools.count()
        self._appointments: list[tuple[datetime, int, asyncio.Future[None]]] = []

    def now(self) -> datetime:
        """The present simulated instant, UTC."""
        return self._now

    def seconds(self) -> float:
        """See ``Clock.seconds``: since the start of the simulation."""
        return (self._now - self._start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        """Wait until the simulation has reached ``seconds`` from now."""
        woken: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        due = self._now + timedelta(seconds=max(seconds, 0.0))
        heapq.heappush(self._appointments, (due, next(self._ties), woken))
        await woken

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Hold the clock still."""
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if self._busy == 0:
                self._idle.set()

    async def run_until(self, end: datetime) -> None:
        """Let simulated time pass until ``end``; everything due by then has happened."""
        while True:
            await self._settle()
            while self._appointments and self._appointments[0][2].cancelled():
                heapq.heappop(self._appointments)
            if not self._appointments or self._appointments[0][0] > end:
                self._now = max(self._now, end)
                return
            due, _, woken = heapq.heappop(self._appointments)
            self._now = max(self._now, due)
            woken.set_result(None)
            self._wake_all_due_now()

    def _wake_all_due_now(self) -> None:
        while self._appointments and self._appointments[0][0] <= self._now:
            _, _, woken = heapq.heappop(self._appointments)
            if not woken.cancelled():
                woken.set_result(None)

    async def _settle(self) -> None:
        quiet = 0
        while quiet < _SETTLING_ROUNDS:
            await self._idle.wait()
            await asyncio.sleep(0)
            quiet = 0 if self._busy else quiet + 1
