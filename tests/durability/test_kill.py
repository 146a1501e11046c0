"""kill -9 at every step of a request's life: nothing is lost, and nothing has effect twice."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.durability.one_life import POINTS, live
from tests.durability.world_outside import Ledger
from tests.parties.dsp.world import NOW, read_response
from tests.support.dsp_database import KINDS, dsp_database, number_in
from tests.support.lives import LIVES

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.audit import verify_chain


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


def _live_once(database: URL, folder: Path, number: int, point: str | None) -> int | None:
    address = database.render_as_string(hide_password=False)
    life = LIVES.Process(target=live, args=(address, folder, number, point))
    life.start()
    life.join()
    return life.exitcode


@pytest.mark.requirement("D14")
@pytest.mark.parametrize("point", POINTS)
async def test_a_process_killed_at_any_step_loses_nothing(
    database: URL, tmp_path: Path, point: str
) -> None:
    assert _live_once(database, tmp_path, 0, point) == -signal.SIGKILL, "the point was not reached"
    assert _live_once(database, tmp_path, 1, None) == 0
    (answer,) = Ledger(tmp_path / "answers").lines()
    assert read_response(answer).code == "I99"
    assert number_in(database, "SELECT count(*) FROM request WHERE concluded") == 1
    assert number_in(database, "SELECT count(*) FROM request") == 1
    assert number_in(database, "SELECT sum(used) FROM volume_count") == 1
    assert number_in(database, "SELECT count(*) FROM outbox") == 0
    # At least once, and always the same octets: their receivers know them by their key.
    assert len(set(Ledger(tmp_path / "commands").lines())) == 1
    assert len(set(Ledger(tmp_path / "messages").lines())) == 1
    store = SqlStore(database, SimulatedClock(NOW))
    assert verify_chain(store.audit_chain("dsp")) == number_in(
        database, "SELECT count(*) FROM audit"
    )
    await store.close()


def test_without_a_death_everything_happens_once(database: URL, tmp_path: Path) -> None:
    assert _live_once(database, tmp_path, 0, None) == 0
    assert [
        len(Ledger(tmp_path / name).lines()) for name in ("answers", "commands", "messages")
    ] == [1, 1, 1]
