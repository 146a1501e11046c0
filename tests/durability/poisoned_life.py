"""One process of a DSP: a gateway, or a worker that dies whenever it hands over one command."""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.durability.one_life import let_it
from tests.durability.world_outside import KeepingUser, Ledger
from tests.parties.dsp.doubles import RecordingPoster
from tests.parties.dsp.world import (
    ESME,
    NOW,
    SUPPLIER,
    command,
    dsp_on,
    fail_the_supplier,
    populate,
)
from tests.support.asgi import call

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.domain.request_id import RequestId
from stayon.parties.dsp import Dsp
from stayon.ports.outbound import CarrierWork

WORK = tuple(f"{RequestId(SUPPLIER, ESME, counter)}/carry" for counter in range(1, 5))
POISON = WORK[1]


@dataclass
class _Running:
    dsp: Dsp


@dataclass(frozen=True)
class _Carrier:
    """Keeps what it is given, together, in ``given``, and what it has taken in ``taken``."""

    given: Ledger
    taken: Ledger

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        names = [each.work_id for each in work]
        self.given.add("\n".join(names).encode())
        if POISON in names:
            os.kill(os.getpid(), signal.SIGKILL)
        for name in names:
            self.taken.add(name.encode())


def live(database: str, folder: Path, number: int) -> None:
    """The ``number``-th life, ten minutes after the last; the first accepts, the others work."""
    asyncio.run(_live(database, folder, number))


async def _live(database: str, folder: Path, number: int) -> None:
    works = number > 0
    if not works:
        await _begin(database)
    clock = SimulatedClock(NOW + number * timedelta(minutes=10))
    store = SqlStore(database, clock, writer=f"life {number}", works=works)
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: _Carrier(Ledger(folder / "given"), Ledger(folder / "taken"))},
        poster=KeepingUser(Ledger(folder / "messages"), lambda _: None),
        works=works,
    )
    running = asyncio.create_task(dsp.run())
    if not works:
        await _accept(dsp)
    await let_it(clock)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await store.close()


async def _begin(database: str) -> None:
    """By a process that works: the role's service request waits until it has told the S1SPs."""
    clock = SimulatedClock(NOW)
    store = SqlStore(database, clock, writer="first")
    dsp = dsp_on(store, clock, carriers={}, poster=RecordingPoster())
    await populate(dsp, store)
    await fail_the_supplier(_Running(dsp))
    await store.close()


async def _accept(dsp: Dsp) -> None:
    xml = {"content-type": "application/xml"}
    for counter in range(1, len(WORK) + 1):
        reply = await call(dsp.app(), "POST", "/api/v1/serviceS", command(counter), xml)
        assert reply.status == 200, reply.body
