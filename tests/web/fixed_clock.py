"""A clock that a test sets."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta


class FixedClock:
    """Implements ``stayon.ports.clock.Clock``; time passes when the test says so."""

    def __init__(self) -> None:
        self.time = self.start = datetime(2026, 11, 20, 17, tzinfo=UTC)

    def now(self) -> datetime:
        return self.time

    def go_on(self, by: timedelta) -> None:
        self.time += by

    def seconds(self) -> float:
        return (self.time - self.start).total_seconds()

    async def sleep(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)

    @contextmanager
    def busy(self) -> Iterator[None]:
        yield
