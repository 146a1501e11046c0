"""The client's own restraint: so many requests a second and no more (PIA A6)."""

import asyncio
from datetime import datetime, timedelta

from stayon.ports.clock import Clock

_SLOWEST = 64
"""The pace that was asked for is never divided by more than this."""

_STEPS_BACK = 40
"""Calls that the DSP takes until a pace that was halved from the full one is the full one again."""


class Pace:
    """Hands out turns at a steady rate, first come first served, in bursts of ``burst`` at once.

    After ``hold_off`` nobody gets a turn until that instant: the DSP has asked for it
    (Retry-After), and it asks every request of the campaign, not only the one it refused. From then
    on turns come at half the rate; with each call that the DSP takes it rises again.
    """

    def __init__(self, clock: Clock, per_second: float, burst: int = 1) -> None:
        self._clock = clock
        self._burst = burst
        self._left = 0
        self._open = asyncio.Event()
        self._open.set()
        self._pushed_back_until: datetime | None = None
        self._asked = self._rate = self._valid(per_second, burst)
        self._at = clock.now() - self._interval

    @property
    def per_second(self) -> float:
        """The rate at present, which is at most the one that was asked for."""
        return self._rate

    @property
    def paused(self) -> bool:
        """Whether nobody gets a turn for now."""
        return not self._open.is_set()

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        while True:
            await self._open.wait()
            now = self._clock.now()
            if self._left == 0 or now >= self._at + self._interval:
                self._begin(max(now, self._at + self._interval))
            self._left -= 1
            if self._at > now:
                await self._clock.sleep((self._at - now).total_seconds())
            if self._open.is_set():
                return

    def hold_off(self, until: datetime) -> None:
        """The DSP is full or out of reach: give no turn before ``until``, and then go slower.

        Many calls that were under way together are pushed back together, which counts once.
        """
        now = self._clock.now()
        if self._pushed_back_until is None or now >= self._pushed_back_until:
            self._rate = max(self._rate / 2, self._asked / _SLOWEST)
        self._pushed_back_until = max(until, self._pushed_back_until or until)
        if until > self._at:
            self._begin(until)

    def taken(self) -> None:
        """The DSP has taken a call: go a little faster, if slower than what was asked for."""
        self._rate = min(self._asked, self._rate + self._asked / _STEPS_BACK)

    def change(self, per_second: float) -> None:
        """Go at this rate from now on."""
        self._asked = self._rate = self._valid(per_second, self._burst)

    def pause(self) -> None:
        """Give no turn until ``resume``."""
        self._open.clear()

    def resume(self) -> None:
        """Give turns again."""
        self._open.set()

    @property
    def _interval(self) -> timedelta:
        return timedelta(seconds=self._burst / self._rate)

    @staticmethod
    def _valid(per_second: float, burst: int) -> float:
        if not 0 < per_second < float("inf") or burst < 1:
            raise ValueError("a pace is more than nothing")
        return per_second

    def _begin(self, at: datetime) -> None:
        self._at = at
        self._left = self._burst
