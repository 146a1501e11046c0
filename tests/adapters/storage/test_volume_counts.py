"""Volume counts are exact: for any order, for many tasks, and for several processes on one file."""

import asyncio
import itertools
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, admission, eui, volume

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.eui64 import Eui64
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    EVERYBODY,
    Accepted,
    Admission,
    AdmissionOutcome,
    InQuarantine,
    WorkKind,
)

FIRST = Versions(0, 0)


def limited(counter: int, own: int, warning: int, overall: int | None) -> Admission:
    made = admission(counter, FIRST, use=volume(own, warning=warning))
    if overall is None:
        return made
    return replace(made, overall=volume(overall, of=EVERYBODY), held_overall=made.held)


async def admit_all(
    many: Sequence[Admission], stores: int = 1
) -> tuple[list[AdmissionOutcome], list[str]]:
    """The outcomes, and the keys of the warnings."""
    with TemporaryDirectory() as folder:
        clock = SimulatedClock(NOW)
        path = Path(folder) / "dsp.db"
        opened = [SqlStore.in_file(path, clock, writer=f"w{n}") for n in range(stores)]
        outcomes = await asyncio.gather(
            *(opened[n % stores].admit(each) for n, each in enumerate(many))
        )
        for store in opened:
            await store.close()
    claims = [claim for o in outcomes if isinstance(o, Accepted) for claim in o.claims]
    warnings = [c.work.key for c in claims if c.work.kind is WorkKind.THRESHOLD_WARNING]
    return list(outcomes), warnings


@pytest.mark.requirement("D14", "decision 10")
@settings(max_examples=10, deadline=None)
@given(
    requests=st.integers(0, 60),
    own=st.integers(0, 40),
    overall=st.none() | st.integers(0, 40),
    warning=st.integers(0, 40),
    stores=st.integers(1, 3),
)
def test_exactly_so_many_pass_and_exactly_one_warns(
    requests: int, own: int, overall: int | None, warning: int, stores: int
) -> None:
    warning = min(warning, own)
    many = [limited(n, own, warning, overall) for n in range(requests)]
    outcomes, warnings = asyncio.run(admit_all(many, stores))
    passing = min(requests, own, own if overall is None else overall)
    assert sum(isinstance(each, Accepted) for each in outcomes) == passing
    assert sum(isinstance(each, InQuarantine) for each in outcomes) == requests - passing
    assert len(warnings) == (1 if passing >= max(warning, 1) else 0)


_PROCESS = """
import asyncio, sys
from pathlib import Path
from tests.adapters.storage.values import NOW, admission, volume
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import Accepted, WorkKind

async def main(path, number):
    store = SqlStore.in_file(Path(path), SimulatedClock(NOW), writer=f"process {number}")
    mine = range(number * 1000, number * 1000 + 60)
    outcomes = await asyncio.gather(
        *(store.admit(admission(n, Versions(0, 0), use=volume(70, warning=35))) for n in mine)
    )
    await store.close()
    accepted = [each for each in outcomes if isinstance(each, Accepted)]
    kinds = [claim.work.kind for each in accepted for claim in each.claims]
    print(len(accepted), kinds.count(WorkKind.THRESHOLD_WARNING))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
"""


@pytest.mark.requirement("D14", "decision 10")
def test_several_processes_on_one_file_share_a_threshold(tmp_path: Path) -> None:
    path = tmp_path / "dsp.db"
    asyncio.run(SqlStore.in_file(path, SimulatedClock(NOW)).close())
    root = Path(__file__).parents[3]
    running = [
        subprocess.Popen(  # noqa: S603 - this interpreter, a program of ours
            [sys.executable, "-c", _PROCESS, str(path), str(number)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=root,
            env={"PYTHONPATH": f"{root}:{root / 'src'}"},
        )
        for number in range(3)
    ]
    found = [process.communicate()[0].split() for process in running]
    assert sum(int(accepted) for accepted, _ in found) == 70
    assert sum(int(warnings) for _, warnings in found) == 1


@pytest.mark.requirement("D14")
async def test_gateways_that_take_thresholds_in_other_orders_do_not_wait_for_each_other(
    database: URL, clock: SimulatedClock
) -> None:
    """PostgreSQL ends one of two that do: its requests would be answered by 503."""
    users = [eui(70), eui(71), eui(72)]
    stores = [SqlStore(database, clock, writer=f"w{n}") for n in range(2)]
    numbers = itertools.count(1)

    def many(order: Sequence[Eui64], window: datetime) -> list[Admission]:
        uses = [volume(1000, window, of=user) for user in order]
        return [admission(next(numbers), FIRST, use=use) for use in (uses[0], *uses)]

    for minute in range(25):
        window = NOW + timedelta(minutes=minute)
        there, back = many(users, window), many(users[::-1], window)
        outcomes = await asyncio.gather(
            *(stores[0].admit(each) for each in there), *(stores[1].admit(each) for each in back)
        )
        assert all(isinstance(each, Accepted) for each in outcomes)
    for store in stores:
        await store.close()
