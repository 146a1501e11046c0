"""When an attempt is made again, and when a device is left to people (PIA R3)."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a campaign is.

    ``after_failure`` are the waits before the second, third ... attempt at a device that could
    not be reached: a meter that lost its HAN often comes back within hours or days. When they are
    used up the Command goes into the field pack (CV 6), or, where there is no local Command, the
    device goes on the people's list. ``answer_within`` is how long an acknowledged request may
    stay without any outcome; ``reconnect`` are the waits while the DSP itself is out of reach, of
    which the last one repeats.
    """

    after_failure: tuple[timedelta, ...] = (
        timedelta(hours=1),
        timedelta(hours=4),
        timedelta(hours=12),
        timedelta(hours=24),
        timedelta(hours=48),
    )
    answer_within: timedelta = timedelta(hours=36)
    reconnect: tuple[timedelta, ...] = (
        timedelta(seconds=1),
        timedelta(seconds=5),
        timedelta(seconds=30),
        timedelta(minutes=2),
    )

    def wait_after_failure(self, attempt: int) -> timedelta | None:
        """The wait after failed attempt ``attempt`` (from 1); None when it was the last."""
        index = attempt - 1
        return self.after_failure[index] if index < len(self.after_failure) else None

    def wait_to_reconnect(self, tries: int) -> timedelta:
        """The wait after ``tries`` (from 1) calls in a row that did not reach the DSP."""
        return self.reconnect[min(tries, len(self.reconnect)) - 1]
