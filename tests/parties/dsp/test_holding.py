"""What a process has in hand stays its own for as long as it lives."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.adapters.storage.values import NOW, admission
from tests.policy.shipped import shipped_policy

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.parties.dsp.request_management.holding import Holding, Leases
from stayon.parties.dsp.request_management.settling import Settling
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import Accepted, ClaimedWork, StoreUnavailableError

_LONG = timedelta(minutes=10)


class _Process:
    """It holds what it has claimed, and nothing ever becomes of it."""

    def __init__(self, path: Path) -> None:
        self.clock = SimulatedClock(NOW)
        self.store = SqlStore.in_file(path / "dsp.db", self.clock)
        self.holding = Holding()
        self.leases = Leases(self.store, self.holding, self.clock)

    async def accept(self, counter: int = 1) -> ClaimedWork:
        outcome = await self.store.admit(admission(counter, Versions(0, 0)))
        assert isinstance(outcome, Accepted)
        (claim,) = outcome.claims
        assert self.holding.take(claim, self.clock.now())
        self.leases.begun()
        return claim

    async def passes(self, time: timedelta) -> None:
        await self.clock.run_until(self.clock.now() + time)

    async def due(self) -> list[str]:
        """What anybody may claim."""
        now = self.clock.now()
        claims = [*await self.store.claim(now, 100), *await self.store.claim_suspect(now)]
        return [each.work.key for each in claims]


@asynccontextmanager
async def _living(path: Path) -> AsyncIterator[_Process]:
    process = _Process(path)
    renewing = asyncio.create_task(process.leases.run())
    yield process
    renewing.cancel()
    await asyncio.wait([renewing])
    await process.store.close()


async def test_a_lease_is_renewed_while_its_process_lives(tmp_path: Path) -> None:
    async with _living(tmp_path) as process:
        first = await process.accept(1)
        await process.passes(timedelta(seconds=50))
        second = await process.accept(2)
        await process.passes(_LONG)
        assert await process.due() == []
        process.holding.let_go(first.work.key)
        await process.passes(_LONG)
        assert await process.due() == [first.work.key]
        process.holding.let_go(second.work.key)
        await process.passes(_LONG)
        assert second.work.key in await process.due()
        # After a while with nothing in hand.
        third = await process.accept(3)
        await process.passes(_LONG)
        assert third.work.key not in await process.due()


async def test_what_hangs_is_somebody_elses_in_the_end(tmp_path: Path) -> None:
    async with _living(tmp_path) as process:
        claim = await process.accept()
        await process.passes(timedelta(minutes=29))
        assert await process.due() == []
        await process.passes(timedelta(minutes=3))
        assert await process.due() == [claim.work.key]


async def test_without_the_store_a_lease_is_renewed_once_it_is_there_again(
    tmp_path: Path,
) -> None:
    async with _living(tmp_path) as process:
        await process.accept(1)
        renew, failures = process.store.renew, [1, 2]

        async def at_times(claims: list[ClaimedWork]) -> None:
            if failures:
                failures.pop()
                raise StoreUnavailableError("store: gone")
            await renew(claims)

        process.store.renew = at_times  # type: ignore[method-assign,assignment]
        await process.passes(timedelta(seconds=45))
        assert failures == []
        assert await process.due() == []
        await process.passes(_LONG)
        assert await process.due() == []


async def test_what_another_process_has_taken_over_is_not_renewed(tmp_path: Path) -> None:
    async with _living(tmp_path) as process:
        claim = await process.accept(1)
        later = NOW + timedelta(minutes=2)
        assert len(await process.store.claim(later, 10)) == 1
        await process.passes(timedelta(minutes=3))
        assert await process.due() == [claim.work.key]


@pytest.mark.parametrize(("failures", "wait"), [(0, 1), (1, 2), (4, 16)])
async def test_the_pause_grows_with_failures_and_not_with_deaths(
    tmp_path: Path, failures: int, wait: int
) -> None:
    process, due = _Process(tmp_path), list[datetime]()
    settling = Settling(
        process.store,
        process.clock,
        shipped_policy().dead_letters,
        in_hand={},
        let_go=lambda _: None,
        falls_due=due.append,
        first_retry_seconds=1,
        longest_retry_seconds=300,
    )
    claim = await process.accept()
    await settling.fail(replace(claim, attempt=9, failures=failures), "no answer")
    assert wait <= (due[0] - NOW).total_seconds() <= wait * 1.25
    await process.store.close()
