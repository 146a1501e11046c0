"""What one process has in hand of the outbox, and keeping its leases while it lives."""

import asyncio
import contextlib
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from stayon.parties.dsp.request_management.lanes import is_contingency
from stayon.ports.clock import Clock
from stayon.ports.store import Outbox
from stayon.ports.store_work import ClaimedWork, StoreUnavailableError, WorkKind

_MOST_LEASES = 30
"""One after the other, for work that is in hand and never settled."""


class Holding:
    """Claims by their keys, each with the instant at which its lease began."""

    def __init__(self) -> None:
        self._claims: dict[str, ClaimedWork] = {}
        self._since: dict[str, datetime] = {}
        self._taken: dict[str, datetime] = {}
        self._waiting = {True: 0, False: 0}

    def __len__(self) -> int:
        return len(self._claims)

    @property
    def claims(self) -> Mapping[str, ClaimedWork]:
        """All of them, as they change."""
        return self._claims

    def take(self, claim: ClaimedWork, now: datetime) -> bool:
        """Hold it from now on; whether it was not held before, under an earlier claim."""
        key = claim.work.key
        is_new = key not in self._claims
        if is_new:
            self._count(claim, 1)
            self._taken[key] = now
        self._claims[key] = claim
        self._began(key, now)
        return is_new

    def let_go(self, key: str) -> None:
        """Hold it no longer."""
        claim = self._claims.pop(key, None)
        if claim is not None:
            del self._since[key], self._taken[key]
            self._count(claim, -1)

    def waiting(self, *, contingency: bool) -> int:
        """How many commands of one kind of traffic are held."""
        return self._waiting[contingency]

    def since_before(self, instant: datetime, *, taken_after: datetime) -> list[ClaimedWork]:
        """Those whose leases began before ``instant``, of what has not been held for too long."""
        found = []
        for key, since in self._since.items():
            # They stand in the order in which their leases began.
            if since >= instant:
                break
            if self._taken[key] > taken_after:
                found.append(self._claims[key])
        return found

    def renewed(self, claims: Iterable[ClaimedWork], now: datetime) -> None:
        """Their leases have begun anew, if they are held still."""
        for claim in claims:
            if claim.work.key in self._claims:
                self._began(claim.work.key, now)

    def _began(self, key: str, now: datetime) -> None:
        self._since.pop(key, None)
        self._since[key] = now

    def _count(self, claim: ClaimedWork, number: int) -> None:
        if claim.work.kind is WorkKind.CARRY:
            self._waiting[is_contingency(claim)] += number


class Leases:
    """Renews the leases on what is held, long before they run out.

    So a lease runs out when the process that had it has died, or cannot reach the store, and not
    because there was much to do. What hangs is nevertheless somebody else's in the end.
    """

    def __init__(self, outbox: Outbox, holding: Holding, clock: Clock) -> None:
        self._outbox = outbox
        self._holding = holding
        self._clock = clock
        self._some = asyncio.Event()

    def begun(self) -> None:
        """There are some."""
        self._some.set()

    async def run(self) -> None:
        """Renew them, for ever."""
        pause = self._outbox.lease / 3
        while True:
            await self._some.wait()
            await self._clock.sleep(pause.total_seconds())
            with self._clock.busy():
                await self._renew(pause / 2)

    async def _renew(self, age: timedelta) -> None:
        if not self._holding:
            self._some.clear()
            return
        now = self._outbox.now()
        too_long = now - _MOST_LEASES * self._outbox.lease
        claims = self._holding.since_before(now - age, taken_after=too_long)
        if claims:
            # Without the store nothing can be done; it may be there the next time.
            with contextlib.suppress(StoreUnavailableError):
                await self._outbox.renew(claims)
                self._holding.renewed(claims, now)
