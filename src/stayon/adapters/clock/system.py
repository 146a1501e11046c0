"""The clock of the machine."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class SystemClock:
    """Real time; implements ``stayon.ports.clock.Clock``."""

    def now(self) -> datetime:
        """The present instant, UTC."""
        return datetime.now(UTC)

    async def sleep(self, seconds: float) -> None:
        """Wait ``seconds`` of real time."""
        await asyncio.sleep(seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        """Real time waits for nobody."""
        yield


class ShiftedClock(SystemClock):
    """Real time, some way ahead of the machine's clock or (negative) behind it.

    For a world whose certificates are those of another year.
    """

    def __init__(self, ahead: timedelta) -> None:
        self._ahead = ahead

    def now(self) -> datetime:
        """The present instant of that world, UTC."""
        return super().now() + self._ahead
