"""Originator counters that no earlier request can have used (decision 4; PIA A3)."""

import asyncio
from datetime import datetime

from stayon.domain.errors import FieldError
from stayon.domain.request_id import MAX_COUNTER
from stayon.ports.campaign_store import CampaignStore
from stayon.ports.clock import Clock

_BLOCK = 60_000
"""Counters that are reserved at a time: those of the coming minute."""


def next_counter(last_used: int | None, floor: int, now: datetime) -> int:
    """The counter for a new attempt.

    At least one more than ``last_used``, the portfolio's ``floor``, and the Unix time in
    milliseconds: a supplier that counted by any of these is continued. Raises ``FieldError`` when
    there is no number left.
    """
    counter = max(_milliseconds(now), floor, -1 if last_used is None else last_used + 1)
    if counter > MAX_COUNTER:
        raise FieldError("originator counter", "is used up: no larger number fits 64 bits")
    return counter


class Counters:
    """Hands out counters of which it is on disk beforehand that they may have been used.

    The store holds how far the present block goes, one write for all devices and a minute. A
    campaign that is taken up again begins beyond the block of its earlier life, so that nothing is
    signed twice under one counter, whatever was being signed when that life ended.
    """

    def __init__(self, store: CampaignStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._reserved = store.counters_reserved()
        self._floor = 0 if self._reserved is None else self._reserved + 1
        self._reserving = asyncio.Lock()

    async def next(self, last_used: int | None, floor: int) -> tuple[int, bool]:
        """The counter for a new attempt, and whether it is reserved on disk already.

        It is not where a device's own ``last_used`` or ``floor`` is beyond the time's block: a
        block that reached so far would take all others along. Raises ``FieldError`` when there is
        no number left, and ``CampaignStoreUnavailable``.
        """
        now = self._clock.now()
        counter = next_counter(last_used, max(floor, self._floor), now)
        if self._covers(counter):
            return counter, True
        end = max(_milliseconds(now), self._floor) + _BLOCK
        if counter > end:
            return counter, False
        async with self._reserving:
            if not self._covers(counter):
                await self._store.reserve_counters(end)
                self._reserved = end
        return counter, True

    def _covers(self, counter: int) -> bool:
        return self._reserved is not None and counter <= self._reserved


def _milliseconds(instant: datetime) -> int:
    return int(instant.timestamp() * 1000)
