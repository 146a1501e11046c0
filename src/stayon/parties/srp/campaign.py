"""The campaign: every device of a portfolio to an end state, through crashes and silence.

Each step is stored before the next is taken, so that a campaign that is killed goes on where it
was: a reserved counter is used, a signed request is sent again byte for byte (the DSP answers it as
it did before), an acknowledged one is waited for.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from stayon.domain.errors import FieldError
from stayon.domain.metering import Generation
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.attempt import Builder, NotWhatWasAsked
from stayon.parties.srp.counters import next_counter
from stayon.parties.srp.gateway import (
    Accepted,
    Declined,
    Gateway,
    GatewayUnavailable,
    LocalCommandReady,
    Service,
)
from stayon.parties.srp.inbound import Outcome, Refused, Succeeded
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.retry_policy import RetryPolicy
from stayon.parties.srp.schedule import Schedule
from stayon.parties.srp.tracking import Tracked, Tracking
from stayon.ports.campaign_store import CampaignStore, CampaignStoreUnavailable, Evidence
from stayon.ports.clock import Clock

SAFE_WORDS = "the meter's own signed success was verified"
ALREADY_SAFE_WORDS = "an earlier campaign holds the meter's signed success for this profile"


@dataclass(frozen=True, slots=True)
class CampaignTerms:
    """How a campaign goes about it.

    ``earlier_evidence`` is what proves that a device is safe already (decision 15), None if
    nothing does.
    """

    pace: Pace
    retry: RetryPolicy
    concurrency: int = 32
    earlier_evidence: Callable[[PortfolioDevice], Evidence | None] = lambda _device: None


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
        self._store = store
        self._gateway = gateway
        self._builder = builder
        self._terms = terms
        self._schedule = Schedule(clock)
        self._room = asyncio.Semaphore(terms.concurrency)
        self._unreachable_in_a_row = 0
        self._failure: BaseException | None = None
        self._tasks: set[asyncio.Task[None]] = set()
        self.tracking = Tracking(store.progress(), on_change)

    async def run(self) -> None:
        """Return when every device has an end state."""
        self._plan()
        try:
            while (device_id := await self._schedule.next()) is not None:
                await self._terms.pace.turn()
                await self._room.acquire()
                task = asyncio.create_task(self._take_step(self.tracking[device_id]))
                self._tasks.add(task)
                task.add_done_callback(self._finished)
        finally:
            await self._abandon()

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
            async with tracked.settling:  # the second of two waits until the first is on disk
                await self._settle(tracked, outcome)
        return True

    def _plan(self) -> None:
        now = self._clock.now()
        for tracked in self.tracking:
            if tracked.progress.stage is not Stage.ENDED:
                due = max(tracked.progress.due or now, now)
                self._schedule.add(tracked.device.device_id, tracked.position, due)
        self._close_when_done()

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
                await self._end(tracked, EndState.ALREADY_SAFE, "", ALREADY_SAFE_WORDS, earlier)
                return
            await self._reserve_counter(tracked)
        request: bytes | None = None
        if tracked.progress.stage is Stage.NUMBERED:
            request = await self._sign(tracked)
        if tracked.progress.stage is Stage.SIGNED:
            await self._send(tracked, request or self._stored_request(tracked))
        elif tracked.progress.stage is Stage.ACKNOWLEDGED:
            await self._failed(tracked, "", "no outcome came in time")

    async def _reserve_counter(self, tracked: Tracked) -> None:
        now = self._clock.now()
        try:
            counter = next_counter(tracked.progress.counter, tracked.device.counter_floor, now)
        except FieldError as used_up:
            await self._end(tracked, EndState.UNREACHABLE, "", str(used_up))
            return
        await self._move(tracked, Stage.NUMBERED, counter=counter)

    async def _sign(self, tracked: Tracked) -> bytes | None:
        """The signed request for this attempt, stored; None when the device has ended instead."""
        try:
            signed = await self._builder.build(
                tracked.device, tracked.request_id, local=self._is_local(tracked)
            )
        except NotWhatWasAsked as mismatch:
            await self._end(tracked, EndState.REFUSED, "", str(mismatch))
            return None
        if isinstance(signed, Declined):
            await self._decline(tracked, signed)
            return None
        await self._move(tracked, Stage.SIGNED, request=signed)
        return signed

    def _stored_request(self, tracked: Tracked) -> bytes:
        request = self._store.request(tracked.device.device_id)
        if request is None:
            raise RuntimeError("a signed request was stored together with the stage that says so")
        return request

    async def _send(self, tracked: Tracked, request: bytes) -> None:
        service = Service.DCC_ONLY if self._is_local(tracked) else Service.SEND_COMMAND
        answer = await self._gateway.call(service, tracked.request_id, request)
        if tracked.progress.stage is not Stage.SIGNED:
            return  # the outcome overtook the acknowledgement
        if isinstance(answer, Accepted):
            due = self._clock.now() + self._terms.retry.answer_within
            words = "accepted by the DSP, outcome awaited"
            await self._move(tracked, Stage.ACKNOWLEDGED, due=due, words=words)
            self._schedule.add(tracked.device.device_id, tracked.position, due)
        elif isinstance(answer, LocalCommandReady):
            words = "the Command is in the field pack, to be delivered at the meter"
            evidence = Evidence(
                tracked.device.device_id, str(tracked.request_id), command=answer.command
            )
            await self._end(tracked, EndState.NEEDS_LOCAL_DELIVERY, "", words, evidence)
        elif isinstance(answer, Declined):
            await self._decline(tracked, answer)
        else:
            await self._end(tracked, EndState.REFUSED, "", "the DSP answered something else")

    async def _decline(self, tracked: Tracked, declined: Declined) -> None:
        if self._is_local(tracked):
            words = f"not reached, and no Command for local delivery: {declined.words}"
            await self._end(tracked, EndState.UNREACHABLE, declined.code, words)
        else:
            await self._end(tracked, EndState.REFUSED, declined.code, declined.words)

    async def _settle(self, tracked: Tracked, outcome: Outcome) -> None:
        before = tracked.progress
        device_id, request_id = tracked.device.device_id, str(outcome.request_id)
        if isinstance(outcome, Succeeded):
            if before.end not in (EndState.SAFE, EndState.ALREADY_SAFE):
                evidence = Evidence(device_id, request_id, response=outcome.response)
                await self._end(tracked, EndState.SAFE, "I0", SAFE_WORDS, evidence)
        elif (
            before.stage in (Stage.PLANNED, Stage.ENDED)
            or outcome.request_id.counter != before.counter
        ):
            return  # a failure of an attempt that is over changes nothing
        elif isinstance(outcome, Refused):
            evidence = Evidence(device_id, request_id, response=outcome.response)
            await self._end(tracked, EndState.REFUSED, outcome.code, outcome.words, evidence)
        else:
            await self._failed(tracked, outcome.code, outcome.words)

    async def _failed(self, tracked: Tracked, code: str, words: str) -> None:
        retry = self._terms.retry
        wait = retry.wait_after_failure(tracked.progress.attempt)
        if wait is None and not self._local_is_left(tracked):
            words = f"not reached in {tracked.progress.attempt} attempts: {words}"
            await self._end(tracked, EndState.UNREACHABLE, code, words)
            return
        due = self._clock.now() + (wait or timedelta(0))
        await self._move(tracked, Stage.PLANNED, due=due, code=code, words=words)
        self._schedule.add(tracked.device.device_id, tracked.position, due)

    async def _end(
        self,
        tracked: Tracked,
        end: EndState,
        code: str,
        words: str,
        evidence: Evidence | None = None,
    ) -> None:
        await self._move(tracked, Stage.ENDED, end=end, code=code, words=words, evidence=evidence)
        self._close_when_done()

    async def _move(
        self,
        tracked: Tracked,
        stage: Stage,
        *,
        end: EndState | None = None,
        counter: int | None = None,
        due: datetime | None = None,
        code: str = "",
        words: str = "",
        request: bytes | None = None,
        evidence: Evidence | None = None,
    ) -> None:
        """Move a device on, on disk too; what cannot be stored has not happened."""
        before = tracked.progress
        progress = self.tracking.advance(
            tracked,
            stage,
            self._clock.now(),
            end=end,
            counter=counter,
            due=due,
            code=code,
            words=words,
        )
        try:
            await self._store.save(progress, request=request, evidence=evidence)
        except CampaignStoreUnavailable:
            self.tracking.take_back(tracked, progress, before)
            raise

    def _is_local(self, tracked: Tracked) -> bool:
        """Whether the present attempt is the last: a Command for delivery at the meter (CV 6)."""
        return tracked.progress.attempt == len(self._terms.retry.after_failure) + 2

    def _local_is_left(self, tracked: Tracked) -> bool:
        smets2 = tracked.device.generation is Generation.SMETS2
        return smets2 and not self._is_local(tracked)
