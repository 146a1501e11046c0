"""Processes whose clocks are far apart share a server's outbox: nothing is stolen or blocked."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.adapters.storage.values import admission
from tests.parties.dsp.doubles import RecordingCarrier, RecordingPoster
from tests.parties.dsp.world import NOW, command, dsp_on, fail_the_supplier, populate
from tests.support.asgi import call
from tests.support.dsp_database import dsp_database, number_in
from tests.support.waiting import until

from stayon.adapters.clock.system import ShiftedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.parties.dsp import Dsp
from stayon.parties.dsp.request_management.dispatching import SharedOutbox
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import Accepted, ClaimedWork, WorkDeferred

_FAST, _SLOW = timedelta(minutes=10), timedelta(minutes=-10)
_XML = {"content-type": "application/xml"}
_A_LONG_TIME = timedelta(minutes=1)
_WRONG = pytest.mark.parametrize(
    ("first", "second"), [(_FAST, _SLOW), (_SLOW, _FAST)], ids=["first is ahead", "first is behind"]
)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[URL]:
    with dsp_database("postgresql", tmp_path) as url:
        yield url


@pytest.fixture
async def closing() -> AsyncIterator[AsyncExitStack]:
    async with AsyncExitStack() as stack:
        yield stack


def _store(
    closing: AsyncExitStack,
    database: URL,
    wrong: timedelta,
    *,
    works: bool = True,
    lease_seconds: float = 60.0,
) -> SqlStore:
    """A process of a world whose time is the server's, with a clock of its own that is wrong."""
    store = SqlStore(
        database,
        ShiftedClock(wrong),
        writer=f"{wrong} {works}",
        works=works,
        lease_seconds=lease_seconds,
        ahead_of_server=timedelta(0),
    )
    closing.push_async_callback(store.close)
    return store


async def _admitted(store: SqlStore, counter: int = 1) -> tuple[ClaimedWork, ...]:
    outcome = await store.admit(admission(counter, Versions(0, 0)))
    assert isinstance(outcome, Accepted)
    return outcome.claims


async def _due(store: SqlStore) -> list[ClaimedWork]:
    """What this process claims now, as a worker does."""
    due = await store.next_due()
    if due is None or due > store.now():
        return []
    return list(await store.claim(store.now(), 10))


@_WRONG
async def test_nobody_takes_what_is_under_a_lease(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    one, other = _store(closing, database, first), _store(closing, database, second)
    assert len(await _admitted(one)) == 1
    assert await _due(other) == await _due(one) == []
    ends = await other.next_due()
    assert ends is not None
    assert abs(ends - datetime.now(UTC) - timedelta(seconds=60)) < _A_LONG_TIME


@_WRONG
async def test_what_is_due_is_due_to_everybody(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    gateway = _store(closing, database, first, works=False)
    one, other = _store(closing, database, first), _store(closing, database, second)
    assert await _admitted(gateway) == ()
    (claim,) = await _due(other)
    assert await _due(one) == []
    await other.defer(WorkDeferred(claim, other.now()))
    (claim,) = await _due(one)
    await one.defer(WorkDeferred(claim, one.now(), "no answer"))
    (claim,) = await _due(other)
    assert (claim.attempt, claim.failures) == (3, 1)
    assert claim.failing_since is not None
    assert abs(claim.failing_since - datetime.now(UTC)) < _A_LONG_TIME


@_WRONG
async def test_a_retry_comes_due_when_it_was_meant_to(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    one, other = _store(closing, database, first), _store(closing, database, second)
    (claim,) = await _admitted(one)
    later = one.now() + timedelta(minutes=5)
    await one.defer(WorkDeferred(claim, later, "no answer"))
    assert await _due(other) == await _due(one) == []
    assert await other.next_due() == later
    assert abs(later - datetime.now(UTC) - timedelta(minutes=5)) < _A_LONG_TIME
    assert len(await other.claim(later, 10)) == 1


@_WRONG
async def test_the_work_of_a_dead_process_is_taken_over_when_its_lease_has_run_out(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    dead = _store(closing, database, first, lease_seconds=1)
    other = _store(closing, database, second)
    (claim,) = await _admitted(dead)
    taken: list[ClaimedWork] = []
    async with asyncio.timeout(30):
        while not (taken := await _due(other)):
            due = await other.next_due()
            assert due is not None
            await asyncio.sleep((due - other.now()).total_seconds())
    assert [(each.work.key, each.attempt) for each in taken] == [(claim.work.key, 2)]


@dataclass
class _Process:
    dsp: Dsp
    store: SqlStore
    carrier: RecordingCarrier


def _process(
    closing: AsyncExitStack,
    database: URL,
    wrong: timedelta,
    *,
    works: bool = True,
    at: datetime = NOW,
) -> _Process:
    """One that has all of the DSP, in the world of ``tests.parties.dsp.world``."""
    ahead = at - datetime.now(UTC)
    clock = ShiftedClock(ahead + wrong)
    store = SqlStore(database, clock, writer=f"{wrong} {works}", works=works, ahead_of_server=ahead)
    closing.push_async_callback(store.close)
    # Whoever has work first fails: it is for whoever is the first when it comes due again.
    carrier = RecordingCarrier(refusals=1)
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: carrier},
        poster=RecordingPoster(),
        works=works,
        shared=SharedOutbox(looks_every=0.1),
    )
    return _Process(dsp, store, carrier)


@pytest.mark.requirement("decision 4")
@_WRONG
async def test_two_workers_carry_each_command_once_and_try_again_in_time(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    one, other = _process(closing, database, first), _process(closing, database, second)
    await populate(one.dsp, one.store)
    await fail_the_supplier(one, 100)
    gateway = _process(closing, database, first, works=False)
    running = [asyncio.create_task(worker.dsp.run()) for worker in (one, other)]
    for counter in range(1, 9):
        reply = await call(gateway.dsp.app(), "POST", "/api/v1/serviceS", command(counter), _XML)
        assert reply.status == 200, reply.body
    await until(lambda: number_in(database, "SELECT count(*) FROM outbox") == 0)
    carried = [work.work_id for worker in (one, other) for work in worker.carrier.taken]
    assert len(carried) == len(set(carried)) == 8
    assert number_in(database, "SELECT count(*) FROM dead_letter") == 0
    for task in running:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@pytest.mark.requirement("D14")
@_WRONG
async def test_a_threshold_has_one_window_for_all(
    closing: AsyncExitStack, database: URL, first: timedelta, second: timedelta
) -> None:
    """To a clock that is ten minutes ahead, the hour is over."""
    near_its_end = NOW.replace(minute=54)
    two = [_process(closing, database, wrong, at=near_its_end) for wrong in (first, second)]
    await populate(two[0].dsp, two[0].store)
    await fail_the_supplier(two[0], 3)
    for counter in range(1, 9):
        app = two[counter % 2].dsp.app()
        reply = await call(app, "POST", "/api/v1/serviceS", command(counter), _XML)
        assert reply.status == 200, reply.body
    assert number_in(database, "SELECT count(*) FROM quarantine") == 5
    assert number_in(database, "SELECT used FROM volume_count") == 3
