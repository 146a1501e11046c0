"""kill -9 while work is given up, sent again or discarded: it is in one place, and done once."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.durability.letter_life import POINTS, live
from tests.durability.world_outside import Ledger
from tests.parties.dsp.world import NOW, read_response
from tests.support.dsp_database import KINDS, dsp_database, number_in
from tests.support.lives import LIVES

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.duis.response import DccAlert
from stayon.ports.audit import verify_chain


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


def _live_once(
    database: URL, folder: Path, number: int, point: str | None, *, discards: bool
) -> int | None:
    address = database.render_as_string(hide_password=False)
    life = LIVES.Process(
        target=live, args=(address, folder, number, point), kwargs={"discards": discards}
    )
    life.start()
    life.join()
    return life.exitcode


@pytest.mark.parametrize("discards", [False, True], ids=["sent again", "discarded"])
@pytest.mark.parametrize("point", POINTS)
async def test_a_process_killed_between_outbox_and_dead_letter_loses_nothing(
    database: URL, tmp_path: Path, point: str, discards: bool
) -> None:
    first = _live_once(database, tmp_path, 0, point, discards=discards)
    assert first == -signal.SIGKILL, "the point was not reached"
    commands, messages = Ledger(tmp_path / "commands"), Ledger(tmp_path / "messages")
    assert commands.lines() == []
    assert _live_once(database, tmp_path, 1, None, discards=discards) == 0
    # Not written down as dead before the first death: then the CSP was there in the second life.
    never_died = point == "before the commit of giving up"
    assert number_in(database, "SELECT count(*) FROM dead_letter") == (0 if never_died else 1)
    undecided = "SELECT count(*) FROM dead_letter WHERE decision IS NULL"
    assert number_in(database, undecided) == 0
    assert number_in(database, "SELECT count(*) FROM outbox") == 0
    concluded = number_in(database, "SELECT count(*) FROM request WHERE concluded")
    if discards and not never_died:
        assert commands.lines() == []
        (told,) = set(messages.lines())
        assert isinstance(read_response(told).body, DccAlert)
        assert concluded == 1
    else:
        assert len(commands.lines()) == 1
        assert messages.lines() == []
        assert concluded == 0
    store = SqlStore(database, SimulatedClock(NOW))
    assert verify_chain(store.audit_chain("dsp")) == number_in(
        database, "SELECT count(*) FROM audit"
    )
    await store.close()
