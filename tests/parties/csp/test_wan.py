"""The WAN on simulated time: what arrives, when, and that nothing is lost in silence."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from tests.devices.support import ESME_ID, GSME_ID, NOW, World
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.clock.system import SystemClock
from stayon.devices.alerts import AlertCode
from stayon.devices.esme import Esme
from stayon.devices.host import DeviceHost
from stayon.devices.prepayment import Prepayment
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.gbcs.frame import Cra, parse_frame
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.parties.csp.local_meters import LocalMeters
from stayon.parties.csp.model import Coverage, Outage, WanModel
from stayon.parties.csp.wan import Wan
from stayon.ports.clock import Clock
from stayon.ports.meters import MeterAnswer, MeterCommand
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    S1spMessage,
)

WORLD = World()
START = NOW.replace(second=0)
SURE = WanModel(loss_rate=0.0)
HOUR = timedelta(hours=1)


@dataclass
class Dsp:
    """The southbound interface; refuses the first ``deaf`` calls."""

    clock: Clock
    deaf: int = 0
    messages: list[tuple[datetime, DeviceMessage]] = field(default_factory=list)
    failures: list[tuple[datetime, DeliveryFailure]] = field(default_factory=list)
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        self.listen()
        self.messages += [(self.clock.now(), message) for message in messages]
        self.heard.set()

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        self.listen()
        self.failures += [(self.clock.now(), failure) for failure in failures]

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        raise AssertionError(messages)

    def listen(self) -> None:
        if self.deaf:
            self.deaf -= 1
            raise OutboundError("not now")

    @property
    def reasons(self) -> list[str]:
        return [failure.reason for _, failure in self.failures]


@dataclass
class Net:
    """A WAN that runs."""

    clock: SimulatedClock
    dsp: Dsp
    wan: Wan
    host: DeviceHost

    async def pass_time(self, span: timedelta) -> None:
        await self.clock.run_until(self.clock.now() + span)


@asynccontextmanager
async def net(
    model: WanModel = SURE,
    coverage: Coverage | None = None,
    host: DeviceHost | None = None,
    *,
    seed: int = 1,
    deaf: int = 0,
) -> AsyncIterator[Net]:
    clock = SimulatedClock(START)
    dsp = Dsp(clock, deaf)
    devices = host or DeviceHost([WORLD.esme(), WORLD.gsme()])
    wan = Wan(
        Route.CSP_NORTH, model, coverage=coverage or Coverage(), southbound=dsp,
        meters=LocalMeters(devices, clock), clock=clock, seed=seed,
    )  # fmt: skip
    running = asyncio.ensure_future(wan.run())
    try:
        yield Net(clock, dsp, wan, devices)
    finally:
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running


def electricity(counter: int = 1000, device: Eui64 = ESME_ID) -> CarrierWork:
    message = WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A, counter=counter, recipient=device)
    return CarrierWork(f"work {device} {counter}", Route.CSP_NORTH, device, message)


def gas(counter: int = 1000) -> CarrierWork:
    message = WORLD.command(SAFE_GAS, UseCase.GCS05, counter=counter)
    return CarrierWork(f"gas {counter}", Route.CSP_NORTH, GSME_ID, message)


@pytest.mark.requirement("T5")
async def test_a_command_goes_down_and_its_response_comes_up() -> None:
    async with net() as it:
        await it.wan.submit([electricity(), gas()])
        assert it.wan.pending == 2
        await it.pass_time(HOUR)
        assert it.wan.pending == 0
        at = {message.device: at for at, message in it.dsp.messages}
        assert START < at[ESME_ID] < START + timedelta(minutes=2)
        assert START < at[GSME_ID] < START + timedelta(minutes=32)
        assert it.dsp.failures == []
        for _, message in it.dsp.messages:
            assert parse_frame(message.message).cra is Cra.RESPONSE
        assert it.wan.counts["delivered"] == 2


async def test_work_handed_over_twice_goes_once() -> None:
    async with net() as it:
        work = electricity()
        await it.wan.submit([work, work])
        await it.wan.submit([work])
        await it.pass_time(HOUR)
        assert len(it.dsp.messages) == 1
        await it.wan.submit([work])
        await it.pass_time(HOUR)
        first, again = it.dsp.messages
        assert first[1] == again[1]


async def test_more_than_fits_is_pushed_back_whole() -> None:
    async with net(WanModel(loss_rate=0.0, queue_limit=2)) as it:
        with pytest.raises(OutboundError):
            await it.wan.submit([electricity(n) for n in (1, 2, 3)])
        assert it.wan.pending == 0
        await it.wan.submit([electricity(n) for n in (1, 2)])


async def test_capacity_spreads_what_comes_at_once() -> None:
    model = WanModel(loss_rate=0.0, capacity=0.1, latency=0.1)
    async with net(model) as it:
        await it.wan.submit([electricity(n) for n in range(1, 11)])
        await it.pass_time(timedelta(seconds=50))
        assert 4 <= len(it.dsp.messages) <= 6
        await it.pass_time(HOUR)
        assert len(it.dsp.messages) == 10


async def test_the_clock_waits_for_a_burst_of_any_size() -> None:
    model = WanModel(
        loss_rate=0.0, latency=3.5, latency_spread=0.0, capacity=1e6, batch=1, workers=1
    )
    async with net(model, host=many(100)) as it:
        await it.wan.submit([electricity(device=meter.eui64) for meter in it.host])
        await it.pass_time(timedelta(minutes=1))
        assert len({at for at, _ in it.dsp.messages}) == 1
        assert len(it.dsp.messages) == 100


@pytest.mark.requirement("R3", refuses=True)
@pytest.mark.parametrize(
    ("coverage", "reason"),
    [
        (Coverage(no_wan=[ESME_ID]), "NO_WAN"),
        (Coverage(han_lost={ESME_ID: None}), "HAN_UNREACHABLE"),
    ],
)
async def test_what_cannot_be_delivered_is_told(coverage: Coverage, reason: str) -> None:
    async with net(coverage=coverage) as it:
        await it.wan.submit([electricity()])
        await it.pass_time(timedelta(days=3))
        assert it.dsp.reasons == [reason]
        assert (it.wan.pending, it.dsp.messages) == (0, [])
        assert it.wan.counts[reason] == 1


async def test_a_device_that_is_not_here_is_told() -> None:
    async with net() as it:
        await it.wan.submit([electricity(device=Eui64(b"nobody!!"))])
        await it.pass_time(HOUR)
        assert it.dsp.reasons == ["UNKNOWN_DEVICE"]


async def test_a_han_that_heals_gets_its_command() -> None:
    heals = START + timedelta(hours=5)
    async with net(coverage=Coverage(han_lost={ESME_ID: heals})) as it:
        await it.wan.submit([electricity()])
        await it.pass_time(timedelta(hours=5))
        assert it.dsp.messages == []
        await it.pass_time(timedelta(days=1))
        assert len(it.dsp.messages) == 1
        assert it.dsp.failures == []


async def test_a_meter_that_stays_silent_times_out() -> None:
    async with net() as it:
        work = CarrierWork("forged", Route.CSP_NORTH, ESME_ID, b"\xdf nonsense")
        await it.wan.submit([work])
        await it.pass_time(timedelta(days=3))
        assert it.dsp.reasons == ["TIMED_OUT"]
        assert it.host[ESME_ID].refused == SURE.attempts


async def test_patience_ends_before_the_attempts_do() -> None:
    model = WanModel(loss_rate=0.0, attempts=1000, patience=3600.0)
    async with net(model, Coverage(han_lost={ESME_ID: None})) as it:
        await it.wan.submit([electricity()])
        await it.pass_time(timedelta(hours=2))
        assert it.dsp.reasons == ["HAN_UNREACHABLE"]
        assert it.dsp.failures[0][0] <= START + timedelta(hours=1)


async def test_losses_are_made_good_without_executing_twice() -> None:
    model = WanModel(loss_rate=0.6, attempts=60, backoff_factor=1.0)
    async with net(model, host=many(20)) as it:
        await it.wan.submit([electricity(device=meter.eui64) for meter in it.host])
        await it.pass_time(timedelta(days=2))
        assert it.dsp.failures == []
        assert len(it.dsp.messages) == 20
        assert it.wan.counts["attempts"] > 40
        assert sum(meter.refused for meter in it.host) == 0


async def test_a_command_that_is_overtaken_is_a_replay_to_the_meter() -> None:
    async with net() as it:
        await it.wan.submit([electricity(2)])
        await it.pass_time(HOUR)
        await it.wan.submit([electricity(1)])
        await it.pass_time(timedelta(days=3))
        assert it.dsp.reasons == ["TIMED_OUT"]


async def test_an_outage_delays_both_ways() -> None:
    outage = Outage(START, START + HOUR)
    later = Outage(START + HOUR + timedelta(seconds=20), START + 3 * HOUR)
    model = WanModel(loss_rate=0.0, latency=15, latency_spread=0.0, outages=(later, outage))
    async with net(model) as it:
        await it.wan.submit([electricity()])
        await it.pass_time(HOUR)
        assert it.dsp.messages == []
        await it.pass_time(3 * HOUR)
        assert [at for at, _ in it.dsp.messages] == [START + 3 * HOUR]


async def test_a_dsp_that_does_not_listen_is_told_again() -> None:
    async with net(coverage=Coverage(no_wan=[GSME_ID]), deaf=5) as it:
        await it.wan.submit([electricity(), gas()])
        await it.pass_time(timedelta(days=1))
        assert len(it.dsp.messages) == 1
        assert it.dsp.reasons == ["NO_WAN"]
        assert it.wan.counts["not taken by the DSP"] == 5
        assert it.wan.pending == 0


class TestAlerts:
    @pytest.mark.requirement("T6", "R7")
    async def test_a_spontaneous_alert_reaches_the_dsp(self) -> None:
        async with net() as it:
            it.wan.carry(ESME_ID, it.host[ESME_ID].raise_alert(AlertCode.TAMPER, START))
            await it.pass_time(HOUR)
            ((at, message),) = it.dsp.messages
            assert at > START
            assert parse_frame(message.message).cra is Cra.ALERT

    @pytest.mark.requirement("PANEL-outages", "D10")
    @pytest.mark.parametrize("deaf", [1, 7, 40])
    async def test_an_outage_of_the_dsp_loses_nothing_and_keeps_the_order(self, deaf: int) -> None:
        async with net(deaf=deaf) as it:
            for minute in range(10):
                for device in (ESME_ID, GSME_ID):
                    raised = it.host[device].raise_alert(AlertCode.TAMPER, it.clock.now())
                    it.wan.carry(device, raised)
                await it.pass_time(timedelta(minutes=1))
                assert minute or not it.dsp.messages
            await it.pass_time(timedelta(days=20))
            assert it.dsp.deaf == 0
            for device in (ESME_ID, GSME_ID):
                frames = [parse_frame(m.message) for _, m in it.dsp.messages if m.device == device]
                counters = [frame.counter for frame in frames]
                assert len(counters) == 10
                assert counters == sorted(counters)

    async def test_time_brings_alerts(self) -> None:
        async with net() as it:
            it.host[ESME_ID].prepayment.consumption_per_hour = 19_00000
            await it.pass_time(HOUR + timedelta(minutes=1))
            for device, messages in it.host.advance(it.clock.now()):
                it.wan.carry(device, messages)
            await it.pass_time(HOUR)
            assert len(it.dsp.messages) == 2

    async def test_an_alert_waits_for_its_han_and_for_an_outage(self) -> None:
        coverage = Coverage(han_lost={ESME_ID: START + HOUR, GSME_ID: None})
        outage = Outage(START + HOUR, START + 2 * HOUR)
        async with net(WanModel(outages=(outage,)), coverage) as it:
            for device in (ESME_ID, GSME_ID):
                it.wan.carry(device, it.host[device].raise_alert(AlertCode.TAMPER, START))
            await it.pass_time(timedelta(days=1))
            assert [(at, m.device) for at, m in it.dsp.messages] == [(outage.end, ESME_ID)]
            assert it.wan.stranded == {GSME_ID: 1}

    async def test_alerts_without_a_wan_are_seen_here_only(self) -> None:
        coverage = Coverage(no_wan=[ESME_ID])
        async with net(coverage=coverage) as it:
            it.wan.carry(ESME_ID, it.host[ESME_ID].raise_alert(AlertCode.TAMPER, START))
            await it.pass_time(HOUR)
            assert it.dsp.messages == []
            assert it.wan.stranded == {ESME_ID: 1}


def many(count: int) -> DeviceHost:
    """Electricity meters with identifiers 0, 1, 2..."""
    return DeviceHost(
        Esme(
            Eui64(number.to_bytes(8)), WORLD.keys, WORLD.anchors,
            Prepayment(SAFE_ELECTRICITY, START, balance=20_00000),
        )
        for number in range(count)
    )  # fmt: skip


async def history(seed: int, order: Sequence[int]) -> list[tuple[datetime, str, str]]:
    """When what came of work for each device, submitted in this order."""
    model = WanModel(loss_rate=0.3, attempts=4, capacity=2.0)
    coverage = Coverage(no_wan=[Eui64(bytes(8))], han_lost={Eui64((1).to_bytes(8)): None})
    async with net(model, coverage, many(len(order)), seed=seed) as it:
        for number in order:
            await it.wan.submit([electricity(device=Eui64(number.to_bytes(8)))])
        await it.pass_time(timedelta(days=3))
        assert it.wan.pending == 0
        ended = [(at, str(m.device), "answered") for at, m in it.dsp.messages]
        return sorted(ended + [(at, str(f.device), f.reason) for at, f in it.dsp.failures])


async def test_same_seed_same_world_in_whatever_order_tasks_run() -> None:
    one = await history(7, range(30))
    assert len(one) == 30
    assert await history(7, range(29, -1, -1)) == one
    assert await history(8, range(30)) != one


async def test_on_the_machines_clock() -> None:
    clock = SystemClock()
    dsp = Dsp(clock)
    host = DeviceHost([WORLD.esme()])
    model = WanModel(loss_rate=0.0, latency=0.001, tick=0.005)
    wan = Wan(
        Route.CSP_CENTRAL_SOUTH, model, coverage=Coverage(), southbound=dsp,
        meters=LocalMeters(host, clock), clock=clock, seed=1,
    )  # fmt: skip
    running = asyncio.ensure_future(wan.run())
    await asyncio.sleep(0)
    await wan.submit([electricity()])
    await asyncio.wait_for(dsp.heard.wait(), timeout=10)
    running.cancel()
    assert len(dsp.messages) == 1


@pytest.mark.parametrize(
    "broken", [{"latency": 0.0}, {"attempts": 0}, {"loss_rate": 1.0}, {"loss_rate": -0.1}]
)
def test_a_model_that_makes_no_sense_is_refused(broken: dict[str, float]) -> None:
    with pytest.raises(FieldError):
        WanModel(**broken)  # type: ignore[arg-type]


def test_pauses_grow_to_their_limit() -> None:
    model = WanModel(backoff=10, backoff_factor=2, backoff_limit=50)
    pauses = [model.pause(n).total_seconds() for n in (1, 2, 3, 4, 10_000)]
    assert pauses == [10, 20, 40, 50, 50]


def test_a_han_may_be_lost_on_the_way() -> None:
    coverage = Coverage()
    assert coverage.has_han(ESME_ID, START)
    coverage.lose_han(ESME_ID, START + HOUR)
    assert not coverage.has_han(ESME_ID, START)
    assert coverage.has_han(ESME_ID, START + HOUR)


class _AwayAtFirst(LocalMeters):
    """Executes, but its first answer is lost."""

    def __init__(self, host: DeviceHost, clock: SimulatedClock) -> None:
        super().__init__(host, clock)
        self.asked = 0

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        self.asked += 1
        answers = await super().execute(commands)
        if self.asked == 1:
            raise OutboundError("the connection broke")
        return answers


async def test_meters_that_cannot_be_reached_are_tried_again() -> None:
    async with net() as it:
        meters = _AwayAtFirst(it.host, it.clock)
        it.wan._meters = meters
        await it.wan.submit([electricity()])
        await it.pass_time(HOUR)
        assert meters.asked == 2
        assert len(it.dsp.messages) == 1
        assert it.host[ESME_ID].refused == 0


async def test_whoever_keeps_the_work_is_told_what_has_ended() -> None:
    async with net(deaf=1) as it:
        ended: list[str] = []
        it.wan._ended = ended.extend
        work = electricity()
        await it.wan.submit([work])
        it.wan.carry(ESME_ID, (b"an alert",), "alert 1")
        it.wan.carry(Eui64.parse("0011223344556677"), (b"another",))
        await it.pass_time(HOUR)
        assert sorted(ended) == ["alert 1", work.work_id]
