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


async def test_a_storm_of_cancellations_leaves_the_rest_in_order() -> None:
    clock = SimulatedClock(START)
    woken: list[float] = []

    async def wait(seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(seconds)

    seconds = [float(each % 97) for each in range(2000)]
    tasks = [asyncio.create_task(wait(each)) for each in seconds]
    await asyncio.sleep(0)
    for number, task in enumerate(tasks):
        if number % 5:
            task.cancel()
    await clock.run_until(START + timedelta(seconds=100))
    await asyncio.wait(tasks)
    assert woken == sorted(seconds[::5])
    assert clock.now() == START + timedelta(seconds=100)


async def test_who_is_cancelled_by_another_at_the_same_instant_does_not_act() -> None:
    clock = SimulatedClock(START)
    acted: list[str] = []

    async def wait(name: str) -> None:
        await clock.sleep(10)
        acted.append(name)

    async def cancel_all() -> None:
        await clock.sleep(10)
        for task in waiting:
            task.cancel()

    canceller = asyncio.create_task(cancel_all())
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(wait(str(each))) for each in range(50)]
    await clock.run_until(START + timedelta(seconds=20))
    await canceller
    await asyncio.wait(waiting)
    assert acted == []
    assert clock.now() == START + timedelta(seconds=20)


async def test_sleepers_that_race_and_are_abandoned_again_and_again() -> None:
    """What a queue with a time limit does: nearly every appointment is given up."""
    clock = SimulatedClock(START)
    rounds: list[datetime] = []

    async def race() -> None:
        for _ in range(300):
            long, short = (asyncio.ensure_future(clock.sleep(each)) for each in (86_400, 1))
            await asyncio.wait((long, short), return_when=asyncio.FIRST_COMPLETED)
            long.cancel()
            rounds.append(clock.now())

    racing = asyncio.create_task(race())
    await clock.run_until(START + timedelta(days=3))
    await racing
    assert rounds == [START + timedelta(seconds=each) for each in range(1, 301)]


async def test_a_cancelled_worker_gives_the_clock_back() -> None:
    clock = SimulatedClock(START)

    async def work_for_ever() -> None:
        with clock.busy():
            await asyncio.Event().wait()

    workers = [asyncio.create_task(work_for_ever()) for _ in range(20)]
    await asyncio.sleep(0)
    time_passes = asyncio.create_task(clock.run_until(START + timedelta(seconds=1)))
    await asyncio.sleep(0.01)
    assert clock.now() == START
    for worker in workers:
        worker.cancel()
    await time_passes
    assert clock.now() == START + timedelta(seconds=1)


async def test_cancelling_the_run_leaves_a_clock_that_goes_on() -> None:
    clock = SimulatedClock(START)
    sleeper = asyncio.create_task(clock.sleep(50))
    with clock.busy():
        run = asyncio.create_task(clock.run_until(START + timedelta(days=1)))
        await asyncio.sleep(0)
        run.cancel()
        await asyncio.wait([run])
    assert clock.now() == START
    await clock.run_until(START + timedelta(seconds=50))
    await sleeper
