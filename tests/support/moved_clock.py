"""The clock of another process, moved while it runs, as a person or a lost NTP would."""

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path

from stayon.adapters.clock.system import SystemClock

_AHEAD = struct.Struct("d")


class MovedClock:
    """By how much the clock of whoever ``follow``s the file ``path`` is wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.move(0.0)

    def move(self, seconds: float) -> None:
        """Set it ahead by ``seconds``, or (negative) behind, from this moment on."""
        # Over what is there: whoever follows has these octets mapped.
        with self.path.open("r+b" if self.path.exists() else "w+b") as file:
            file.write(_AHEAD.pack(seconds))


def follow(path: Path) -> None:
    """Have every ``SystemClock`` of this process be as wrong as the file says."""
    with path.open("r+b") as file:
        shared = mmap.mmap(file.fileno(), _AHEAD.size)

    def now(self: SystemClock) -> datetime:
        del self
        return datetime.now(UTC) + timedelta(seconds=_AHEAD.unpack_from(shared)[0])

    SystemClock.now = now  # type: ignore[method-assign]
