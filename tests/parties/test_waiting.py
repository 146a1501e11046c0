"""Waiting for a time or an event: whichever comes first, and nothing is left behind."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.parties.waiting import wait_for

_START = datetime(2026, 11, 20, tzinfo=UTC)


async def _others() -> set[asyncio.Task[object]]:
    for _ in range(3):  # what was cancelled ends in the next turn
        await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}


async def test_the_time_comes_first() -> None:
    clock, event = SimulatedClock(_START), asyncio.Event()
    waiting = asyncio.create_task(wait_for(event, clock, 5))
    await clock.run_until(_START + timedelta(seconds=4))
    assert not waiting.done()
    await clock.run_until(_START + timedelta(seconds=5))
    await waiting
    assert await _others() == set()


@pytest.mark.parametrize("seconds", [5, None])
async def test_the_event_comes_first(seconds: float | None) -> None:
    clock, event = SimulatedClock(_START), asyncio.Event()
    waiting = asyncio.create_task(wait_for(event, clock, seconds))
    await clock.run_until(_START + timedelta(seconds=1))
    event.set()
    await waiting
    assert clock.now() == _START + timedelta(seconds=1)
    assert await _others() == set()


@pytest.mark.parametrize("seconds", [5, None])
async def test_who_gives_up_waiting_leaves_no_task(seconds: float | None) -> None:
    clock, event = SimulatedClock(_START), asyncio.Event()
    waiting = asyncio.create_task(wait_for(event, clock, seconds))
    await clock.run_until(_START + timedelta(seconds=1))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await _others() == set()
