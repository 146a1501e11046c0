"""The machine's clock, as far as a test may look at it."""

from datetime import UTC, datetime

from stayon.adapters.clock.system import SystemClock


async def test_the_machines_time_is_in_utc_and_goes_on() -> None:
    clock = SystemClock()
    before = datetime.now(UTC)
    with clock.busy():
        await clock.sleep(0.0)
    now = clock.now()
    assert now.tzinfo is UTC
    assert before <= now <= datetime.now(UTC)
