"""One process with a DSP whose command becomes a dead letter; it kills itself at one point."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from tests.durability.one_life import Fate, let_it, watch_commits
from tests.durability.world_outside import KeepingUser, Ledger
from tests.parties.dsp.test_dead_letters import patience
from tests.parties.dsp.world import NOW, command, dsp_on, fail_the_supplier, populate
from tests.support.asgi import call

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.parties.dsp import Dsp
from stayon.ports.dead_letters import LetterQuery
from stayon.ports.outbound import CarrierWork, OutboundError

POINTS = (
    "before the commit of giving up",
    "after the commit of giving up",
    "before the commit of a decision",
    "after the commit of a decision",
)


@dataclass(frozen=True)
class _Carrier:
    """Away in the first life; after it, what it takes reaches the meter."""

    commands: Ledger
    away: bool

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        if self.away:
            raise OutboundError("the CSP is away")
        for each in work:
            self.commands.add(each.message)


@dataclass
class _Running:
    dsp: Dsp


def live(database: str, folder: Path, number: int, point: str | None, *, discards: bool) -> None:
    """The ``number``-th life of the DSP on ``database``; a letter that waits is decided on."""
    asyncio.run(_live(database, folder, number, Fate(point), discards=discards))


async def _live(database: str, folder: Path, number: int, fate: Fate, *, discards: bool) -> None:
    clock = SimulatedClock(NOW + number * timedelta(minutes=10))
    store = SqlStore(database, clock)
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: _Carrier(Ledger(folder / "commands"), away=number == 0)},
        poster=KeepingUser(Ledger(folder / "messages"), lambda _: None),
        policy=patience(failures=1, seconds=0),
    )
    if number == 0:
        await populate(dsp, store)
        await fail_the_supplier(_Running(dsp))
    watch_commits(store, fate)
    fate.armed = True
    running = asyncio.create_task(dsp.run())
    if number == 0:
        xml = {"content-type": "application/xml"}
        reply = await call(dsp.app(), "POST", "/api/v1/serviceS", command(), xml)
        assert reply.status == 200, reply.body
    await let_it(clock)
    for letter in await store.dead_letters(LetterQuery()):
        dead = dsp.dead_letters
        decide = dead.discard if discards else dead.send_again
        await decide(letter.letter, "kim", "for the test")
    await let_it(clock)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await store.close()
