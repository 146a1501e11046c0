from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from tests.adapters.storage.values import NOW

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture
async def store(tmp_path: Path, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    made = SqlStore.in_file(tmp_path / "dsp.db", clock)
    yield made
    await made.close()
