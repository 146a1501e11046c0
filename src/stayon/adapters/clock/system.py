"""The clock of the machine."""

import asyncio
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime, timedelta

_WAITS_FOR_NOBODY = nullcontext()


class SystemClock:
    """Real time; implements ``stayon.ports.clock.Clock``."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

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
        self._ahead = ahead

    def now(self) -> datetime:
        """The present instant of that world, UTC."""
        return super().now() + self._ahead
