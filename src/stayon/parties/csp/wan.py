"""One CSP's WAN: it brings Commands to devices and their answers and alerts to the DSP.

It answers for what it has accepted: every piece of work ends with the device's messages at the
DSP or with a ``DeliveryFailure`` there. Source: requirements R3 (PIA), A6; docs in README.md.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Route
from stayon.parties.csp.model import Coverage, FailureReason, WanModel
from stayon.parties.csp.timeline import Rank, Timeline
from stayon.ports.clock import Clock
from stayon.ports.meters import MeterAnswer, MeterCommand, Meters
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    Southbound,
)


@dataclass(slots=True)
class _Delivery:
    """A piece of work on its way; ``number`` counts what was for or from this device."""

    work: CarrierWork
    number: int
    give_up: datetime
    attempt: int = 0


@dataclass(frozen=True, slots=True)
class _Step:
    """Something happens to a delivery."""

    delivery: _Delivery

    @property
    def rank(self) -> Rank:
        """Its place among what is due at the same instant."""
        return self.delivery.work.device.octets, self.delivery.number


class _Send(_Step):
    """The CSP begins an attempt."""

    __slots__ = ()


class _Arrive(_Step):
    """The attempt reaches the home."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class _Report:
    """Messages, or the word that there will be none, reach the DSP; ``work_id`` ends with it."""

    device: Eui64
    number: int
    messages: tuple[bytes, ...]
    work_id: str | None = None
    failure: DeliveryFailure | None = None

    @property
    def rank(self) -> Rank:
        """Its place among what is due at the same instant."""
        return self.device.octets, self.number


_Event = _Send | _Arrive | _Report


