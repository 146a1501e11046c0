"""Work that ends its process each time is left to a person, and takes nothing else along."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import URL
from tests.durability.poisoned_life import POISON, WORK, live
from tests.durability.world_outside import Ledger
from tests.parties.dsp.world import NOW
from tests.support.dsp_database import KINDS, dsp_database, number_in
from tests.support.lives import LIVES

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.audit import AuditQuery
from stayon.ports.dead_letters import LetterQuery


@pytest.fixture(params=KINDS)
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[URL]:
    with dsp_database(request.param, tmp_path) as url:
        yield url


def _live(database: URL, folder: Path, number: int) -> int | None:
    address = database.render_as_string(hide_password=False)
    life = LIVES.Process(target=live, args=(address, folder, number))
    life.start()
    life.join()
    return life.exitcode


@pytest.mark.requirement("decision 4")
async def test_what_kills_its_process_each_time_becomes_a_dead_letter(
    database: URL, tmp_path: Path
) -> None:
    assert _live(database, tmp_path, 0) == 0
    ends = [_live(database, tmp_path, number) for number in range(1, 7)]
    assert ends == [-signal.SIGKILL] * 5 + [0]

    # Twice with the others of its batch, then alone; each of those was taken once.
    given = [line.decode().split("\n") for line in Ledger(tmp_path / "given").lines()]
    assert [names for names in given if POISON in names] == [list(WORK)] * 2 + [[POISON]] * 3
    taken = [line.decode() for line in Ledger(tmp_path / "taken").lines()]
    assert sorted(taken) == sorted(set(WORK) - {POISON})

    assert number_in(database, "SELECT count(*) FROM outbox") == 0
    store = SqlStore(database, SimulatedClock(NOW))
    (letter,) = await store.dead_letters(LetterQuery())
    assert letter.key == POISON
    assert letter.failures == 5
    assert "5 times in a row by a process that died" in letter.reason
    (row,) = await store.audit_rows(AuditQuery(code="lost"))
    assert row.entry.detail == letter.reason
    await store.close()
