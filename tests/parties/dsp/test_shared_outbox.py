"""What one process accepts and another one does: handed over at once, and given back in the end."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.parties.dsp.doubles import RecordingCarrier, RecordingPoster
from tests.parties.dsp.world import (
    NOW,
    SRP,
    SUPPLIER,
    DspWorld,
    command,
    dsp_on,
    fail_the_supplier,
    populate,
)
from tests.support.dsp_database import KINDS, dsp_database
from tests.support.waiting import until

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.listening import WakeUps
from stayon.domain.metering import Route
from stayon.parties.dsp.request_management.dispatching import SharedOutbox

_FAR = SharedOutbox(most_in_hand=1000, looks_every=3600)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


def _process(database: URL, writer: str, *, works: bool, shared: SharedOutbox) -> DspWorld:
    clock = SimulatedClock(NOW)
    store = SqlStore(database, clock, writer=writer, works=works)
    carrier, poster = RecordingCarrier(), RecordingPoster()
    dsp = dsp_on(
        store, clock, carriers={Route.CSP_NORTH: carrier}, poster=poster, works=works, shared=shared
    )
    return DspWorld(dsp, store, clock, carrier, RecordingCarrier(), poster)


@pytest.fixture
async def gateway(database: URL) -> AsyncIterator[DspWorld]:
    # Only who works tells the S1SPs, and the role's service request waits for that.
    first = _process(database, "first", works=True, shared=_FAR)
    await populate(first.dsp, first.store)
    await fail_the_supplier(first, 100)
    await first.store.close()
    gateway = _process(database, "gateway", works=False, shared=_FAR)
    yield gateway
    await gateway.store.close()


@pytest.fixture
async def worker(database: URL, gateway: DspWorld) -> AsyncIterator[DspWorld]:
    worker = _process(database, "worker", works=True, shared=_FAR)
    yield worker
    await worker.store.close()


@asynccontextmanager
async def _running(worker: DspWorld) -> AsyncIterator[None]:
    task = asyncio.create_task(worker.dsp.run())
    await asyncio.sleep(0.05)
    yield
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def test_a_worker_is_woken_by_what_a_gateway_accepts(
    database: URL, gateway: DspWorld, worker: DspWorld
) -> None:
    """It would look by itself in an hour; PostgreSQL tells it, SQLite's one process itself."""
    wake_ups = None
    if database.get_backend_name() == "postgresql":
        wake_ups = WakeUps(database, worker.dsp.dispatcher.wake, lambda: None)
    listening = asyncio.create_task(wake_ups.run()) if wake_ups else None
    await until(lambda: wake_ups is None or wake_ups.connected)
    async with _running(worker):
        assert (await gateway.send(command(1))).code == "I99"
        assert gateway.carrier.taken == []
        if wake_ups is None:
            worker.dsp.dispatcher.wake()
        await until(lambda: len(worker.carrier.taken) == 1)
    if listening:
        listening.cancel()
        await asyncio.wait([listening])
    assert await gateway.store.next_due() is None


async def test_what_waits_is_counted_for_who_accepts(gateway: DspWorld) -> None:
    for counter in range(1, 4):
        await gateway.send(command(counter))
    assert await gateway.store.waiting_commands() == {True: 3, False: 0}
    counting = asyncio.create_task(gateway.dsp.run())
    await until(lambda: gateway.dsp.hands.waiting(contingency=True) == 3)
    counting.cancel()
    await asyncio.wait([counting])
    assert gateway.dsp.hands.waiting(contingency=False) == 0


async def test_a_worker_that_ends_gives_back_what_it_has_not_begun(
    gateway: DspWorld, worker: DspWorld
) -> None:
    for counter in range(1, 4):
        await gateway.send(command(counter))
    claims = await worker.store.claim(worker.clock.now(), 10)
    assert len(claims) == 3
    assert await worker.store.claim(worker.clock.now(), 10) == []
    # Taken, and dropped before the lane has had a turn.
    worker.dsp.dispatcher.take(claims)
    await worker.dsp.dispatcher.drain()
    assert worker.dsp.dispatcher.in_hand == 0
    assert len(await gateway.store.claim(gateway.clock.now(), 10)) + len(worker.carrier.taken) == 3


async def test_a_worker_leaves_some_to_the_others(gateway: DspWorld, database: URL) -> None:
    few = _process(database, "few", works=True, shared=SharedOutbox(2, 3600))
    for counter in range(1, 6):
        await gateway.send(command(counter))
    few.carrier.refusals = 10**6
    await few.dsp.dispatcher._claim_due()
    assert few.dsp.dispatcher.in_hand == 2
    assert len(await gateway.store.claim(gateway.clock.now(), 10)) == 3
    await few.dsp.dispatcher.drain()
    await few.store.close()


@pytest.mark.requirement("R6")
async def test_what_a_gateway_accepted_is_not_carried_once_the_supplier_is_withdrawn(
    gateway: DspWorld, worker: DspWorld
) -> None:
    """The worker has read the list before; what another process changes counts for it at once."""
    await worker.dsp.view.latest()
    assert (await gateway.send(command(1))).code == "I99"
    await gateway.dsp.administration.withdraw(SUPPLIER, SRP, "kim", "a mistake")
    await worker.dsp.dispatcher._claim_due()
    assert worker.dsp.dispatcher.in_hand == 1
    await until(lambda: worker.dsp.dispatcher.in_hand == 0)
    assert worker.carrier.taken == []
    assert await gateway.store.waiting_commands() == {True: 0, False: 0}
    assert (await gateway.send(command(2))).code != "I99"
