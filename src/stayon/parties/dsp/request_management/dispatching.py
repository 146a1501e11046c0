"""Doing the work that was accepted: at least once, however often a process dies (design, outbox).

What this process has written it does at once, from memory, under the lease that came with it. What
is left over, by a death or a failure, and what others have written for whoever has time, is claimed
when it falls due.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeAlias
from zlib import crc32

from stayon.domain.metering import Generation, Route, UserRole
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.request_management.delivery import Delivery
from stayon.parties.dsp.request_management.failures import FailureReports
from stayon.parties.dsp.request_management.holding import Holding, Leases
from stayon.parties.dsp.request_management.lanes import Lane
from stayon.parties.dsp.request_management.settling import UNDELIVERABLE, Settling
from stayon.parties.dsp.sat import Step
from stayon.parties.waiting import wait_for
from stayon.policy.dead_letters import DeadLetterPolicy
from stayon.ports.clock import Clock
from stayon.ports.outbound import Carrier, CarrierWork, OutboundError, UndeliverableError
from stayon.ports.store import Outbox
from stayon.ports.store_work import (
    ALONE_AFTER,
    ClaimedWork,
    StoreUnavailableError,
    Work,
    WorkKind,
)

_log = logging.getLogger(__name__)

_LaneKey: TypeAlias = tuple[WorkKind | None, str]

_CARRY_BATCH = 64
_ALERT_LANES = 16
_DELIVERIES_AT_ONCE = 128
"""To one User: half of what a campaign's client has under way. With half as many its outcomes fall
behind its requests: of 200,000 devices 12,000 waited for theirs when the last had been asked."""
_CLAIM_BATCH = 500
_BEING_WRITTEN = 400
"""So much work may two groups of changes bring, of which the process knows after the commit."""
_RETRY_STORE = timedelta(seconds=1)
_LOOK_SOON = timedelta(seconds=0.2)
_COUNT_AGAIN = timedelta(seconds=1)
_NEVER = datetime.max.replace(tzinfo=UTC)
_SUSPECTS: _LaneKey = None, "suspects"
"""The lane of work that may be what its processes died of."""
_MISTAKE = "a mistake of the program, which its log has"
_NO_ROUTE = "a command for no CSP or S1SP"
_NO_DEVICE = "a command that names no device"
_WITHDRAWN = "the supplier was withdrawn before the command was dispatched"


@dataclass(frozen=True, slots=True)
class SharedOutbox:
    """How a process takes its part of the work.

    It has no more than ``most_in_hand`` under lease (some hundreds at least); the rest stays in the
    outbox, for whoever has room. One of several looks every ``looks_every`` seconds whether or not
    it has been told of work.
    """

    most_in_hand: int = 1000
    looks_every: float | None = 5.0


ALONE: Final = SharedOutbox(most_in_hand=10_000, looks_every=None)
"""Of a process that has the outbox for itself. A piece of work in hand takes a few kilobytes."""


class Dispatcher:
    """Hands Commands to carriers and messages to Users.

    ``keep_up`` is awaited before work goes to an S1SP: its reference data come first. Work that
    fails for longer than ``dead_letters`` allows is left to a person. ``shared`` says how much it
    takes in hand, and whether there are other processes.
    """

    def __init__(
        self,
        *,
        outbox: Outbox,
        carriers: Mapping[Route, Carrier],
        delivery: Delivery,
        failures: FailureReports,
        view: ReferenceView,
        clock: Clock,
        keep_up: Callable[[], Awaitable[None]] | None = None,
        first_retry_seconds: float = 1.0,
        longest_retry_seconds: float = 300.0,
        dead_letters: DeadLetterPolicy,
        shared: SharedOutbox = ALONE,
    ) -> None:
        self._shared = shared
        self._counted: Mapping[bool, int] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        outbox.lease_while(self._has_room, self._told)
        self._draining = False
        self._full = False
        self._outbox = outbox
        self._carriers = carriers
        self._delivery = delivery
        self._failures = failures
        self._view = view
        self._clock = clock
        self._keep_up = keep_up
        self._longest_retry = longest_retry_seconds
        self._lanes: dict[_LaneKey, Lane] = {}
        self._holding = Holding()
        self._leases = Leases(outbox, self._holding, clock)
        self._suspect: str | None = None
        self._wake = asyncio.Event()
        self._next_look: datetime | None = _NEVER
        self._settling = Settling(
            outbox,
            clock,
            dead_letters,
            in_hand=self._holding.claims,
            let_go=self._let_go,
            falls_due=self._falls_due,
            first_retry_seconds=first_retry_seconds,
            longest_retry_seconds=longest_retry_seconds,
        )

    def take(self, claims: Iterable[ClaimedWork]) -> None:
        """Do what the caller has a lease for. What is in hand already only changes its lease."""
        now = self._outbox.now()
        for claim in claims:
            if self._holding.take(claim, now):
                self._lane(claim).add(claim)
        self._leases.begun()
        if self._next_look is None:
            # A lease has begun: whatever becomes of this process's hands, it runs out.
            self._wake.set()

    @property
    def in_hand(self) -> int:
        """How many pieces of work this process holds."""
        return len(self._holding)

    def waiting(self, *, contingency: bool) -> int:
        """How many commands of one kind of traffic wait to be dispatched, as far as is known.

        Those in hand; where there is no room for more, all as they were counted a moment ago.
        """
        held = self._holding.waiting(contingency=contingency)
        return max(held, self._counted.get(contingency, 0))

    def _let_go(self, key: str) -> None:
        self._holding.let_go(key)
        if key == self._suspect:
            self._suspect = None
            self._wake.set()
        if self._full:
            self._look_if_there_is_room()

    def _falls_due(self, at: datetime) -> None:
        if self._next_look is None or at < self._next_look:
            self._wake.set()

    def _room(self) -> int:
        """How much more work may be claimed; half of it at least must have become free."""
        free = self._shared.most_in_hand - len(self._holding)
        return free if free * 2 >= self._shared.most_in_hand or not self._full else 0

    def _has_room(self) -> bool:
        """Whether to take what is being written at this moment; asked by the thread that writes."""
        most = self._shared.most_in_hand
        if self._draining or len(self._holding) >= most - min(_BEING_WRITTEN, most // 2):
            self._full = True
        return not self._full

    def _told(self) -> None:
        """There is work that was written for whoever has room; told by the thread that writes."""
        if self._loop is not None:
            self._loop.call_soon_threadsafe(self._look_if_there_is_room)

    def _look_if_there_is_room(self) -> None:
        if self._full and self._room() > 0:
            self._full = False
        if self._full:
            # It is counted, at least.
            self._falls_due(self._outbox.now() + _COUNT_AGAIN)
        else:
            self._wake.set()

    def wake(self) -> None:
        """Look for work now: somebody has told of it."""
        self._wake.set()

    async def drain(self) -> None:
        """Claim nothing more, finish what is being done, and let others have the rest at once."""
        self._draining = True
        dropped = [claims for lane in self._lanes.values() for claims in lane.drop()]
        await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))
        # An alert that was to stand behind an earlier one of its device has gone back to its lane.
        dropped += [claims for lane in self._lanes.values() for claims in lane.drop()]
        now = self._outbox.now()
        await asyncio.gather(*(self._settling.defer(claim, now, at_once=True) for claim in dropped))

    async def run(self) -> None:
        """Claim what falls due, for ever."""
        self._loop = asyncio.get_running_loop()
        renewing = asyncio.create_task(self._leases.run())
        try:
            while True:
                self._wake.clear()
                with self._clock.busy():
                    self._next_look = await self._claim_due()
                await self._wait()
        finally:
            self._next_look = _NEVER
            renewing.cancel()
            await asyncio.gather(*(lane.stop() for lane in self._lanes.values()))

    async def _claim_due(self) -> datetime | None:
        """Claim what is due; when to look again, None for when there is something new."""
        if self._draining:
            return None
        try:
            due = await self._outbox.next_due()
            # Not before it has answered: a store that is shared has its own clock.
            now = self._outbox.now()
            while due is not None and due <= now:
                room = self._room()
                if room <= 0:
                    self._full = True
                    self._counted = await self._outbox.waiting_commands()
                    return now + _COUNT_AGAIN
                claims = await self._outbox.claim(now, min(_CLAIM_BATCH, room))
                if not claims:
                    claims = await self._claim_suspect(now)
                if not claims:
                    # Others are taking it at this moment, or it is to be done alone.
                    return now + _LOOK_SOON
                self.take(claims)
                due = await self._outbox.next_due()
        except StoreUnavailableError:
            return self._outbox.now() + _RETRY_STORE
        # All that is due is in hand.
        self._counted = {}
        latest = self._latest_look()
        if due is None or latest is None:
            return due or latest
        return min(due, latest)

    async def _claim_suspect(self, now: datetime) -> Sequence[ClaimedWork]:
        """What those who had it may have died of: one at a time, and nothing with it."""
        if self._suspect is not None:
            return ()
        claims = await self._outbox.claim_suspect(now)
        if claims:
            self._suspect = claims[0].work.key
        return claims

    def _latest_look(self) -> datetime | None:
        if self._shared.looks_every is None:
            return None
        return self._outbox.now() + timedelta(seconds=self._shared.looks_every)

    async def _wait(self) -> None:
        seconds = None
        if self._next_look is not None:
            seconds = (self._next_look - self._outbox.now()).total_seconds()
        await wait_for(self._wake, self._clock, seconds)

    def _lane(self, claim: ClaimedWork) -> Lane:
        key = _SUSPECTS if claim.lost >= ALONE_AFTER else _lane_of(claim.work)
        lane = self._lanes.get(key)
        if lane is None:
            kind = key[0]
            perform = self._carry if kind is WorkKind.CARRY else self._deliver
            lane = Lane(
                self._alone_or_never if key is _SUSPECTS else perform,
                self._abandon,
                self._clock,
                largest=_CARRY_BATCH if kind is WorkKind.CARRY else 1,
                workers=_DELIVERIES_AT_ONCE if kind is WorkKind.DELIVER else 1,
            )
            self._lanes[key] = lane
        return lane

    async def _abandon(self, claims: Sequence[ClaimedWork], mistake: Exception) -> None:
        """A mistake of the program's: each is tried alone, so that one does not take others along.

        What fails alone has failed, and becomes a dead letter in time.
        """
        if len(claims) == 1:
            await self._settling.fail(claims[0], f"{_MISTAKE}: {type(mistake).__name__}")
            return
        for claim in claims:
            # Some may have been finished before the mistake.
            if claim.work.key in self._holding.claims:
                await self._alone(claim)

    async def _alone_or_never(self, claims: Sequence[ClaimedWork]) -> None:
        for claim in claims:
            if await self._settling.is_lost(claim):
                continue
            if claim.work.kind is WorkKind.CARRY:
                await self._carry([claim])
            else:
                await self._deliver([claim])

    async def _alone(self, claim: ClaimedWork) -> None:
        try:
            await self._carry([claim])
        except Exception as mistake:  # noqa: BLE001 - as in a lane
            _log.exception("work was not done: %s", claim.work.key)
            await self._abandon([claim], mistake)

    async def _carry(self, claims: Sequence[ClaimedWork]) -> None:
        standing = await self._standing(claims)
        if not standing:
            return
        try:
            route = Route(standing[0].work.target)
        except ValueError:
            for claim in standing:
                await self._settling.give_up(claim, UNDELIVERABLE, _NO_ROUTE)
            return
        carrier = self._carriers.get(route)
        failure = f"{route.value}: no carrier is known"
        work = [
            CarrierWork(claim.work.key, route, device, claim.work.message)
            for claim in standing
            if (device := claim.work.device) is not None
        ]
        if self._keep_up is not None and route.generation is Generation.SMETS1:
            await self._keep_up()
        try:
            if carrier is not None:
                await carrier.submit(work)
        except OutboundError as error:
            carrier, failure = None, str(error)
        if carrier is None:
            await asyncio.gather(*(self._settling.fail(claim, failure) for claim in standing))
            return
        await asyncio.gather(
            *(self._settling.finish(claim, Step.DISPATCH, route.value) for claim in standing)
        )

    async def _standing(self, claims: Sequence[ClaimedWork]) -> list[ClaimedWork]:
        """What may still go; a withdrawn supplier's work stops here (decision 10).

        All of it is judged by one look at what is true now, before anything else is waited for.
        """
        reference = await self._view.latest()
        now = self._clock.now()
        standing: list[ClaimedWork] = []
        stopped: list[ClaimedWork] = []
        for claim in claims:
            (standing if _may_go(claim.work, reference, now) else stopped).append(claim)
        for claim in [one for one in standing if one.work.device is None]:
            standing.remove(claim)
            await self._settling.give_up(claim, UNDELIVERABLE, _NO_DEVICE)
        for claim in stopped:
            work = claim.work
            self.take(await self._failures.report(work.key, work.device, _WITHDRAWN))
            await self._settling.finish(claim, Step.DISPATCH, "stopped")
        return standing

    async def _deliver(self, claims: Sequence[ClaimedWork]) -> None:
        for claim in claims:
            if claim.work.position is not None and await self._waits_its_turn(claim):
                continue
            try:
                code = await self._delivery.deliver(claim)
            except OutboundError as error:
                await self._settling.fail(claim, str(error))
            except UndeliverableError as error:
                await self._settling.give_up(claim, UNDELIVERABLE, str(error))
            else:
                await self._settling.finish(claim, Step.DELIVERY, code)

    async def _waits_its_turn(self, claim: ClaimedWork) -> bool:
        """Put an alert off for as long as its device has an earlier one that is not delivered."""
        ahead = await self._outbox.ahead_of(claim.work)
        if ahead is None:
            return False
        key, due_at = ahead
        if key in self._holding.claims and claim.lost < ALONE_AFTER:
            # It stands in the same lane: go behind it.
            self._lane(claim).add(claim)
            return True
        if due_at is None:
            # A person decides about it, some time: look now and then.
            due_at = self._outbox.now() + timedelta(seconds=self._longest_retry)
        await self._settling.defer(claim, due_at)
        return True


def _lane_of(work: Work) -> _LaneKey:
    """Alerts of one device keep to one lane with one worker: so they stay in their order."""
    if work.kind is WorkKind.CARRY:
        return work.kind, work.target
    if work.position is None:
        return WorkKind.DELIVER, work.target
    return WorkKind.DEVICE_ALERT, f"{work.target}/{crc32(f'{work.device}'.encode()) % _ALERT_LANES}"


def _may_go(work: Work, reference: ReferenceIndex, now: datetime) -> bool:
    if work.role is not UserRole.SOLR_CONTINGENCY:
        return True
    return (
        work.sender is not None
        and work.supplier is not None
        and reference.acts_for(work.sender, work.supplier, now)
    )
