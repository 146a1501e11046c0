"""The clock of the machine."""

import asyncio
import time
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

_WAITS_FOR_NOBODY = nullcontext()
_SINCE_START = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)
"""On Linux it counts the time that a machine was suspended, as everybody else does."""


class SystemClock:
    """Real time; implements ``stayon.ports.clock.Clock``."""

    ahead: timedelta = timedelta(0)
    """How far it is meant to be ahead of the machine's clock."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    def seconds(self) -> float:
        """See ``Clock.seconds``: since the machine was started."""
        return time.clock_gettime(_SINCE_START)

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of real time."""
        await asyncio.sleep(seconds)

    def busy(self) -> AbstractContextManager[None]:
        """Real time waits for nobody."""
        return _WAITS_FOR_NOBODY


class ShiftedClock(SystemClock):
    """Real time, some way ahead of the machine's clock or (negative) behind it.

    For a world whose certificates are those of another year.
    """

    def __init__(self, ahead: timedelta) -> None:
        self.ahead = ahead

    def now(self) -> datetime:
        """The present instant of that world, UTC."""
        return super().now() + self.ahead
