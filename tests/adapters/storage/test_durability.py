"""What survives, what is refused, and how tampering shows."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import URL, create_engine
from tests.adapters.storage.values import admission, entry, identity, volume

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.group_commit import GroupCommitter
from stayon.ports.audit import AuditChainError, AuditQuery, verify_chain
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Accepted,
    InQuarantine,
    Note,
    Noted,
    StoreUnavailableError,
)

FIRST = Versions(0, 0)


def elsewhere(database: URL, statement: str) -> None:
    """What somebody else does to the database."""
    engine = create_engine(database)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()


async def test_what_was_accepted_is_there_after_a_restart(
    database: URL, clock: SimulatedClock
) -> None:
    before = SqlStore(database, clock)
    await before.admit(admission(1, FIRST))
    await before.close()
    after = SqlStore(database, clock)
    assert await after.request(identity(1)) is not None
    await after.note(Note(entry("E65")))
    assert [row.sequence for row in await after.audit_rows(AuditQuery())] == [1, 2]
    assert verify_chain(after.audit_chain("dsp")) == 2
    await after.close()


@pytest.mark.requirement("D14")
async def test_two_processes_share_one_threshold(database: URL, clock: SimulatedClock) -> None:
    both = [SqlStore(database, clock, writer=name) for name in ("one", "two")]
    outcomes = await asyncio.gather(
        *(both[n % 2].admit(admission(n, FIRST, use=volume(20))) for n in range(60))
    )
    assert [type(each) for each in outcomes].count(Accepted) == 20
    assert [type(each) for each in outcomes].count(InQuarantine) == 40
    for each in both:
        assert verify_chain(each.audit_chain("one")) == 30
        assert verify_chain(each.audit_chain("two")) == 30
        await each.close()


async def test_the_disk_is_told_to_keep_it(store: SqlStore) -> None:
    with store._writing.connect() as connection:
        if connection.dialect.name == "postgresql":
            assert connection.exec_driver_sql("SHOW synchronous_commit").scalar_one() == "on"
            return
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit SET code = 'I0' WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 2",
        "DELETE FROM audit WHERE sequence = 1",
        "UPDATE audit SET sender = NULL WHERE sequence = 3",
    ],
)
async def test_tampering_with_the_audit_trail_shows(
    store: SqlStore, database: URL, change: str
) -> None:
    for code in ("I99", "E65", "I99"):
        await store.note(Note(entry(code)))
    assert verify_chain(store.audit_chain("dsp")) == 3
    elsewhere(database, change)
    with pytest.raises(AuditChainError):
        verify_chain(store.audit_chain("dsp"))


async def test_a_store_that_fails_accepts_nothing(store: SqlStore, database: URL) -> None:
    elsewhere(database, "ALTER TABLE audit RENAME TO gone")
    with pytest.raises(StoreUnavailableError):
        await store.admit(admission(1, FIRST))
    with pytest.raises(StoreUnavailableError):
        await store.audit_rows(AuditQuery())
    elsewhere(database, "ALTER TABLE gone RENAME TO audit")
    assert await store.request(identity(1)) is None
    assert isinstance(await store.admit(admission(1, FIRST)), Accepted)
    assert verify_chain(store.audit_chain("dsp")) == 1


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
async def test_a_server_that_closes_its_connections_is_reached_again(
    store: SqlStore, database: URL
) -> None:
    assert isinstance(await store.admit(admission(1, FIRST)), Accepted)
    assert await store.request(identity(1)) is not None
    elsewhere(
        database,
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    with pytest.raises(StoreUnavailableError):
        await store.request(identity(1))
    assert await store.request(identity(1)) is not None
    assert isinstance(await store.admit(admission(2, FIRST)), Accepted)
    assert verify_chain(store.audit_chain("dsp")) == 2


async def test_a_group_forms_while_the_one_before_is_written() -> None:
    groups: list[list[int]] = []

    def write(group: Sequence[int]) -> list[int]:
        groups.append(list(group))
        return [n * n for n in group]

    with ThreadPoolExecutor(1) as thread:
        committer: GroupCommitter[int, int] = GroupCommitter(write, thread, largest_group=4)
        assert await committer.commit(9) == 81
        squares = await asyncio.gather(*(committer.commit(n) for n in range(10)))
        await committer.drain()
    assert squares == [n * n for n in range(10)]
    assert groups[0] == [9]
    assert [len(group) for group in groups[1:]] == [4, 4, 2]


async def test_an_error_reaches_everybody_in_the_group_and_nobody_else() -> None:
    def write(group: Sequence[int]) -> list[int]:
        if 0 in group:
            raise StoreUnavailableError("store: full")
        return list(group)

    with ThreadPoolExecutor(1) as thread:
        committer: GroupCommitter[int, int] = GroupCommitter(write, thread, largest_group=2)
        results = await asyncio.gather(
            *(committer.commit(n) for n in range(4)), return_exceptions=True
        )
    assert [type(each) for each in results[:2]] == [StoreUnavailableError] * 2
    assert results[2:] == [2, 3]


async def test_somebody_who_stopped_waiting_does_not_disturb_the_others(store: SqlStore) -> None:
    waiting = [asyncio.create_task(store.note(Note(entry()))) for _ in range(3)]
    await asyncio.sleep(0)
    waiting[1].cancel()
    done = await asyncio.gather(*waiting, return_exceptions=True)
    assert [done[0], done[2]] == [Noted(), Noted()]
    assert isinstance(done[1], asyncio.CancelledError)
