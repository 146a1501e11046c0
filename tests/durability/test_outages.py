"""A store that is full, locked or gone: 503 with Retry-After, no I99 that is not kept, recovery."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from tests.parties.dsp.doubles import RecordingCarrier, RecordingPoster
from tests.parties.dsp.southbound_messages import bring, response_frame
from tests.parties.dsp.world import (
    ESME,
    NOW,
    SUPPLIER,
    DspWorld,
    command,
    dsp_on,
    dsp_world,
    fail_the_supplier,
    populate,
    read_response,
)
from tests.support.asgi import AsgiReply
from tests.support.postgresql import Cluster, NoServer
from tests.support.servers import without_server

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.domain.request_id import RequestId
from stayon.ports.audit import verify_chain
from stayon.ports.outbound import DeviceMessage, OutboundError

_PLENTY = 1_000_000


@pytest.fixture
async def failed(tmp_path: Path) -> AsyncIterator[DspWorld]:
    async with dsp_world(tmp_path) as made:
        await fail_the_supplier(made)
        yield made


def _pragma(store: SqlStore, pragma: str) -> int:
    """Set or ask something of the one connection that writes."""
    with store._writing.connect() as connection:
        return int(connection.exec_driver_sql(f"PRAGMA {pragma}").scalar_one())


def _refused(reply: AsgiReply) -> bool:
    if reply.status == 200:
        assert read_response(reply.body).code == "I99"
        return False
    assert reply.status == 503, reply.body
    assert int(reply.headers["retry-after"]) > 0
    return True


async def _kept(world: DspWorld, counter: int) -> bool:
    return await world.store.request(RequestId(SUPPLIER, ESME, counter)) is not None


async def test_a_full_disk_accepts_nothing_until_there_is_room(failed: DspWorld) -> None:
    _pragma(failed.store, f"max_page_count={_pragma(failed.store, 'page_count') + 12}")
    refused = []
    for counter in range(1, 40):
        body = command(counter)
        if _refused(await failed.post(body)):
            refused.append((counter, body))
            assert not await _kept(failed, counter)
        else:
            assert await _kept(failed, counter)
    assert 0 < len(refused) < 39
    _pragma(failed.store, f"max_page_count={_PLENTY}")
    for counter, body in refused:
        assert not _refused(await failed.post(body))
        assert await _kept(failed, counter)
    verify_chain(failed.store.audit_chain("dsp"))


async def test_a_locked_database_accepts_nothing_until_it_is_free(
    failed: DspWorld, tmp_path: Path
) -> None:
    _pragma(failed.store, "busy_timeout=20")
    body = command()
    with closing(sqlite3.connect(tmp_path / "dsp.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert _refused(await failed.post(body))
        assert not await _kept(failed, 1)
        with pytest.raises(OutboundError):
            await failed.dsp.southbound.receive_device_messages(
                [DeviceMessage(ESME, response_frame())]
            )
        other.execute("ROLLBACK")
    assert not _refused(await failed.post(body))
    assert failed.carrier.taken


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    try:
        made = Cluster()
    except NoServer as reason:
        without_server(f"no PostgreSQL: {reason}")
    yield made
    made.remove()


async def test_a_database_server_that_stops_and_starts_again(cluster: Cluster) -> None:
    clock = SimulatedClock(NOW)
    store = SqlStore(cluster.url, clock)
    store.migrate()
    carrier, poster = RecordingCarrier(), RecordingPoster()
    dsp = dsp_on(store, clock, carriers={Route.CSP_NORTH: carrier}, poster=poster)
    await populate(dsp, store)
    world = DspWorld(dsp, store, clock, carrier, RecordingCarrier(), poster)
    await fail_the_supplier(world)
    assert not _refused(await world.post(command(1)))
    cluster.stop()
    body = command(2)
    for _ in range(3):
        assert _refused(await world.post(body))
    with pytest.raises(OutboundError):
        await dsp.southbound.receive_device_messages([DeviceMessage(ESME, response_frame())])
    assert not poster.posted
    cluster.start()
    # A connection that died shows when it is used: at most one refusal for each.
    replies = [await world.post(body) for _ in range(3)]
    assert not _refused(replies[-1])
    assert await _kept(world, 2)
    await bring(world, response_frame())
    assert len(poster.posted) == 1
    verify_chain(store.audit_chain("dsp"))
    await store.close()
