"""A campaign from a seed while everything fails around it, and the account of what happened.

The seed draws the faults. In which turn of the event loop a process dies depends on the machine
too, so a seed is a schedule and not a replay; what must hold, holds for every interleaving.
"""

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import Random

from tests.chaos.devices_side import UnreliableCsp, UnreliableUser
from tests.chaos.process import DspProcess
from tests.parties.dsp.world import (
    NOW,
    command,
    device_row,
    dsp_on,
    fail_the_supplier,
    populate,
    read_response,
)

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.storage import SqlStore
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceType, Route

_TROUBLE_SECONDS = 900
_CALM = timedelta(hours=3)
_FAULTS = ("kill", "full", "locked", "csp away")
_LONGEST_FAULT_SECONDS = 40


@dataclass
class Campaign:
    """One run; ``answers`` are the codes that each device's client was given, all of them."""

    folder: Path
    seed: int
    devices: tuple[Eui64, ...]
    quarantine: int
    happened: Counter[str] = field(default_factory=Counter)
    answers: dict[Eui64, set[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.clock = SimulatedClock(NOW)
        self.draw = Random(self.seed)  # noqa: S311 - faults, not keys
        self.csp = UnreliableCsp(self.clock, self.draw, self.happened)
        self.user = UnreliableUser(self.draw, self.happened)

    @property
    def path(self) -> Path:
        """The DSP's database."""
        return self.folder / "dsp.db"

    async def run(self) -> None:
        """The trouble, and then three calm hours in which everything has to come right."""
        await self._begin()
        clients = [asyncio.create_task(self._client(device)) for device in self.devices]
        trouble = asyncio.create_task(self._trouble())
        await self.clock.run_until(NOW + timedelta(seconds=_TROUBLE_SECONDS) + _CALM)
        for task in (*clients, trouble):
            assert task.done(), "somebody still waits after the calm hours"
            await task
        await self._process.kill()

    async def _begin(self) -> None:
        self._process = self._life()
        await populate(self._process.dsp, self._process.store)
        rows = [
            device_row(device, DeviceType.ESME, Route.CSP_NORTH, 100 + number)
            for number, device in enumerate(self.devices)
        ]
        await self._process.store.put_devices(rows)
        await fail_the_supplier(self._process, self.quarantine)

    def _life(self) -> DspProcess:
        store = SqlStore.in_file(self.path, self.clock)
        carriers = {Route.CSP_NORTH: self.csp}
        process = DspProcess(store, dsp_on(store, self.clock, carriers=carriers, poster=self.user))
        self.csp.process = process
        return process

    async def _client(self, device: Eui64) -> None:
        """Send one request until it is answered, and now and then once more."""
        body = command(device=device)
        await self.clock.sleep(self.draw.randrange(_TROUBLE_SECONDS))
        while True:
            with self.clock.busy():
                reply = await self._process.post(body)
            if reply is not None and reply.status == 200:
                assert read_response(reply.body).code == "I99"
                self.answers.setdefault(device, set()).add(reply.body)
                if self.draw.random() > 0.2:
                    return
                self.happened["request repeated after its answer"] += 1
            else:
                if reply is not None:
                    assert reply.status == 503, reply.body
                    assert "retry-after" in reply.headers
                self.happened["connection broken" if reply is None else "refused with 503"] += 1
            await self.clock.sleep(self.draw.randrange(1, 20))

    async def _trouble(self) -> None:
        """Faults at whole seconds, as clients begin at: so they come while something is done."""
        while self.clock.now() < NOW + timedelta(seconds=_TROUBLE_SECONDS):
            await self.clock.sleep(self.draw.randrange(5, 40))
            fault = self.draw.choice(_FAULTS)
            self.happened[fault] += 1
            lasts = self.draw.randrange(1, _LONGEST_FAULT_SECONDS)
            with self.clock.busy():
                await asyncio.sleep(self.draw.random() * 0.02)
                if fault == "kill":
                    await self._process.kill()
                    self._process = self._life()
                elif fault == "full":
                    await self._limit_pages(1)
            if fault == "full":
                await self.clock.sleep(lasts)
                with self.clock.busy():
                    await self._limit_pages(1_000_000)
            elif fault == "locked":
                await self._pragma("busy_timeout=20")
                with self._locked():
                    await self.clock.sleep(lasts)
            elif fault == "csp away":
                self.csp.away = True
                await self.clock.sleep(lasts)
                self.csp.away = False

    async def _limit_pages(self, most: int) -> None:
        """SQLite takes a limit below what there is as: no page more."""
        await self._pragma(f"max_page_count={most}")

    async def _pragma(self, pragma: str) -> None:
        store = self._process.store

        def say() -> None:
            with store._writing.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA {pragma}")

        loop = asyncio.get_running_loop()
        with self.clock.busy():
            await loop.run_in_executor(store._thread, say)

    @contextmanager
    def _locked(self) -> Iterator[None]:
        with closing(sqlite3.connect(self.path, isolation_level=None, timeout=30)) as other:
            other.execute("BEGIN IMMEDIATE")
            try:
                yield
            finally:
                other.execute("ROLLBACK")
