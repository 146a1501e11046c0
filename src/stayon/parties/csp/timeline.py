"""What is due when: one heap and one sleeper, however many things wait."""

import asyncio
import heapq
import itertools
import math
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

from stayon.parties.waiting import wait_for
from stayon.ports.clock import Clock

_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_Event = TypeVar("_Event")


Rank = tuple[bytes, int]
"""A device and the number of what is for or from it."""


class Timeline(Generic[_Event]):
    """Events in the order of their due times.

    What is due at the same instant comes in the order of its rank (a device and a number), which
    is the same in every run, unlike the order in which tasks happen to add it.
    """

    def __init__(self, clock: Clock, tick: float) -> None:
        """Due times are rounded up to whole multiples of ``tick`` seconds."""
        self._clock = clock
        self._tick = tick
        self._heap: list[tuple[datetime, Rank, int, _Event]] = []
        self._ties = itertools.count()
        self._changed = asyncio.Event()

    def add(self, due: datetime, rank: Rank, event: _Event) -> None:
        """Let ``event`` happen on the first tick at or after ``due`` that is still to come."""
        at = self._tick_at(due)
        if at <= self._clock.now():
            at = self._tick_at(self._clock.now() + timedelta(microseconds=1))
        earlier = not self._heap or at < self._heap[0][0]
        heapq.heappush(self._heap, (at, rank, next(self._ties), event))
        if earlier:
            self._changed.set()

    def _tick_at(self, instant: datetime) -> datetime:
        ticks = math.ceil((instant - _EPOCH) / timedelta(seconds=self._tick))
        return _EPOCH + timedelta(seconds=ticks * self._tick)

    def take(self, limit: int) -> list[_Event]:
        """Up to ``limit`` events that are due now; they are the caller's from here."""
        now = self._clock.now()
        due: list[_Event] = []
        while len(due) < limit and self._heap and self._heap[0][0] <= now:
            due.append(heapq.heappop(self._heap)[-1])
        return due

    async def until_due(self) -> None:
        """Return when something is due."""
        while not self._heap or self._heap[0][0] > self._clock.now():
            self._changed.clear()
            if not self._heap:
                await self._changed.wait()
                continue
            seconds = (self._heap[0][0] - self._clock.now()).total_seconds()
            await wait_for(self._changed, self._clock, seconds)
