"""Lanes: work for one target in its order, a few pieces at a time, under a held clock."""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from stayon.ports.clock import Clock
from stayon.ports.store_work import ClaimedWork

Perform = Callable[[Sequence[ClaimedWork]], Awaitable[None]]
Abandon = Callable[[Sequence[ClaimedWork]], None]

_log = logging.getLogger(__name__)


class Lane:
    """Performs claimed work in batches of at most ``largest``, by at most ``workers`` at a time.

    ``abandon`` is told of what failed by a mistake rather than by the world.
    """

    def __init__(
        self, perform: Perform, abandon: Abandon, clock: Clock, *, largest: int, workers: int
    ) -> None:
        self._perform = perform
        self._abandon = abandon
        self._clock = clock
        self._largest = largest
        self._most_workers = workers
        self._waiting: deque[ClaimedWork] = deque()
        self._workers: set[asyncio.Task[None]] = set()

    def add(self, claim: ClaimedWork) -> None:
        """Perform ``claim`` when its turn comes."""
        self._waiting.append(claim)
        if len(self._workers) < self._most_workers:
            worker = asyncio.create_task(self._work())
            self._workers.add(worker)
            worker.add_done_callback(self._workers.discard)

    async def _work(self) -> None:
        with self._clock.busy():
            while self._waiting:
                size = min(len(self._waiting), self._largest)
                claims = [self._waiting.popleft() for _ in range(size)]
                try:
                    await self._perform(claims)
                except Exception:  # noqa: BLE001 - a mistake must not stop what comes after
                    # The lease runs out and brings the work back.
                    _log.exception("work was not done: %s", claims[0].work.key)
                    self._abandon(claims)

    async def stop(self) -> None:
        """Drop what waits (its lease runs out and somebody else does it); finish what runs."""
        self._waiting.clear()
        await asyncio.gather(*self._workers, return_exceptions=True)
