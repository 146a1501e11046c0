"""One process with a DSP, which kills itself with SIGKILL at one point of a request's life.

The points are in doubles of the ports and in hooks on this process's own database engine: nothing
of them is in the code that is shipped.
"""

import asyncio
import os
import signal
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import event
from tests.durability.world_outside import KeepingCarrier, KeepingUser, Ledger
from tests.parties.dsp.southbound_messages import response_frame
from tests.parties.dsp.world import ESME, NOW, command, dsp_on, fail_the_supplier, populate
from tests.support.asgi import call

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.metering import Route
from stayon.parties.dsp import Dsp
from stayon.ports.dead_letters import Discard, SendAgain
from stayon.ports.outbound import DeviceMessage
from stayon.ports.store_work import Admission, Incoming, WorkDied, WorkDone

POINTS = (
    "before the commit of admission",
    "after the commit of admission",
    "before dispatch",
    "after dispatch",
    "before the commit of dispatch",
    "after the commit of dispatch",
    "before the commit of response",
    "after the commit of response",
    "before delivery",
    "after delivery",
    "before the commit of delivery",
    "after the commit of delivery",
)

_XML = {"content-type": "application/xml"}


@dataclass
class Fate:
    """Dies at ``point``, once it is ``armed``."""

    point: str | None
    armed: bool = False

    def at(self, point: str) -> None:
        if self.armed and point == self.point:
            os.kill(os.getpid(), signal.SIGKILL)


@dataclass
class _Running:
    dsp: Dsp


def live(database: str, folder: Path, number: int, point: str | None) -> None:
    """The ``number``-th life of the DSP on ``database``; it begins ten minutes after the last."""
    asyncio.run(_live(database, folder, number, Fate(point)))


async def _live(database: str, folder: Path, number: int, fate: Fate) -> None:
    clock = SimulatedClock(NOW + number * timedelta(minutes=10))
    store = SqlStore(database, clock)
    commands = Ledger(folder / "commands")
    dsp = dsp_on(
        store,
        clock,
        carriers={Route.CSP_NORTH: KeepingCarrier(commands, fate.at)},
        poster=KeepingUser(Ledger(folder / "messages"), fate.at),
    )
    if not (await store.reference()).users:
        await populate(dsp, store)
        await fail_the_supplier(_Running(dsp))
    watch_commits(store, fate)
    fate.armed = True
    running = asyncio.create_task(dsp.run())
    answers, told = Ledger(folder / "answers"), Ledger(folder / "told")
    requests = Ledger(folder / "requests")
    if not requests.lines():
        # A client that got no answer sends the same octets again, not a new signature.
        requests.add(command())
    await let_it(clock)
    if not answers.lines():
        (body,) = requests.lines()
        reply = await call(dsp.app(), "POST", "/api/v1/serviceS", body, _XML)
        assert reply.status == 200, reply.body
        answers.add(reply.body)
    await let_it(clock)
    if commands.lines() and not told.lines():
        # A meter executes a counter once, and says the same again if it is asked again.
        await dsp.southbound.receive_device_messages([DeviceMessage(ESME, response_frame())])
        told.add(b"yes")
    await let_it(clock)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    await store.close()


async def let_it(clock: SimulatedClock) -> None:
    """Let everything happen that is due within a minute and a half."""
    await clock.run_until(clock.now() + timedelta(seconds=90))


def watch_commits(store: SqlStore, fate: Fate) -> None:
    """Tell ``fate`` of each commit, by the first change in it that has a name."""
    current = [""]
    committer: Any = store._committer
    write = committer._write

    def writing(group: Sequence[object]) -> object:
        current[0] = _name(group)
        outcomes = write(group)
        fate.at(f"after the commit of {current[0]}")
        return outcomes

    committer._write = writing
    event.listen(store._writing, "commit", lambda _: fate.at(f"before the commit of {current[0]}"))


def _name(group: Sequence[object]) -> str:
    for change in group:
        if isinstance(change, Admission):
            return "admission"
        if isinstance(change, Incoming):
            return "response"
        if isinstance(change, WorkDone):
            return change.audit.step
        if isinstance(change, WorkDied):
            return "giving up"
        if isinstance(change, SendAgain | Discard):
            return "a decision"
    return "something else"
