"""A process takes no more in hand than it was told; the rest stays in the outbox and is done."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.parties.dsp.doubles import RecordingPoster
from tests.parties.dsp.world import NOW, command, dsp_on, fail_the_supplier, populate
from tests.support.asgi import call
from tests.support.dsp_database import KINDS, dsp_database, number_in
from tests.support.waiting import until

from stayon.adapters.clock.system import ShiftedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.parties.dsp import Dsp
from stayon.parties.dsp.request_management.dispatching import SharedOutbox
from stayon.ports.outbound import CarrierWork

_MOST = 20
_COMMANDS = 50
_UNDER_LEASE = "SELECT count(*) FROM outbox WHERE unheard > 0"
_ALL = "SELECT count(*) FROM outbox"


@dataclass
class _Carrier:
    """Takes nothing before it is ``open``."""

    open: asyncio.Event = field(default_factory=asyncio.Event)
    taken: list[str] = field(default_factory=list)

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        await self.open.wait()
        self.taken += [each.work_id for each in work]


@dataclass
class _Process:
    dsp: Dsp
    store: SqlStore
    carrier: _Carrier

    async def accepts(self, counters: range) -> None:
        for counter in counters:
            xml = {"content-type": "application/xml"}
            reply = await call(self.dsp.app(), "POST", "/api/v1/serviceS", command(counter), xml)
            assert reply.status == 200, reply.body


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


@asynccontextmanager
async def _running(database: URL, writer: str) -> AsyncIterator[_Process]:
    """A process that has the outbox for itself: nobody tells it of work."""
    clock = ShiftedClock(NOW - datetime.now(UTC))
    store = SqlStore(database, clock, writer=writer)
    carrier = _Carrier()
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: carrier},
        poster=RecordingPoster(),
        shared=SharedOutbox(most_in_hand=_MOST, looks_every=None),
    )
    running = asyncio.create_task(dsp.run())
    try:
        yield _Process(dsp, store, carrier)
    finally:
        carrier.open.set()
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await store.close()


@pytest.mark.requirement("A6", "decision 4")
async def test_what_is_accepted_beyond_it_stays_in_the_outbox(database: URL) -> None:
    async with _running(database, "first") as process:
        await populate(process.dsp, process.store)
        await fail_the_supplier(process)
        dispatcher = process.dsp.dispatcher
        for counter in range(1, _COMMANDS + 1):
            await process.accepts(range(counter, counter + 1))
            assert dispatcher.in_hand <= _MOST
        assert number_in(database, _UNDER_LEASE) == dispatcher.in_hand
        assert number_in(database, _ALL) == _COMMANDS
        # What pushes back (A6) knows of all of them.
        await until(lambda: dispatcher.waiting(contingency=True) == _COMMANDS)
        process.carrier.open.set()
        await until(lambda: number_in(database, _ALL) == 0)
        assert len(process.carrier.taken) == len(set(process.carrier.taken)) == _COMMANDS
        await process.accepts(range(_COMMANDS + 1, _COMMANDS + 2))
        await until(lambda: len(process.carrier.taken) == _COMMANDS + 1)
        await until(lambda: dispatcher.waiting(contingency=True) == 0)


async def test_what_was_left_over_is_taken_by_portions(database: URL) -> None:
    async with _running(database, "first") as process:
        await populate(process.dsp, process.store)
        await fail_the_supplier(process)
        store = SqlStore(database, process.store.clock, writer="gateway", works=False)
        gateway = dsp_on(
            store, process.store.clock, carriers={}, poster=RecordingPoster(), works=False
        )
    await _Process(gateway, store, process.carrier).accepts(range(1, _COMMANDS + 1))
    await store.close()
    async with _running(database, "second") as process:
        dispatcher = process.dsp.dispatcher
        await until(lambda: dispatcher.in_hand == _MOST)
        await until(lambda: dispatcher.waiting(contingency=True) == _COMMANDS)
        assert number_in(database, _UNDER_LEASE) == _MOST
        process.carrier.open.set()
        await until(lambda: number_in(database, _ALL) == 0)
        assert len(process.carrier.taken) == len(set(process.carrier.taken)) == _COMMANDS
