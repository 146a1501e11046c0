"""The write-ahead log is cleared beside the commits, and does not grow for ever."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Engine
from tests.adapters.storage.values import admission

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore, checkpoints
from stayon.adapters.storage.database import Access, open_engine
from stayon.ports.store_reference import Versions

FIRST = Versions(0, 0)
BODY = b"request" * 1000
PAGE = 4096


def octets(path: Path) -> int:
    return path.stat().st_size


async def fill(path: Path, clock: SimulatedClock, requests: int) -> tuple[int, int]:
    """Octets of database and log after so many commits; what they say is read back."""
    store = SqlStore.in_file(path, clock)
    for number in range(requests):
        await store.admit(admission(number, FIRST, content=BODY))
    store._checkpoints.close()
    sizes = octets(path), octets(path.with_name(path.name + "-wal"))
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("SELECT count(*) FROM request").fetchone() == (requests,)
        assert other.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    await store.close()
    return sizes


async def test_the_log_goes_into_the_database_beside_the_commits(
    tmp_path: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_TRANSACTIONS", 5)
    beside, _ = await fill(tmp_path / "beside.db", clock, 200)
    monkeypatch.setattr(checkpoints, "_TRANSACTIONS", 10_000)
    left, log = await fill(tmp_path / "left.db", clock, 200)
    assert beside > 2 * left
    assert log > 1000 * PAGE, "no commit has stopped to clear it"


async def test_a_commit_clears_a_log_that_grows_too_long(
    tmp_path: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_TRANSACTIONS", 10_000)
    monkeypatch.setattr(checkpoints, "_AT_MOST_PAGES", 100)
    _, log = await fill(tmp_path / "x.db", clock, 100)
    assert log < 300 * PAGE


async def test_a_checkpoint_that_fails_stops_no_request(
    tmp_path: Path, clock: SimulatedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoints, "_TRANSACTIONS", 1)
    store = SqlStore.in_file(tmp_path / "x.db", clock)
    await store.admit(admission(1, FIRST))
    store._checkpoints._other = engine_of_nothing(tmp_path)
    for number in range(2, 12):
        await store.admit(admission(number, FIRST))
    await store.close()


def engine_of_nothing(folder: Path) -> Engine:
    """An engine whose file cannot be opened."""
    return open_engine(f"sqlite:///{folder}/missing/x.db", Access.LATEST)
