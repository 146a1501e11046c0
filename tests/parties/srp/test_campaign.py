"""The campaign against a DSP and meters that behave as each test says."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.policy.shipped import shipped_policy

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.domain.request_id import MAX_COUNTER, RequestId
from stayon.parties.srp.attempt import NotWhatWasAsked
from stayon.parties.srp.campaign import Campaign, CampaignTerms
from stayon.parties.srp.gateway import (
    Accepted,
    Answer,
    Declined,
    GatewayUnavailable,
    LocalCommandReady,
    PreCommandReady,
    Service,
)
from stayon.parties.srp.inbound import CommandReturned, Failed, Outcome, Refused, Succeeded
from stayon.parties.srp.pacing import Pace
from stayon.policy.retry import Event, RetryPolicy
from stayon.ports.campaign_control import InForce, OrderKind, in_force
from stayon.ports.campaign_store import CampaignStoreUnavailable, Evidence

START = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
SUPPLIER = Eui64(b"supplier")
RETRY = shipped_policy().retry.with_waits((timedelta(hours=1), timedelta(hours=4)), None)

Behaviour = Callable[[RequestId, int], Outcome | Answer | None]
"""What becomes of the n-th call (from 1) with this request: an answer, or an outcome after I99."""


def meter(number: int, generation: Generation = Generation.SMETS2) -> PortfolioDevice:
    route = Route.CSP_NORTH if generation is Generation.SMETS2 else Route.S1SP_CGI_IE
    return PortfolioDevice(
        device_id=Eui64(number.to_bytes(8, "big")),
        supplier_id=SUPPLIER,
        fuel=Fuel.ELECTRICITY,
        generation=generation,
        mpxn="1234567890123",
        route=route,
        gbcs_version=None,
        counter_floor=0,
        postcode=None,
    )


_STORES: list[SqliteCampaignStore] = []


@pytest.fixture(autouse=True)
async def _closed_at_the_end() -> AsyncIterator[None]:
    yield
    while _STORES:
        await _STORES.pop().close()


class World:
    """A DSP that answers as ``behave`` says, and the campaign that talks to it."""

    def __init__(
        self,
        path: Path,
        behave: Behaviour,
        *,
        per_second: float = 10,
        retry: RetryPolicy = RETRY,
        controlled: bool = False,
    ) -> None:
        self.controlled = controlled
        self.retry = retry
        self.clock = SimulatedClock(START)
        self.path = path
        self.behave = behave
        self.calls: list[tuple[datetime, Service, bytes]] = []
        self.built: list[tuple[RequestId, bool]] = []
        self.declines: Declined | None = None
        self.mismatch = False
        self.per_second = per_second
        self._tasks: set[asyncio.Task[None]] = set()

    def campaign(
        self, devices: list[PortfolioDevice], *, already: frozenset[Eui64] = frozenset()
    ) -> Campaign:
        self.store = SqliteCampaignStore(self.path)
        _STORES.append(self.store)
        self.store.begin("safe-1", devices)
        self.current = Campaign(
            clock=self.clock,
            store=self.store,
            gateway=self,
            builder=self,
            terms=CampaignTerms(
                Pace(self.clock, self.per_second),
                self.retry,
                earlier_evidence=lambda device: (
                    Evidence(device.device_id, "earlier", b"proof")
                    if device.device_id in already
                    else None
                ),
                control=self.store.control if self.controlled else None,
            ),
        )
        return self.current

    async def build(
        self, device: PortfolioDevice, request_id: RequestId, *, local: bool
    ) -> bytes | Declined:
        if self.mismatch:
            raise NotWhatWasAsked("emergency_credit_limit: asked 1, got 2")
        self.built.append((request_id, local))
        return self.declines or str(request_id).encode()

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        self.calls.append((self.clock.now(), service, request))
        assert request_id == RequestId.parse(request.decode())
        times = sum(1 for _, _, seen in self.calls if seen == request)
        result = self.behave(request_id, times)
        if isinstance(result, Succeeded | Refused | Failed | CommandReturned):
            task = asyncio.create_task(self._deliver(result))
            self._tasks.add(task)
            return Accepted()
        return result or Accepted()

    async def _deliver(self, outcome: Outcome) -> None:
        await self.clock.sleep(5)
        with self.clock.busy():
            assert await self.current.receive(outcome)

    async def run(
        self,
        devices: list[PortfolioDevice],
        *,
        days: int = 14,
        already: frozenset[Eui64] = frozenset(),
    ) -> dict[Eui64, Progress]:
        running = asyncio.create_task(self.campaign(devices, already=already).run())
        await self.clock.run_until(START + timedelta(days=days))
        assert running.done(), "a device is left without an end state"
        await running
        return {device.device_id: progress for device, progress in self.store.progress()}


def success(request_id: RequestId, _times: int) -> Outcome:
    return Succeeded(request_id, b"\xdf signed by the meter")


def silence(_request_id: RequestId, _times: int) -> None:
    """I99, and then nothing."""


@pytest.mark.requirement("decision-15", "A6")
async def test_every_device_becomes_safe_at_the_pace_that_was_asked(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", success, per_second=2)
    ends = await world.run([meter(number) for number in range(1, 6)])
    assert {progress.end for progress in ends.values()} == {EndState.SAFE}
    assert [at - START for at, _, _ in world.calls] == [
        timedelta(seconds=number / 2) for number in range(5)
    ]
    request_id = str(world.built[0][0])
    assert world.store.evidence(meter(1).device_id) == Evidence(
        meter(1).device_id, request_id, b"\xdf signed by the meter"
    )


@pytest.mark.requirement("decision-4", "A3")
async def test_counters_are_unix_milliseconds_and_never_below_the_floor(tmp_path: Path) -> None:
    high = 2**63
    world = World(tmp_path / "c.sqlite", success)
    await world.run([meter(1), replace(meter(2), counter_floor=high)])
    assert [request_id.counter for request_id, _ in world.built] == [
        int(START.timestamp() * 1000),
        high,
    ]


@pytest.mark.requirement("PIA-R3", "decision-3")
async def test_a_meter_that_is_not_reached_is_tried_again_with_new_counters(
    tmp_path: Path,
) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome:
        if request_id.counter < int((START + timedelta(hours=5)).timestamp() * 1000):
            return Failed(request_id, "N12", "not reached")
        return Succeeded(request_id, b"late")

    world = World(tmp_path / "c.sqlite", behave)
    ends = await world.run([meter(1)])
    (progress,) = ends.values()
    assert (progress.end, progress.attempt) == (EndState.SAFE, 3)
    counters = [request_id.counter for request_id, _ in world.built]
    assert counters == sorted(set(counters))
    assert [at - START for at, _, _ in world.calls] == [
        timedelta(0),
        timedelta(hours=1, seconds=5),
        timedelta(hours=5, seconds=10),
    ]


@pytest.mark.requirement("PIA-R3", "decision-15")
async def test_the_last_attempt_asks_for_a_command_for_local_delivery(tmp_path: Path) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome | Answer:
        if world.built[-1] == (request_id, True):
            return LocalCommandReady(b"\xdd command")
        return Failed(request_id, "N12", "not reached")

    world = World(tmp_path / "c.sqlite", behave)
    ends = await world.run([meter(1)])
    (progress,) = ends.values()
    assert (progress.end, progress.attempt) == (EndState.NEEDS_LOCAL_DELIVERY, 4)
    assert [service for _, service, _ in world.calls] == [Service.SEND_COMMAND] * 3 + [
        Service.DCC_ONLY
    ]
    evidence = world.store.evidence(meter(1).device_id)
    assert evidence is not None
    assert evidence.command == b"\xdd command"


@pytest.mark.requirement("decision-11", "decision-15", refuses=True)
async def test_smets1_has_no_local_command_and_ends_on_the_peoples_list(tmp_path: Path) -> None:
    world = World(
        tmp_path / "c.sqlite", lambda request_id, _times: Failed(request_id, "N12", "not reached")
    )
    ends = await world.run([meter(1, Generation.SMETS1)])
    (progress,) = ends.values()
    assert (progress.end, progress.attempt) == (EndState.UNREACHABLE, 3)
    assert "not reached in 3 attempts" in progress.words


@pytest.mark.requirement("decision-15", refuses=True)
async def test_a_local_command_that_is_refused_leaves_the_device_unreachable(
    tmp_path: Path,
) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome | Answer:
        if world.built[-1] == (request_id, True):
            return Declined("E17", "no local command")
        return Failed(request_id, "N12", "not reached")

    world = World(tmp_path / "c.sqlite", behave)
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.code) == (EndState.UNREACHABLE, "E17")


@pytest.mark.requirement("decision-15", refuses=True)
@pytest.mark.parametrize(
    ("result", "code"),
    [
        (lambda request_id: Declined("E4", "not responsible"), "E4"),
        (lambda request_id: Refused(request_id, "I0", "could not set: x", b"\xdf"), "I0"),
        (lambda request_id: Refused(request_id, "N54", "held in quarantine"), "N54"),
    ],
)
async def test_a_refusal_ends_with_its_code_and_words(
    tmp_path: Path, result: Callable[[RequestId], Outcome | Answer], code: str
) -> None:
    world = World(tmp_path / "c.sqlite", lambda request_id, _times: result(request_id))
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.code) == (EndState.REFUSED, code)
    assert progress.words


async def test_a_refused_transform_and_a_mismatch_end_before_anything_is_sent(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "c.sqlite", success)
    world.declines = Declined("E2", "not eligible")
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.code) == (EndState.REFUSED, "E2")
    other = World(tmp_path / "d.sqlite", success)
    other.mismatch = True
    (progress,) = (await other.run([meter(1)])).values()
    assert progress.end is EndState.REFUSED
    assert "emergency_credit_limit" in progress.words
    assert world.calls == other.calls == []


@pytest.mark.requirement("A6", refuses=True)
async def test_a_dsp_that_pushes_back_is_left_alone_and_then_sent_the_same_bytes(
    tmp_path: Path,
) -> None:
    def behave(request_id: RequestId, times: int) -> Outcome:
        if world.clock.now() < START + timedelta(seconds=90):
            raise GatewayUnavailable("full", timedelta(seconds=100) if times == 1 else None)
        return Succeeded(request_id, b"ok")

    world = World(tmp_path / "c.sqlite", behave)
    ends = await world.run([meter(1), meter(2)])
    assert {progress.attempt for progress in ends.values()} == {1}
    assert len(world.built) == 2
    first = [request for _, _, request in world.calls if request == world.calls[0][2]]
    assert len(first) == 2
    assert all(at <= START or at >= START + timedelta(seconds=100) for at, _, _ in world.calls[2:])


async def test_silence_after_an_acknowledgement_leads_to_another_attempt(tmp_path: Path) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome | None:
        return Succeeded(request_id, b"ok") if len(world.built) == 2 else None

    world = World(tmp_path / "c.sqlite", behave)
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.attempt) == (EndState.SAFE, 2)


@pytest.mark.requirement("decision-15")
async def test_earlier_evidence_makes_a_device_already_safe(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", success)
    ends = await world.run([meter(1), meter(2)], already=frozenset({meter(1).device_id}))
    assert ends[meter(1).device_id].end is EndState.ALREADY_SAFE
    kept = world.store.evidence(meter(1).device_id)
    assert kept == Evidence(meter(1).device_id, "earlier", b"proof")
    assert [request_id.target for request_id, _ in world.built] == [meter(2).device_id]


@pytest.mark.requirement("decision-4")
@pytest.mark.parametrize("stage", [Stage.NUMBERED, Stage.SIGNED, Stage.ACKNOWLEDGED])
async def test_a_killed_campaign_goes_on_where_it_was(tmp_path: Path, stage: Stage) -> None:
    path = tmp_path / "c.sqlite"
    request_id = RequestId(SUPPLIER, meter(1).device_id, 77)
    before = SqliteCampaignStore(path)
    before.begin("safe-1", [meter(1)])
    due = START + timedelta(hours=1) if stage is Stage.ACKNOWLEDGED else None
    await before.save(
        Progress(meter(1).device_id, stage, None, 1, 77, 77, due, "", "", START),
        request=None if stage is Stage.NUMBERED else str(request_id).encode(),
    )
    await before.close()

    world = World(path, success)
    running = asyncio.create_task(world.campaign([meter(1)]).run())
    if stage is Stage.ACKNOWLEDGED:
        await world.clock.run_until(START + timedelta(minutes=1))
        assert await world.current.receive(Succeeded(request_id, b"delivered again"))
    await world.clock.run_until(START + timedelta(days=1))
    await running
    ((_, progress),) = world.store.progress()
    assert (progress.end, progress.attempt, progress.counter) == (EndState.SAFE, 1, 77)
    assert [str(built) for built, _ in world.built] == (
        [str(request_id)] if stage is Stage.NUMBERED else []
    )
    assert [request.decode() for _, _, request in world.calls] == (
        [] if stage is Stage.ACKNOWLEDGED else [str(request_id)]
    )


async def test_outcomes_of_strangers_of_old_attempts_and_repeated_ones_change_nothing(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "c.sqlite", success)
    ends = await world.run([meter(1)])
    (progress,) = ends.values()
    mine = world.built[0][0]
    stranger = RequestId(SUPPLIER, meter(9).device_id, 1)
    assert not await world.current.receive(Succeeded(stranger, b"x"))
    other_supplier = RequestId(Eui64(b"somebody"), mine.target, mine.counter)
    assert not await world.current.receive(Succeeded(other_supplier, b"x"))
    never_sent = RequestId(SUPPLIER, mine.target, mine.counter + 1)
    assert not await world.current.receive(Succeeded(never_sent, b"x"))
    assert await world.current.receive(Failed(mine, "N12", "too late"))
    assert await world.current.receive(Succeeded(mine, b"again"))
    assert list(world.store.progress()) == [(meter(1), progress)]


@pytest.mark.requirement("decision-15")
async def test_a_device_that_was_given_up_becomes_safe_when_it_answers_after_all(
    tmp_path: Path,
) -> None:
    world = World(
        tmp_path / "c.sqlite", lambda request_id, _times: Refused(request_id, "N54", "quarantine")
    )
    await world.run([meter(1)])
    assert world.current.tracking.count(EndState.REFUSED) == 1
    assert await world.current.receive(Succeeded(world.built[0][0], b"released"))
    assert world.current.tracking.count(EndState.REFUSED) == 0
    assert world.current.tracking.count(EndState.SAFE) == 1


async def test_an_outcome_that_cannot_be_stored_is_not_taken(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", silence)
    running = asyncio.create_task(world.campaign([meter(1)]).run())
    await world.clock.run_until(START + timedelta(seconds=10))

    async def broken(*_: object, **__: object) -> None:
        raise CampaignStoreUnavailable("disk full")

    working, world.store.save = world.store.save, broken  # type: ignore[method-assign]
    with pytest.raises(CampaignStoreUnavailable):
        await world.current.receive(Succeeded(world.built[0][0], b"ok"))
    assert world.current.tracking.ended == 0
    world.store.save = working  # type: ignore[method-assign]
    assert await world.current.receive(Succeeded(world.built[0][0], b"ok"))
    await world.clock.run_until(START + timedelta(seconds=20))
    await running
    assert world.current.tracking.count(EndState.SAFE) == 1


async def test_a_failure_that_is_delivered_twice_counts_once(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", silence)
    running = asyncio.create_task(world.campaign([meter(1)]).run())
    await world.clock.run_until(START + timedelta(seconds=10))
    failed = Failed(world.built[0][0], "N53", "not reached")
    assert await world.current.receive(failed)
    await world.clock.run_until(START + timedelta(minutes=30))
    assert await world.current.receive(failed)
    await world.clock.run_until(START + timedelta(minutes=59))
    assert len(world.built) == 1
    await world.clock.run_until(START + timedelta(hours=1, minutes=1))
    assert len(world.built) == 2
    assert await world.current.receive(Succeeded(world.built[0][0], b"after all"))
    await world.clock.run_until(START + timedelta(hours=2))
    await running
    assert world.current.tracking.count(EndState.SAFE) == 1


async def test_the_wait_after_a_failure_is_not_cut_short_by_an_older_appointment(
    tmp_path: Path,
) -> None:
    """An answer is awaited until 36 h; the third attempt is due at 40 h and not before."""
    retry = RETRY.with_waits((timedelta(hours=1), timedelta(hours=39)), None)
    world = World(tmp_path / "c.sqlite", lambda r, _t: Failed(r, "N53", "not reached"), retry=retry)
    await world.run([meter(1, Generation.SMETS1)])
    assert [at - START for at, _, _ in world.calls] == [
        timedelta(0),
        timedelta(hours=1, seconds=5),
        timedelta(hours=40, seconds=10),
    ]


@pytest.mark.requirement("decision-4", "decision-15", refuses=True)
async def test_a_device_whose_counters_are_used_up_ends_and_the_others_go_on(
    tmp_path: Path,
) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome:
        if request_id.counter == MAX_COUNTER:
            return Failed(request_id, "N53", "not reached")
        return Succeeded(request_id, b"ok")

    world = World(tmp_path / "c.sqlite", behave)
    ends = await world.run([replace(meter(1), counter_floor=MAX_COUNTER), meter(2)])
    assert ends[meter(1).device_id].end is EndState.UNREACHABLE
    assert "used up" in ends[meter(1).device_id].words
    assert ends[meter(2).device_id].end is EndState.SAFE


@pytest.mark.requirement("decision-15", refuses=True)
async def test_an_s1sp_does_not_speak_for_a_meter_that_signs_itself(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", silence)
    running = asyncio.create_task(world.campaign([meter(1), meter(2, Generation.SMETS1)]).run())
    await world.clock.run_until(START + timedelta(seconds=10))
    first, second = (request_id for request_id, _ in world.built)
    assert not await world.current.receive(Succeeded(first, b"xml", Generation.SMETS1))
    assert not await world.current.receive(Succeeded(second, b"\xdf", Generation.SMETS2))
    assert world.current.tracking.ended == 0
    assert await world.current.receive(Succeeded(first, b"\xdf", Generation.SMETS2))
    assert await world.current.receive(Succeeded(second, b"xml", Generation.SMETS1))
    await world.clock.run_until(START + timedelta(seconds=20))
    await running


async def test_the_second_of_two_deliveries_waits_until_the_first_is_on_disk(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "c.sqlite", silence)
    running = asyncio.create_task(world.campaign([meter(1)]).run())
    await world.clock.run_until(START + timedelta(seconds=10))

    async def broken(*_: object, **__: object) -> None:
        await asyncio.sleep(0)
        raise CampaignStoreUnavailable("disk full")

    working, world.store.save = world.store.save, broken  # type: ignore[method-assign]
    both = [world.current.receive(Succeeded(world.built[0][0], b"ok")) for _ in range(2)]
    results = await asyncio.gather(*both, return_exceptions=True)
    assert all(isinstance(result, CampaignStoreUnavailable) for result in results)
    world.store.save = working  # type: ignore[method-assign]
    assert await world.current.receive(Succeeded(world.built[0][0], b"ok"))
    await world.clock.run_until(START + timedelta(seconds=20))
    await running


async def test_an_outcome_overtakes_its_acknowledgement(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", silence)

    async def call(service: Service, request_id: RequestId, request: bytes) -> Answer:
        assert await world.current.receive(Succeeded(request_id, b"quick"))
        return Accepted()

    world.call = call  # type: ignore[method-assign]
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.attempt) == (EndState.SAFE, 1)


async def test_a_failure_while_the_dsp_goes_away_keeps_its_later_appointment(
    tmp_path: Path,
) -> None:
    world = World(tmp_path / "c.sqlite", success)
    working = world.call

    async def call(service: Service, request_id: RequestId, request: bytes) -> Answer:
        if len(world.built) == 1:
            assert await world.current.receive(Failed(request_id, "N53", "not reached"))
            raise GatewayUnavailable("the answer was lost")
        return await working(service, request_id, request)

    world.call = call  # type: ignore[method-assign]
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.attempt) == (EndState.SAFE, 2)
    assert [at - START for at, _, _ in world.calls] == [timedelta(hours=1)]


async def test_an_answer_of_another_kind_refuses(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", lambda _r, _t: PreCommandReady(b"\xdf"))
    (progress,) = (await world.run([meter(1)])).values()
    assert (progress.end, progress.words) == (
        EndState.REFUSED,
        "the DSP answered something else",
    )


async def test_a_store_that_fails_stops_the_campaign_with_its_words(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", success)
    campaign = world.campaign([meter(1), meter(2)])

    async def broken(*_: object, **__: object) -> None:
        raise CampaignStoreUnavailable("disk full")

    world.store.save = broken  # type: ignore[method-assign]
    running = asyncio.create_task(campaign.run())
    await world.clock.run_until(START + timedelta(seconds=20))
    with pytest.raises(CampaignStoreUnavailable, match="disk full"):
        await running
    assert world.calls == []


async def test_a_signed_stage_without_its_request_is_no_campaign_of_ours(tmp_path: Path) -> None:
    before = SqliteCampaignStore(tmp_path / "c.sqlite")
    before.begin("safe-1", [meter(1)])
    await before.save(Progress(meter(1).device_id, Stage.SIGNED, None, 1, 77, 77))
    await before.close()
    world = World(tmp_path / "c.sqlite", success)
    running = asyncio.create_task(world.campaign([meter(1)]).run())
    await world.clock.run_until(START + timedelta(seconds=20))
    with pytest.raises(RuntimeError):
        await running


async def test_a_campaign_that_is_complete_has_nothing_to_do(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", success)
    await world.run([meter(1)])
    await world.store.close()
    again = World(tmp_path / "c.sqlite", success)
    await again.run([meter(1)])
    assert again.calls == []


@pytest.mark.requirement("PIA-R3", "decision-15")
async def test_a_meter_that_is_busy_for_a_moment_is_asked_again_and_another_error_is_not_local(
    tmp_path: Path,
) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome:
        if len(world.built) == 1:
            return Refused(
                request_id, "DLMS-2", "temporary failure", b"\xdf", Event.REFUSED_BY_METER
            )
        return Refused(request_id, "DLMS-3", "denied", b"\xdf 2", Event.REFUSED_BY_METER)

    world = World(tmp_path / "c.sqlite", behave)
    (progress,) = (await world.run([meter(1)])).values()
    assert [at - START for at, _, _ in world.calls] == [
        timedelta(0),
        timedelta(minutes=15, seconds=5),
    ]
    assert (progress.end, progress.code, progress.cause) == (
        EndState.REFUSED,
        "DLMS-3",
        "meter_refused",
    )
    kept = world.store.evidence(meter(1).device_id)
    assert kept is not None
    assert kept.response == b"\xdf 2"


@pytest.mark.requirement("PIA-R3", "D16")
async def test_cv_7_sends_once_more_and_brings_the_command_for_the_field_pack(
    tmp_path: Path,
) -> None:
    retry = replace(RETRY, local_variant=7)

    def behave(request_id: RequestId, _times: int) -> Outcome:
        if world.built[-1] == (request_id, True):
            return CommandReturned(request_id, b"\xdd command")
        return Failed(request_id, "N12", "")

    world = World(tmp_path / "c.sqlite", behave, retry=retry)
    (progress,) = (await world.run([meter(1)])).values()
    assert {service for _, service, _ in world.calls} == {Service.SEND_COMMAND}
    assert (progress.end, progress.cause) == (EndState.NEEDS_LOCAL_DELIVERY, "no_wan")
    kept = world.store.evidence(meter(1).device_id)
    assert kept is not None
    assert kept.command == b"\xdd command"
    assert await world.current.receive(Succeeded(world.built[-1][0], b"over the WAN after all"))
    assert world.current.tracking.count(EndState.SAFE) == 1


@pytest.mark.requirement("A6", "PIA-R3")
async def test_orders_pause_a_campaign_resume_it_and_change_its_pace(tmp_path: Path) -> None:
    world = World(tmp_path / "c.sqlite", success, per_second=1, controlled=True)
    running = asyncio.create_task(world.campaign([meter(n) for n in range(1, 9)]).run())
    control = world.store.control
    await world.clock.run_until(START + timedelta(seconds=2.5))
    control.give(OrderKind.PAUSE, "", by="R. Adeyemi", at=world.clock.now())
    await world.clock.run_until(START + timedelta(minutes=10))
    before = len(world.calls)
    assert before < 8
    control.give(OrderKind.PACE, "100", by="R. Adeyemi", at=world.clock.now())
    control.give(OrderKind.RESUME, "", by="R. Adeyemi", at=world.clock.now())
    await world.clock.run_until(START + timedelta(minutes=11))
    await running
    assert len(world.calls) == 8
    resumed = [at for at, _, _ in world.calls[before + 1 :]]
    assert max(resumed) - min(resumed) < timedelta(seconds=1)
    assert [order.result for order in control.orders()] == [
        "paused",
        "100 requests a second",
        "resumed",
    ]
    assert in_force(control.orders()) == InForce(paused=False, pace=100)


@pytest.mark.requirement("PIA-R3")
async def test_a_cause_is_retried_on_order_and_only_that_cause(tmp_path: Path) -> None:
    def behave(request_id: RequestId, _times: int) -> Outcome | Answer:
        if len(world.built) > 2:
            return Succeeded(request_id, b"ok")
        code = "E65" if request_id.target == meter(1).device_id else "E4"
        return Declined(code, "no")

    world = World(tmp_path / "c.sqlite", behave, controlled=True)
    await world.run([meter(1), meter(2)], days=1)
    world.store.control.give(OrderKind.RETRY, "not_authorised", by="R. A.", at=START)
    await world.store.close()
    again = asyncio.create_task(world.campaign([meter(1), meter(2)]).run())
    await world.clock.run_until(START + timedelta(days=2))
    await again
    ends = {device.device_id: progress for device, progress in world.store.progress()}
    first, second = ends[meter(1).device_id], ends[meter(2).device_id]
    assert (first.end, first.attempt, first.tries, first.cause) == (EndState.SAFE, 2, 1, "")
    assert (second.end, second.attempt) == (EndState.REFUSED, 1)
    (order,) = world.store.control.orders()
    assert order.result == "1 devices are tried again"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        (OrderKind.PACE, "0"),
        (OrderKind.PACE, "fast"),
        (OrderKind.PACE, "nan"),
        (OrderKind.PAUSE, "now"),
        (OrderKind.RETRY, ""),
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    tmp_path: Path, kind: OrderKind, value: str
) -> None:
    store = SqliteCampaignStore(tmp_path / "c.sqlite")
    store.begin("safe-1", [meter(1)])
    with pytest.raises(FieldError):
        store.control.give(kind, value, by="somebody", at=START)
    with pytest.raises(FieldError, match="says who"):
        store.control.give(OrderKind.RESUME, "", by="", at=START)
    assert store.control.orders() == ()
    await store.close()


async def test_a_campaign_that_an_earlier_version_began_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "c.sqlite"
    before = SqliteCampaignStore(path)
    before.begin("safe-1", [meter(1)])
    await before.close()
    with sqlite3.connect(path) as old:
        for kind in ("trigger", "index"):
            made = old.execute(
                "SELECT name FROM sqlite_master WHERE type = ? AND sql IS NOT NULL", (kind,)
            )
            for (name,) in made.fetchall():
                old.execute(f"DROP {kind} {name}")
        for table in ("tally", "made_safe", "attempt"):
            old.execute(f"DROP TABLE {table}")
        for column in ("cause", "local", "earlier_attempts"):
            old.execute(f"ALTER TABLE progress DROP COLUMN {column}")
        old.execute("DROP TABLE control_order")
        old.execute("UPDATE campaign SET schema_version = 1")
    old.close()
    world = World(path, success)
    (progress,) = (await world.run([meter(1)])).values()
    assert progress.end is EndState.SAFE
    again = SqliteCampaignStore.existing(path)
    assert (again.board.standing().safe, again.board.standing().devices) == (1, 1)
    await again.close()


@pytest.mark.requirement("A6", "PIA-A6", "PIA-R3")
async def test_nothing_is_lost_while_the_dsp_sheds_load(tmp_path: Path) -> None:
    """The DSP takes two requests a second and pushes the rest back; the client asks for fifty."""
    taken: dict[datetime, int] = {}

    def behave(request_id: RequestId, _times: int) -> Outcome:
        second = world.clock.now().replace(microsecond=0)
        if taken.get(second, 0) >= 2:
            raise GatewayUnavailable("HTTP 429: full", timedelta(seconds=2))
        taken[second] = taken.get(second, 0) + 1
        return Succeeded(request_id, b"ok")

    world = World(tmp_path / "c.sqlite", behave, per_second=50)
    ends = await world.run([meter(number) for number in range(1, 41)], days=1)
    assert {progress.end for progress in ends.values()} == {EndState.SAFE}
    assert {progress.attempt for progress in ends.values()} == {1}
    assert sum(taken.values()) == 40