class Wan:
    """Implements ``stayon.ports.outbound.Carrier`` for one route.

    ``counts`` tells what has happened so far; ``stranded`` which devices have alerts that never
    left the home. Only ``run`` makes anything happen. ``ended`` is told which pieces of work have
    ended, those of ``carry`` by the name that they were given.
    """

    def __init__(
        self,
        route: Route,
        model: WanModel,
        *,
        coverage: Coverage,
        meters: Meters,
        southbound: Southbound,
        clock: Clock,
        seed: int,
        ended: Callable[[Sequence[str]], None] = lambda _: None,
    ) -> None:
        self.route = route
        self.counts: Counter[str] = Counter()
        self.stranded: Counter[Eui64] = Counter()
        self._model = model
        self._coverage = coverage
        self._meters = meters
        self._ended = ended
        self._southbound = southbound
        self._clock = clock
        self._seed = seed
        self._timeline: Timeline[_Event] = Timeline(clock, model.tick)
        self._pending: set[str] = set()
        self._numbers: Counter[bytes] = Counter()
        self._next_slot = clock.now()
        self._told_again_at = clock.now()
        self._refusals = 0
        self._workers = asyncio.Semaphore(model.workers)

    @property
    def pending(self) -> int:
        """Pieces of work accepted and not ended."""
        return len(self._pending)

    @property
    def room(self) -> int:
        """How many more pieces of work fit."""
        return self._model.queue_limit - len(self._pending)

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Accept all of ``work``, or raise ``OutboundError`` when that is more than fits.

        Work that is already on its way is accepted again without being sent twice.
        """
        new = {item.work_id: item for item in work if item.work_id not in self._pending}
        if len(self._pending) + len(new) > self._model.queue_limit:
            raise OutboundError(f"{self.route.value} holds {self.pending} messages and is full")
        now = self._clock.now()
        give_up = now + timedelta(seconds=self._model.patience)
        for item in new.values():
            self._pending.add(item.work_id)
            number = self._number(item.device)
            self._add(now, _Send(_Delivery(item, number, give_up)))
        self.counts["accepted"] += len(new)

    def carry(self, device: Eui64, messages: Iterable[bytes], work_id: str | None = None) -> None:
        """Take alerts that a device raised by itself, for the DSP, as ``work_id`` if it has one."""
        sent = tuple(messages)
        now = self._clock.now()
        reachable = self._coverage.han_from(device, now) if self._coverage.has_wan(device) else None
        if reachable is None:
            self.stranded[device] += len(sent)
            if work_id is not None:
                self._ended((work_id,))
            return
        number = self._number(device)
        report = _Report(device, number, sent, work_id)
        self._add(reachable + self._model.delay(self._draw(device, number, 0)), report)

    async def run(self) -> None:
        """Do what is due, for ever; end it by cancelling the task."""
        async with asyncio.TaskGroup() as group:
            while True:
                await self._timeline.until_due()
                with self._clock.busy():
                    while events := self._timeline.take(self._model.batch):
                        await self._workers.acquire()
                        group.create_task(self._work(events))

    async def _work(self, events: list[_Event]) -> None:
        try:
            with self._clock.busy():
                reports: list[_Report] = []
                arrived: list[_Delivery] = []
                for event in events:
                    if isinstance(event, _Send):
                        self._send(event.delivery)
                    elif isinstance(event, _Arrive):
                        arrived.append(event.delivery)
                    else:
                        reports.append(event)
                if arrived:
                    await self._arrive(arrived)
                if reports:
                    await self._report(reports)
        finally:
            self._workers.release()

    def _send(self, delivery: _Delivery) -> None:
        device = delivery.work.device
        fuel = self._meters.fuel(device)
        if fuel is None:
            self._fail(delivery, FailureReason.UNKNOWN_DEVICE)
            return
        if not self._coverage.has_wan(device):
            self._fail(delivery, FailureReason.NO_WAN)
            return
        delivery.attempt += 1
        self.counts["attempts"] += 1
        at = self._model.open_at(max(self._clock.now(), self._next_slot))
        self._next_slot = at + timedelta(seconds=1 / self._model.capacity)
        draw = self._draw(device, delivery.number, delivery.attempt)
        if self._model.lost(draw):
            self._try_again(delivery, FailureReason.TIMED_OUT, at)
            return
        at += self._model.delay(draw)
        if fuel is Fuel.GAS:
            at += timedelta(seconds=draw.uniform(0, self._model.gas_poll))
        self._add(at, _Arrive(delivery))

    async def _arrive(self, deliveries: Sequence[_Delivery]) -> None:
        now = self._clock.now()
        reached: list[_Delivery] = []
        for delivery in deliveries:
            if self._coverage.has_han(delivery.work.device, now):
                reached.append(delivery)
            else:
                self._try_again(delivery, FailureReason.HAN_UNREACHABLE, now)
        commands = [MeterCommand(each.work.device, each.work.message) for each in reached]
        answers: Sequence[MeterAnswer]
        try:
            answers = await self._meters.execute(commands)
        except OutboundError:
            # A meter that has executed its command says the same again when it comes again.
            self.counts["meters did not answer"] += len(reached)
            answers = [()] * len(reached)
        for delivery, answer in zip(reached, answers, strict=True):
            self._answered(delivery, answer, now)

    def _answered(self, delivery: _Delivery, answer: MeterAnswer, now: datetime) -> None:
        work = delivery.work
        draw = self._draw(work.device, delivery.number, -delivery.attempt)
        if not answer or self._model.lost(draw):
            self._try_again(delivery, FailureReason.TIMED_OUT, now)
            return
        report = _Report(work.device, delivery.number, answer, work.work_id)
        self._add(now + self._model.delay(draw), report)

    def _try_again(self, delivery: _Delivery, trouble: FailureReason, since: datetime) -> None:
        again = since + self._model.pause(delivery.attempt)
        if delivery.attempt >= self._model.attempts or again > delivery.give_up:
            self._fail(delivery, trouble)
        else:
            self._add(again, _Send(delivery))

    def _fail(self, delivery: _Delivery, reason: FailureReason) -> None:
        work = delivery.work
        arrived = reason in (FailureReason.HAN_UNREACHABLE, FailureReason.TIMED_OUT)
        failure = DeliveryFailure(work.work_id, work.device, reason.value, arrived)
        report = _Report(work.device, delivery.number, (), work.work_id, failure)
        self._add(self._clock.now(), report)

    async def _report(self, reports: list[_Report]) -> None:
        """Tell the DSP; what it does not take now it is told again, until it does."""
        now = self._clock.now()
        open_again = max(self._model.open_at(now), self._told_again_at)
        if open_again > now:
            for report in reports:
                self._add(open_again, report)
            return
        told = [report for report in reports if report.failure is None]
        messages = [DeviceMessage(report.device, m) for report in told for m in report.messages]
        failed = [report for report in reports if report.failure is not None]
        failures = [report.failure for report in failed if report.failure is not None]
        if messages:
            await self._tell(told, self._southbound.receive_device_messages(messages))
        if failures:
            await self._tell(failed, self._southbound.receive_failures(failures))

    async def _tell(self, reports: list[_Report], telling: Awaitable[None]) -> None:
        try:
            await telling
        except OutboundError:
            self.counts["not taken by the DSP"] += len(reports)
            self._wait_for_the_dsp()
            for report in reports:
                self._add(self._told_again_at, report)
            return
        self._refusals = 0
        for report in reports:
            self.counts[report.failure.reason if report.failure else "delivered"] += 1
            if report.work_id is not None:
                self._pending.discard(report.work_id)
        self._ended([report.work_id for report in reports if report.work_id is not None])

    def _wait_for_the_dsp(self) -> None:
        """Keep everything for a while: so that what a device said first is told first again.

        Source: PANEL-outages.
        """
        now = self._clock.now()
        if self._told_again_at <= now:
            self._refusals += 1
            self._told_again_at = now + self._model.pause(self._refusals)

    def _add(self, due: datetime, event: _Event) -> None:
        self._timeline.add(due, event.rank, event)

    def _number(self, device: Eui64) -> int:
        self._numbers[device.octets] += 1
        return self._numbers[device.octets]

    def _draw(self, device: Eui64, number: int, attempt: int) -> Random:
        """Chance that is the same in every run of the same world, whatever else happens."""
        return Random(f"{self._seed}/{device.hex}/{number}/{attempt}")  # noqa: S311 - a simulation
