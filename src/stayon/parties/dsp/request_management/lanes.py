"""Lanes: work for one target in its order, a few pieces at a time, under a held clock.

Contingency and ordinary traffic wait in two lines, from which a lane takes by turns: however long
one line is, the other moves at half the lane's rate at least (PIA A6).
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from stayon.domain.metering import UserRole
from stayon.ports.clock import Clock
from stayon.ports.store_work import ClaimedWork

Perform = Callable[[Sequence[ClaimedWork]], Awaitable[None]]
Abandon = Callable[[Sequence[ClaimedWork], Exception], Awaitable[None]]

_log = logging.getLogger(__name__)


class Lane:
    """Performs claimed work in batches of at most ``largest``, by at most ``workers`` at a time.

    ``abandon`` is told of what failed by a mistake rather than by the world, and of the mistake.
    """

    def __init__(
        self, perform: Perform, abandon: Abandon, clock: Clock, *, largest: int, workers: int
    ) -> None:
        self._perform = perform
        self._abandon = abandon
        self._clock = clock
        self._largest = largest
        self._most_workers = workers
        self._lines: dict[bool, deque[ClaimedWork]] = {True: deque(), False: deque()}
        self._contingency_next = False
        self._workers: set[asyncio.Task[None]] = set()

    def add(self, claim: ClaimedWork) -> None:
        """Perform ``claim`` when its turn comes."""
        self._lines[is_contingency(claim)].append(claim)
        if len(self._workers) < self._most_workers:
            self._workers.add(asyncio.create_task(self._work()))

    async def _work(self) -> None:
        try:
            with self._clock.busy():
                while claims := self._next():
                    try:
                        await self._perform(claims)
                    except Exception as mistake:  # noqa: BLE001 - it must not stop what comes after
                        _log.exception("work was not done: %s", claims[0].work.key)
                        await self._abandon(claims, mistake)
        finally:
            # Not a turn of the loop later: what is added in between would wait for nobody.
            worker = asyncio.current_task()
            if worker is not None:
                self._workers.discard(worker)

    def _next(self) -> list[ClaimedWork]:
        """The next batch, from each line by turns; the whole of it from one if the other is empty.

        Within a line the order is kept.
        """
        claims: list[ClaimedWork] = []
        while len(claims) < self._largest and any(self._lines.values()):
            line = self._lines[self._contingency_next] or self._lines[not self._contingency_next]
            claims.append(line.popleft())
            self._contingency_next = not self._contingency_next
        return claims

    def drop(self) -> list[ClaimedWork]:
        """Take away what waits."""
        dropped = [claim for line in self._lines.values() for claim in line]
        for line in self._lines.values():
            line.clear()
        return dropped

    async def stop(self) -> None:
        """Drop what waits (its lease runs out and somebody else does it); finish what runs."""
        for line in self._lines.values():
            line.clear()
        await asyncio.gather(*self._workers, return_exceptions=True)


def is_contingency(claim: ClaimedWork) -> bool:
    """Which of the two kinds of traffic a piece of work is."""
    return claim.work.role is UserRole.SOLR_CONTINGENCY
