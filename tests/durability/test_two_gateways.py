"""Two gateways on one database: what is changed through one counts in the other at once.

Each has a store, caches and an audit chain of its own, as processes have; nothing is shared but
the database.
"""

from collections.abc import AsyncIterator, Iterator
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
    rule,
)
from tests.support.dsp_database import KINDS, dsp_database

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.ports.audit import verify_chain

Two = tuple[DspWorld, DspWorld]


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


def _gateway(database: URL, writer: str) -> DspWorld:
    clock = SimulatedClock(NOW)
    store = SqlStore(database, clock, writer=writer)
    carrier, poster = RecordingCarrier(), RecordingPoster()
    dsp = dsp_on(store, clock, carriers={Route.CSP_NORTH: carrier}, poster=poster)
    return DspWorld(dsp, store, clock, carrier, RecordingCarrier(), poster)


@pytest.fixture
async def two(database: URL) -> AsyncIterator[Two]:
    one, other = _gateway(database, "one"), _gateway(database, "other")
    await populate(one.dsp, one.store)
    await fail_the_supplier(one, 12)
    yield one, other
    for gateway in (one, other):
        verify_chain(gateway.store.audit_chain("one"))
        verify_chain(gateway.store.audit_chain("other"))
        await gateway.store.close()


@pytest.mark.requirement("D14")
async def test_a_threshold_is_exact_across_both(two: Two) -> None:
    for counter in range(1, 21):
        await two[counter % 2].send(command(counter))
    carried = [len(gateway.carrier.taken) for gateway in two]
    assert sum(carried) == 12
    assert all(carried)


async def test_a_withdrawal_through_one_stops_the_other_at_once(two: Two) -> None:
    one, other = two
    assert (await other.send(command(1))).code == "I99"
    await one.dsp.administration.withdraw(SUPPLIER, SRP, "kim", "a mistake")
    assert (await other.send(command(2))).code != "I99"
    assert len(other.carrier.taken) == 1


@pytest.mark.requirement("D14")
async def test_a_threshold_set_through_one_counts_in_the_other_at_once(two: Two) -> None:
    one, other = two
    assert (await other.send(command(1))).code == "I99"
    await one.dsp.administration.set_threshold(rule(1), "pat")
    await other.send(command(2))
    assert len(other.carrier.taken) == 1
    await one.dsp.administration.set_threshold(rule(12), "pat")
    await other.send(command(3))
    assert len(other.carrier.taken) == 2


async def test_the_same_request_at_both_is_one_request(two: Two) -> None:
    body = command(1)
    answers = [await gateway.post(body) for gateway in two]
    assert answers[0].body == answers[1].body
    assert sum(len(gateway.carrier.taken) for gateway in two) == 1
