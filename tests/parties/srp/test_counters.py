"""Counters are reserved in blocks: on disk before one of them is used (decision 4)."""

import asyncio
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.parties.srp.test_campaign import meter

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.errors import FieldError
from stayon.domain.request_id import MAX_COUNTER
from stayon.parties.srp.counters import Counters
from stayon.ports.campaign_store import CampaignStoreUnavailable

START = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
NOW = int(START.timestamp() * 1000)


def begun(path: Path) -> SqliteCampaignStore:
    store = SqliteCampaignStore(path)
    store.begin("safe-1", [meter(1)])
    return store


@pytest.mark.requirement("decision-4", "PIA-A3")
async def test_a_block_is_on_disk_before_a_counter_of_it_is_given(tmp_path: Path) -> None:
    store = begun(tmp_path / "c.sqlite")
    clock = SimulatedClock(START)
    assert store.counters_reserved() is None
    counters = Counters(store, clock)
    assert await asyncio.gather(*(counters.next(None, 0) for _ in range(5))) == [(NOW, True)] * 5
    reserved = store.counters_reserved()
    assert reserved is not None
    assert reserved > NOW
    assert await counters.next(NOW, 0) == (NOW + 1, True)
    assert store.counters_reserved() == reserved
    await store.close()


@pytest.mark.requirement("decision-4", "PIA-A3")
async def test_a_later_life_uses_no_counter_of_the_block_of_an_earlier_one(tmp_path: Path) -> None:
    store, clock = begun(tmp_path / "c.sqlite"), SimulatedClock(START)
    await Counters(store, clock).next(None, 0)
    reserved = store.counters_reserved()
    assert reserved is not None
    again = Counters(store, clock)
    assert await again.next(None, 0) == (reserved + 1, True)
    # When time has passed the block it is time that counts, as ever.
    await clock.run_until(START + timedelta(days=1))
    assert await again.next(None, 0) == (NOW + 86_400_000, True)
    await store.close()


async def test_a_device_that_counts_far_ahead_takes_nobody_along(tmp_path: Path) -> None:
    store = begun(tmp_path / "c.sqlite")
    counters = Counters(store, SimulatedClock(START))
    assert await counters.next(None, 2**60) == (2**60, False)
    assert store.counters_reserved() is None
    assert await counters.next(2**60, 0) == (2**60 + 1, False)
    with pytest.raises(FieldError, match="used up"):
        await counters.next(MAX_COUNTER, 0)
    await store.close()


async def test_a_block_that_cannot_be_stored_gives_no_counter(tmp_path: Path) -> None:
    store = begun(tmp_path / "c.sqlite")
    with closing(sqlite3.connect(tmp_path / "c.sqlite")) as connection, connection:
        connection.execute(
            "CREATE TRIGGER no BEFORE UPDATE ON campaign BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(CampaignStoreUnavailable, match="no"):
        await Counters(store, SimulatedClock(START)).next(None, 0)
    await store.close()
