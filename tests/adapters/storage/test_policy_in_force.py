"""Whoever judges by another policy than the one in force writes nothing of what it has judged."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy import URL, delete
from tests.adapters.storage.values import NOW, admission, entry, identity, incoming

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.database import Access, open_engine
from stayon.adapters.storage.tables import version
from stayon.ports.audit import AuditQuery
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    Note,
    Noted,
    PolicyDiffersError,
    StoreUnavailableError,
    TakenIn,
)

FIRST = Versions(0, 0)
OWN, OTHER = 2**63 - 1, 7


@pytest.fixture
async def process(database: URL, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    """A process that judges by ``OWN``."""
    made = SqlStore(database, clock, writer="process", policy=OWN)
    yield made
    await made.close()


async def _writes_nothing(process: SqlStore) -> None:
    with pytest.raises(PolicyDiffersError, match="restart it"):
        await process.admit(admission(9, FIRST))
    with pytest.raises(PolicyDiffersError):
        await process.note(Note(entry("E65"), FIRST, None))
    with pytest.raises(PolicyDiffersError):
        await process.claim(NOW, 10)
    assert await process.request(identity(9)) is None
    assert await process.audit_rows(AuditQuery(code="E65")) == ()


async def test_before_anybody_has_said_which_is_in_force(process: SqlStore) -> None:
    assert (await process.versions()).policy is None
    await _writes_nothing(process)


async def test_another_one_takes_effect_before_who_brings_it_knows(
    process: SqlStore, store: SqlStore
) -> None:
    await process.put_policy(OWN)
    assert (await process.versions()).policy == OWN
    assert isinstance(await process.admit(admission(1, FIRST)), Accepted)
    await store.put_policy(OTHER)
    await _writes_nothing(process)
    # What came back for what was accepted before is not lost, nor is what only tells.
    assert isinstance(await process.take_in(incoming("frame", identity(1))), TakenIn)
    assert isinstance(await process.note(Note(entry("connection"))), Noted)
    await store.put_policy(OWN)
    assert isinstance(await process.admit(admission(2, FIRST)), Accepted)


async def test_a_store_that_was_told_no_policy_asks_for_none(store: SqlStore) -> None:
    await store.put_policy(OTHER)
    assert isinstance(await store.admit(admission(1, FIRST)), Accepted)


async def test_who_cannot_read_the_versions_writes_nothing(
    database: URL, process: SqlStore, store: SqlStore
) -> None:
    await process.put_policy(OWN)
    engine = open_engine(database, Access.WRITE)
    with engine.begin() as connection:
        connection.execute(delete(version).where(version.c.kind == "reference"))
    engine.dispose()
    for each in (process, store):
        with pytest.raises(StoreUnavailableError, match="versions"):
            await each.admit(admission(1, FIRST))
        with pytest.raises(StoreUnavailableError):
            await each.versions()
    assert await store.request(identity(1)) is None
