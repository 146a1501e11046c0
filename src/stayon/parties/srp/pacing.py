"""The client's own restraint: so many requests a second and no more (PIA A6)."""

from datetime import datetime, timedelta

from stayon.ports.clock import Clock


class Pace:
    """Hands out turns at a steady rate, first come first served, in bursts of ``burst`` at once.

    After ``hold_off`` nobody gets a turn until that instant: the DSP has asked for it
    (Retry-After), and it asks every request of the campaign, not only the one it refused.
    """

    def __init__(self, clock: Clock, per_second: float, burst: int = 1) -> None:
        if per_second <= 0 or burst < 1:
            raise ValueError("a pace is more than nothing")
        self._clock = clock
        self._interval = timedelta(seconds=burst / per_second)
        self._burst = burst
        self._left = 0
        self._at = clock.now() - self._interval

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        now = self._clock.now()
        if self._left == 0 or now >= self._at + self._interval:
            self._begin(max(now, self._at + self._interval))
        self._left -= 1
        if self._at > now:
            await self._clock.sleep((self._at - now).total_seconds())

    def hold_off(self, until: datetime) -> None:
        """Give no turn before ``until``."""
        if until > self._at:
            self._begin(until)

    def _begin(self, at: datetime) -> None:
        self._at = at
        self._left = self._burst
