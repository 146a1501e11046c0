"""Time, as a party sees it."""

from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol


class Clock(Protocol):
    """Where a party learns the time and waits.

    A world may run on a simulated clock, which stands still while anybody is busy and jumps to
    the next thing that somebody waits for. So a party never sleeps but with ``sleep``, and holds
    ``busy()`` for as long as it works on something that is due now, I/O included.
    """

    def now(self) -> datetime:
        """The present instant, UTC."""
        ...

    def seconds(self) -> float:
        """Seconds of this clock since some moment, for how long ago something was.

        Nobody sets them: they go on evenly while ``now`` is put right.
        """
        ...

    async def sleep(self, seconds: float) -> None:
        """Return when ``seconds`` (of this clock) have passed."""
        ...

    def busy(self) -> AbstractContextManager[None]:
        """Hold the clock while working; on a real clock this does nothing."""
        ...
