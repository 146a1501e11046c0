"""Whose hands accepted work goes to: those of this process, or of whichever worker claims it."""

import contextlib
from collections.abc import Iterable, Mapping
from typing import Protocol

from stayon.ports.clock import Clock
from stayon.ports.store import Outbox
from stayon.ports.store_work import ClaimedWork, StoreUnavailableError

_COUNTED_EVERY_SECONDS = 1.0


class Hands(Protocol):
    """What those who accept work need of those who do it."""

    def take(self, claims: Iterable[ClaimedWork]) -> None:
        """Do what the caller has a lease for."""
        ...

    def waiting(self, *, contingency: bool) -> int:
        """How many commands of one kind of traffic wait to be dispatched."""
        ...


class OtherHands:
    """Implements ``Hands`` for a process that only accepts: the store has given it no lease.

    How much waits is asked of the store every second; ``run`` does that, for ever.
    """

    def __init__(self, outbox: Outbox, clock: Clock) -> None:
        self._outbox = outbox
        self._clock = clock
        self._waiting: Mapping[bool, int] = {}

    def take(self, claims: Iterable[ClaimedWork]) -> None:
        """See ``Hands.take``: there is nothing to take."""
        del claims

    def waiting(self, *, contingency: bool) -> int:
        """See ``Hands.waiting``: as it was a moment ago."""
        return self._waiting.get(contingency, 0)

    async def run(self) -> None:
        """Count what waits, for ever."""
        while True:
            with contextlib.suppress(StoreUnavailableError):
                self._waiting = await self._outbox.waiting_commands()
            await self._clock.sleep(_COUNTED_EVERY_SECONDS)
