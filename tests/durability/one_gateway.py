"""One gateway process that admits its requests under a threshold, as often as it is started."""

import asyncio

from tests.adapters.storage.values import NOW, admission, volume

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.store_reference import Versions


def live(database: str, number: int, requests: int, quarantine: int, warning: int) -> None:
    """Admit its own ``requests``; those that an earlier life has admitted are duplicates."""
    asyncio.run(_live(database, number, requests, quarantine, warning))


async def _live(database: str, number: int, requests: int, quarantine: int, warning: int) -> None:
    store = SqlStore(database, SimulatedClock(NOW), writer=f"gateway {number}", works=False)
    use = volume(quarantine, warning=warning)
    waiting = iter(range(number * 10**6 + 1, number * 10**6 + 1 + requests))

    async def connection() -> None:
        for counter in waiting:
            await store.admit(admission(counter, Versions(0, 0), use=use))

    # So few at a time that a death finds most of them still to come.
    await asyncio.gather(*(connection() for _ in range(4)))
    await store.close()
