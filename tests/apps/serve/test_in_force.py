"""What is in force, as processes learn it: who does not know, or differs, takes nothing."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL

from stayon.adapters.between_roles.documents import write_in_force
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.apps.serve.roles.in_force import CarefulSouthbound, StoreWatch, WorkersWatch
from stayon.domain.eui64 import Eui64
from stayon.ports.outbound import (
    DeliveryFailure,
    DeviceMessage,
    HttpReply,
    OutboundError,
    S1spMessage,
)
from stayon.ports.store_reference import InForce, KeyRotation
from stayon.ports.store_work import StoreUnavailableError

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
OWN, OTHER = 5, 6
METER = Eui64.parse("025AE00000000001")


class Workers:
    """What a worker would answer; nobody is there while it is None."""

    def __init__(self) -> None:
        self.found: InForce | None = None

    async def get(self, url: str) -> HttpReply:
        if self.found is None:
            raise OutboundError(f"{url}: nobody")
        return HttpReply(200, write_in_force(self.found))


class Dsp:
    """Takes everything in."""

    def __init__(self) -> None:
        self.got: list[object] = []

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        self.got += messages

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        self.got += failures

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        self.got += messages


class _SetWrong(SimulatedClock):
    """Somebody sets it wrong while it goes on."""

    wrong = timedelta(0)

    def now(self) -> datetime:
        return super().now() + self.wrong


@pytest.mark.parametrize("wrong", [timedelta(minutes=-10), timedelta(0), timedelta(minutes=10)])
async def test_an_s1sp_knows_from_a_worker_and_for_a_minute_only(wrong: timedelta) -> None:
    clock, workers = _SetWrong(NOW), Workers()
    watch = WorkersWatch(["http://worker"], workers, OWN, clock)
    with pytest.raises(OutboundError, match="has said yet"):
        watch.require()
    await watch.look()
    with pytest.raises(OutboundError, match="nobody"):
        watch.require()
    workers.found = InForce(OTHER)
    await watch.look()
    with pytest.raises(OutboundError, match=f"policy {OWN:016x}, and {OTHER:016x}"):
        watch.require()
    workers.found = InForce(OWN)
    await watch.look()
    watch.require()
    workers.found = None
    await watch.look()
    clock.wrong = wrong
    await clock.run_until(NOW + timedelta(seconds=60))
    watch.require()
    await clock.run_until(NOW + timedelta(seconds=61))
    with pytest.raises(OutboundError, match="nobody"):
        watch.require()


async def test_a_worker_that_differs_takes_nothing_in(tmp_path: Path) -> None:
    clock = SimulatedClock(NOW)
    store = SqlStore.in_file(tmp_path / "dsp.sqlite", clock)
    watch, dsp = StoreWatch(store, OWN), Dsp()
    careful = CarefulSouthbound(dsp, watch)
    messages = [DeviceMessage(METER, b"frame")]
    documents = [S1spMessage(METER, b"document")]
    failures = [DeliveryFailure("1/carry", METER, "TIMED_OUT", may_have_arrived=True)]

    async def take_all() -> None:
        await careful.receive_device_messages(messages)
        await careful.receive_s1sp_messages(documents)
        await careful.receive_failures(failures)

    await store.put_policy(OTHER)
    await watch.look()
    for each in (
        careful.receive_device_messages(messages),
        careful.receive_s1sp_messages(documents),
        careful.receive_failures(failures),
    ):
        with pytest.raises(StoreUnavailableError, match=f"{OTHER:016x} is in force"):
            await each
    assert dsp.got == []
    rotation = KeyRotation("dsp", 2, NOW)
    await store.put_policy(OWN)
    await store.put_key_rotations([rotation])
    await watch.look()
    assert watch.in_force == InForce(OWN, (rotation,))
    await take_all()
    assert dsp.got == [*messages, *documents, *failures]
    await store.close()


async def test_a_store_that_does_not_answer_is_a_trouble(tmp_path: Path) -> None:
    url = URL.create("sqlite", database=str(tmp_path / "without-tables.sqlite"))
    store = SqlStore(url, SimulatedClock(NOW))
    watch = StoreWatch(store, OWN)
    assert "not looked at yet" in str(watch.trouble())
    await watch.look()
    assert "the DSP's database" in str(watch.trouble())
    assert watch.in_force is None
    await store.close()
