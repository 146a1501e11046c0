from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.adapters.storage.values import NOW
from tests.support.dsp_database import KINDS, dsp_database

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database of each kind with the DSP's tables."""
    with dsp_database(request.param, tmp_path) as url:
        yield url


@pytest.fixture
async def store(database: URL, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    made = SqlStore(database, clock)
    yield made
    await made.close()
