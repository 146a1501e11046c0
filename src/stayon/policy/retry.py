"""When an attempt is made again, cause by cause, and when a device is left to people (PIA R3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from enum import Enum

from stayon.domain.portfolio import EndState


class Event(Enum):
    """What happened to an attempt that did not make its device safe."""

    NOT_REACHED = "not_reached"
    SILENCE = "silence"
    PROVES_NOTHING = "proves_nothing"
    REFUSED_BY_DCC = "refused_by_dcc"
    REFUSED_BY_METER = "refused_by_meter"
    QUARANTINED = "quarantined"
    MISMATCH = "mismatch"
    NO_COUNTER = "no_counter"


class Then(Enum):
    """What follows when a cause allows no further attempt."""

    LOCAL_DELIVERY = "local_delivery"
    UNREACHABLE = "unreachable"
    REFUSED = "refused"

    @property
    def end(self) -> EndState:
        """The end state of a device for which there is no Command for local delivery."""
        return EndState.REFUSED if self is Then.REFUSED else EndState.UNREACHABLE


@dataclass(frozen=True, slots=True)
class Cause:
    """Why a device is not safe, and what to do about it; see ``policy/data/retry.toml``."""

    name: str
    codes: tuple[str, ...]
    events: frozenset[Event]
    waits: tuple[timedelta, ...]
    then: Then
    words: str
    action: str

    def wait_after(self, tries: int) -> timedelta | None:
        """The wait after the ``tries``-th failed attempt (from 1); None when it was the last."""
        return self.waits[tries - 1] if tries <= len(self.waits) else None


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How patient a campaign is.

    ``answer_within`` is how long an acknowledged request may stay without any outcome;
    ``reconnect`` are the waits while the DSP is out of reach, of which the last one repeats;
    ``local_variant`` is the Command Variant for local delivery, 6 or 7.
    """

    causes: Mapping[str, Cause]
    answer_within: timedelta
    reconnect: tuple[timedelta, ...]
    local_variant: int

    def cause(self, event: Event, code: str) -> Cause:
        """The cause that names ``code``, by its longest pattern; else the one of ``event``."""
        named = [
            (len(pattern), cause)
            for cause in self.causes.values()
            for pattern in cause.codes
            if _fits(pattern, code)
        ]
        if named:
            return max(named, key=lambda each: each[0])[1]
        return next(cause for cause in self.causes.values() if event in cause.events)

    def wait_to_reconnect(self, tries: int) -> timedelta:
        """The wait after ``tries`` (from 1) calls in a row that did not reach the DSP."""
        return self.reconnect[min(tries, len(self.reconnect)) - 1]

    def with_waits(
        self, waits: Sequence[timedelta] | None, answer_within: timedelta | None
    ) -> "RetryPolicy":
        """The same with other waits for every cause that ends in local delivery; None: as is."""
        causes = self.causes
        if waits is not None:
            causes = {
                name: replace(cause, waits=tuple(waits))
                if cause.then is Then.LOCAL_DELIVERY
                else cause
                for name, cause in causes.items()
            }
        return replace(self, causes=causes, answer_within=answer_within or self.answer_within)


def _fits(pattern: str, code: str) -> bool:
    if pattern.endswith("*"):
        return code.startswith(pattern[:-1])
    return code == pattern
