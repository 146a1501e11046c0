"""Whatever moment work is added at, somebody does it."""

import asyncio
from collections.abc import Sequence

import pytest
from tests.adapters.storage.values import NOW, work

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.parties.dsp.request_management.lanes import Lane
from stayon.ports.store_work import ClaimedWork


@pytest.mark.parametrize("turns", range(6))
async def test_what_is_added_while_the_last_worker_ends_is_done(turns: int) -> None:
    done: list[str] = []

    async def perform(claims: Sequence[ClaimedWork]) -> None:
        done.extend(each.work.key for each in claims)

    async def abandon(claims: Sequence[ClaimedWork], mistake: Exception) -> None:
        raise mistake

    lane = Lane(perform, abandon, SimulatedClock(NOW), largest=1, workers=1)
    lane.add(ClaimedWork(work("first"), 1, NOW))
    for _ in range(turns):
        await asyncio.sleep(0)
    lane.add(ClaimedWork(work("second"), 1, NOW))
    for _ in range(5):
        await asyncio.sleep(0)
    assert done == ["first", "second"]
