from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.adapters.storage.values import NOW
from tests.support.postgresql import drop_database, new_database

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.database import Access, migrate, open_engine


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(NOW)


def migrated(url: URL) -> None:
    engine = open_engine(url, Access.WRITE)
    migrate(engine)
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    """A database of each kind with the DSP's tables."""
    if request.param == "sqlite":
        url = URL.create("sqlite", database=str(tmp_path / "dsp.db"))
        migrated(url)
        yield url
        return
    url = new_database(migrated)
    yield url
    drop_database(url)


@pytest.fixture
async def store(database: URL, clock: SimulatedClock) -> AsyncIterator[SqlStore]:
    made = SqlStore(database, clock)
    yield made
    await made.close()
