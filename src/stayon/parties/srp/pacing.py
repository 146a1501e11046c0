"""The client's own restraint: so many requests a second and no more (PIA A6)."""

from datetime import datetime, timedelta

from stayon.ports.clock import Clock


class Pace:
    """Hands out turns at a steady rate, first come first served.

    After ``hold_off`` nobody gets a turn until that instant: the DSP has asked for it
    (Retry-After), and it asks every request of the campaign, not only the one it refused.
    """

    def __init__(self, clock: Clock, per_second: float) -> None:
        if per_second <= 0:
            raise ValueError("a pace is more than nothing")
        self._clock = clock
        self._gap = timedelta(seconds=1 / per_second)
        self._next = clock.now()

    async def turn(self) -> None:
        """Return when it is the caller's turn."""
        now = self._clock.now()
        turn = max(now, self._next)
        self._next = turn + self._gap
        if turn > now:
            await self._clock.sleep((turn - now).total_seconds())

    def hold_off(self, until: datetime) -> None:
        """Give no turn before ``until``."""
        self._next = max(self._next, until)
