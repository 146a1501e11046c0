"""The campaign: every device of a portfolio to an end state, through crashes and silence.

Each step is stored before the next is taken, so that a campaign that is killed goes on where it
was: no counter is used for two requests, a signed request is sent again byte for byte (the DSP
answers it as it did before), an acknowledged one is waited for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.attempt import Builder, NotWhatWasAsked
from stayon.parties.srp.control import Control
from stayon.parties.srp.counters import Counters
from stayon.parties.srp.gateway import (
    Accepted,
    Declined,
    Gateway,
    GatewayUnavailable,
    LocalCommandReady,
    Service,
)
from stayon.parties.srp.inbound import CommandReturned, Outcome, Refused, Succeeded
from stayon.parties.srp.judging import Judging
from stayon.parties.srp.ledger import Ledger
from stayon.parties.srp.one_at_a_time import OneAtATime
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.schedule import Schedule
from stayon.parties.srp.tracking import Tracked, Tracking
from stayon.policy.retry import Event, RetryPolicy
from stayon.ports.campaign_control import CampaignControl
from stayon.ports.campaign_store import CampaignStore, Evidence
from stayon.ports.clock import Clock

SAFE_WORDS = "the meter's own signed success was verified"
ALREADY_SAFE_WORDS = "an earlier campaign holds the meter's signed success for this profile"
_DCC_ONLY_VARIANT = 6
LOCAL_WORDS = "the Command is in the field pack, to be delivered at the meter"


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """How a campaign goes about it.

    ``concurrency`` requests at the most are under way: as many as an HTTP client keeps connections,
    and half of what a DSP judges at the same time. The more there are, the more share a commit.
    ``earlier_evidence`` is what proves that a device is safe already (decision 15), None if
    nothing does. ``control`` is where people's orders come from, None where nobody gives any.
    """

    pace: Pace
    retry: RetryPolicy
    concurrency: int = 256
    earlier_evidence: Callable[[PortfolioDevice], Evidence | None] = lambda _device: None
    control: CampaignControl | None = None


class Campaign:
    """One campaign over one portfolio."""

    def __init__(
        self,
        *,
        clock: Clock,
        store: CampaignStore,
        gateway: Gateway,
        builder: Builder,
        terms: CampaignTerms,
        on_change: Callable[[Progress], None] = lambda _progress: None,
    ) -> None:
        self._clock = clock
        self._gateway = gateway
        self._builder = builder
        self._terms = terms
        self._schedule = Schedule(clock)
        self._room = asyncio.Semaphore(terms.concurrency)
        self._unreachable_in_a_row = 0
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.tracking = Tracking(store.progress(), on_change)
        self._ledger = Ledger(self.tracking, store, clock)
        self._judging = Judging(self._ledger, terms.retry, clock)
        self._counters = Counters(store, clock)
        self._settling = OneAtATime()

    async def run(self) -> None:
        """Return when every device has an end state, on disk."""
        control = None
        if self._terms.control is not None:
            orders = Control(self._terms.control, self._terms.pace, self._ledger, self._clock)
            await orders.take_up(self._plan_one)
            control = asyncio.create_task(orders.follow(self._plan_one))
            control.add_done_callback(self._control_stopped)
        self._plan()
        try:
            while (device_id := await self._schedule.next()) is not None:
                await self._terms.pace.turn()
                await self._room.acquire()
                task = asyncio.create_task(self._take_step(self.tracking[device_id]))
                self._tasks.add(task)
                task.add_done_callback(self._finished)
        finally:
            if control is not None:
                control.cancel()
            await self._abandon()
        with self._clock.busy():
            await self._ledger.all_saved()  # the last outcome of all may still be under way

    async def receive(self, outcome: Outcome) -> bool:
        """Take an outcome that the receive service has verified; True when it was ours.

        Returns after it is on disk. The same outcome again changes nothing.
        """
        tracked = self.tracking.get(outcome.request_id.target)
        if tracked is None or not tracked.owns(outcome.request_id):
            return False
        if isinstance(outcome, Succeeded) and outcome.generation is not tracked.device.generation:
            return False  # an S1SP does not speak for a meter that signs itself
        with self._clock.busy():
            async with self._settling.of(tracked.device.device_id):
                await self._settle(tracked, outcome)
        return True

    def _plan(self) -> None:
        now = self._clock.now()
        for tracked in self.tracking:
            if tracked.progress.stage is not Stage.ENDED:
                due = max(tracked.progress.due or now, now)
                self._schedule.add(tracked.device.device_id, tracked.position, due)
        self._close_when_done()

    def _plan_one(self, tracked: Tracked) -> None:
        """A device that was given up is tried again from now on."""
        self._schedule.add(tracked.device.device_id, tracked.position, self._clock.now())

    def _control_stopped(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            self._schedule.close()
            self._failure = task.exception()

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._room.release()
        if not task.cancelled() and task.exception() is not None:
            self._schedule.close()
            self._failure = task.exception()

    async def _abandon(self) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks)
        if self._failure is not None:
            raise self._failure

    def _close_when_done(self) -> None:
        if self.tracking.ended == len(self.tracking):
            self._schedule.close()

    async def _take_step(self, tracked: Tracked) -> None:
        with self._clock.busy():
            try:
                await self._step(tracked)
            except GatewayUnavailable as unavailable:
                self._wait_for_gateway(tracked, unavailable)
            else:
                self._unreachable_in_a_row = 0
                self._terms.pace.taken()

    def _wait_for_gateway(self, tracked: Tracked, unavailable: GatewayUnavailable) -> None:
        self._unreachable_in_a_row += 1
        wait = unavailable.retry_after or self._terms.retry.wait_to_reconnect(
            self._unreachable_in_a_row
        )
        until = self._clock.now() + wait
        self._terms.pace.hold_off(until)
        # An outcome may have come meanwhile and have set a later appointment.
        due = max(until, tracked.progress.due or until)
        self._schedule.add(tracked.device.device_id, tracked.position, due)

    async def _step(self, tracked: Tracked) -> None:
        if tracked.progress.stage is Stage.PLANNED:
            earlier = self._terms.earlier_evidence(tracked.device)
            if earlier is not None:
                words = ALREADY_SAFE_WORDS
                await self._end(tracked, EndState.ALREADY_SAFE, "", words, earlier, cause="")
                return
            await self._reserve_counter(tracked)
        request: bytes | None = None
        if tracked.progress.stage is Stage.NUMBERED:
            request = await self._sign(tracked)
        if tracked.progress.stage is Stage.SIGNED:
            await self._send(tracked, request or self._ledger.request(tracked))
        elif tracked.progress.stage is Stage.ACKNOWLEDGED:
            await self._failed(tracked, Event.SILENCE, "", "")

    async def _reserve_counter(self, tracked: Tracked) -> None:
        last, floor = tracked.progress.counter, tracked.device.counter_floor
        try:
            counter, reserved = await self._counters.next(last, floor)
        except FieldError as used_up:
            await self._failed(tracked, Event.NO_COUNTER, "", str(used_up))
            return
        if reserved:
            self._ledger.number(tracked, counter)
        else:
            await self._ledger.move(tracked, Stage.NUMBERED, counter=counter)

    async def _sign(self, tracked: Tracked) -> bytes | None:
        """The signed request for this attempt, stored; None when the attempt has failed instead."""
        try:
            signed = await self._builder.build(
                tracked.device, tracked.request_id, local=tracked.progress.local
            )
        except NotWhatWasAsked as mismatch:
            await self._failed(tracked, Event.MISMATCH, "", str(mismatch))
            return None
        if isinstance(signed, Declined):
            await self._failed(tracked, Event.REFUSED_BY_DCC, signed.code, signed.words)
            return None
        await self._ledger.move(tracked, Stage.SIGNED, request=signed)
        return signed

    async def _send(self, tracked: Tracked, request: bytes) -> None:
        answer = await self._gateway.call(self._service(tracked), tracked.request_id, request)
        if tracked.progress.stage is not Stage.SIGNED:
            return  # the outcome overtook the acknowledgement
        if isinstance(answer, Accepted):
            due = self._clock.now() + self._terms.retry.answer_within
            words = "accepted by the DSP, outcome awaited"
            await self._ledger.move(tracked, Stage.ACKNOWLEDGED, due=due, words=words)
            self._schedule.add(tracked.device.device_id, tracked.position, due)
        elif isinstance(answer, LocalCommandReady):
            await self._local(tracked, answer.command)
        elif isinstance(answer, Declined):
            await self._failed(tracked, Event.REFUSED_BY_DCC, answer.code, answer.words)
        else:
            await self._failed(tracked, Event.MISMATCH, "", "the DSP answered something else")

    def _service(self, tracked: Tracked) -> Service:
        if tracked.progress.local and self._terms.retry.local_variant == _DCC_ONLY_VARIANT:
            return Service.DCC_ONLY
        return Service.SEND_COMMAND

    async def _local(self, tracked: Tracked, command: bytes) -> None:
        evidence = Evidence(tracked.device.device_id, str(tracked.request_id), command=command)
        await self._end(tracked, EndState.NEEDS_LOCAL_DELIVERY, "", LOCAL_WORDS, evidence)

    async def _settle(self, tracked: Tracked, outcome: Outcome) -> None:
        before = tracked.progress
        device_id, request_id = tracked.device.device_id, str(outcome.request_id)
        if isinstance(outcome, Succeeded):
            if before.end not in (EndState.SAFE, EndState.ALREADY_SAFE):
                evidence = Evidence(device_id, request_id, response=outcome.response)
                await self._end(tracked, EndState.SAFE, "I0", SAFE_WORDS, evidence, cause="")
        elif (
            before.stage in (Stage.PLANNED, Stage.ENDED)
            or outcome.request_id.counter != before.counter
        ):
            return  # a failure of an attempt that is over changes nothing
        elif isinstance(outcome, CommandReturned):
            await self._local(tracked, outcome.command)
        elif isinstance(outcome, Refused):
            evidence = Evidence(device_id, request_id, response=outcome.response)
            await self._failed(tracked, outcome.event, outcome.code, outcome.words, evidence)
        else:
            await self._failed(tracked, outcome.event, outcome.code, outcome.words)

    async def _failed(
        self,
        tracked: Tracked,
        event: Event,
        code: str,
        words: str,
        evidence: Evidence | None = None,
    ) -> None:
        due = await self._judging.failed(tracked, event, code, words, evidence)
        if due is None:
            self._close_when_done()
        else:
            self._schedule.add(tracked.device.device_id, tracked.position, due)

    async def _end(
        self,
        tracked: Tracked,
        end: EndState,
        code: str,
        words: str,
        evidence: Evidence | None = None,
        *,
        cause: str | None = None,
    ) -> None:
        await self._ledger.end(tracked, end, code, words, evidence, cause=cause)
        self._close_when_done()
