import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.errors import FieldError

START = datetime(2027, 1, 15, 17, tzinfo=UTC)


async def test_time_jumps_from_appointment_to_appointment_in_order() -> None:
    clock = SimulatedClock(START)
    seen: list[tuple[str, datetime]] = []

    async def wait(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        seen.append((name, clock.now()))

    tasks = [asyncio.create_task(wait(*each)) for each in (("b", 20), ("a", 10), ("c", 86400))]
    await clock.run_until(START + timedelta(days=2))
    await asyncio.gather(*tasks)
    assert seen == [
        ("a", START + timedelta(seconds=10)),
        ("b", START + timedelta(seconds=20)),
        ("c", START + timedelta(days=1)),
    ]
    assert clock.now() == START + timedelta(days=2)


async def test_the_clock_stands_still_while_somebody_is_busy() -> None:
    clock = SimulatedClock(START)
    instants: list[datetime] = []

    async def work_in_a_thread() -> None:
        await clock.sleep(1)
        with clock.busy():
            await asyncio.to_thread(lambda: None)
            instants.append(clock.now())

    async def another() -> None:
        await clock.sleep(2)
        instants.append(clock.now())

    tasks = [asyncio.create_task(work_in_a_thread()), asyncio.create_task(another())]
    await clock.run_until(START + timedelta(minutes=1))
    await asyncio.gather(*tasks)
    assert instants == [START + timedelta(seconds=1), START + timedelta(seconds=2)]


async def test_work_handed_over_inside_the_loop_finishes_before_time_moves() -> None:
    clock = SimulatedClock(START)
    handed_over: asyncio.Queue[int] = asyncio.Queue()
    finished: list[datetime] = []

    async def consumer() -> None:
        await handed_over.get()
        finished.append(clock.now())

    async def producer() -> None:
        await clock.sleep(5)
        await handed_over.put(1)

    tasks = [asyncio.create_task(consumer()), asyncio.create_task(producer())]
    await clock.run_until(START + timedelta(seconds=60))
    await asyncio.gather(*tasks)
    assert finished == [START + timedelta(seconds=5)]


async def test_an_abandoned_appointment_does_not_hold_up_the_rest() -> None:
    clock = SimulatedClock(START)
    abandoned = asyncio.create_task(clock.sleep(1))
    kept = asyncio.create_task(clock.sleep(1))
    await asyncio.sleep(0)
    abandoned.cancel()
    await clock.run_until(START + timedelta(seconds=3))
    await kept
    assert clock.now() == START + timedelta(seconds=3)


def test_a_simulated_clock_starts_in_utc() -> None:
    with pytest.raises(FieldError, match="UTC"):
        SimulatedClock(datetime(2027, 1, 15, 17, tzinfo=UTC).replace(tzinfo=None))
