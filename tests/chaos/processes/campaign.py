"""One campaign in many processes while they, their disks, clocks and network fail."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGKILL

from tests.chaos.processes.founded import Founded
from tests.chaos.processes.network import Network
from tests.chaos.processes.schedule import DATABASE, FILES, PROCESSES, Fault, Kind, schedule
from tests.roles.evidence import anybody_at, nothing_left
from tests.support.postgresql import Cluster, NoServer, place_for_others
from tests.support.roles import RoleWorld
from tests.support.small_disk import NoSmallDisk, SmallDisk

_LOOKS_EVERY_SECONDS = 0.1
_STALLED_SECONDS = 3.0
"""Whatever the campaign waits for: the next fault comes then all the same."""
_CALM_SECONDS = 300
_STOPS_WITHIN = 30.0
_MOST_DEATHS = 50
_MEGABYTES = 1024


@dataclass
class ChaosCampaign:
    """``happened`` counts what befell it; ``died`` says who ended without being killed."""

    founded: Founded
    seed: int
    world: RoleWorld
    cluster: Cluster
    network: Network
    disks: dict[str, SmallDisk]
    happened: Counter[str] = field(default_factory=Counter)
    died: list[str] = field(default_factory=list)
    _down: Counter[str] = field(default_factory=Counter)

    @property
    def faults(self) -> tuple[Fault, ...]:
        """What the seed has in store."""
        return schedule(self.seed, len(self.founded.meters))

    @property
    def folder(self) -> Path:
        """The campaign's."""
        return self.world.folder / "campaign"

    async def run(self) -> None:
        """The faults, and then calm until every device has an end and all work is done."""
        for name in self.world.lives:
            if name != "client":
                self.world[name].start()
        await asyncio.to_thread(self.world.until_ready, *PROCESSES[:-1])
        self.world["client"].start()
        keepers = [asyncio.create_task(self._keep(name)) for name in PROCESSES]
        keepers.append(asyncio.create_task(self._keep_database()))
        try:
            await self._trouble()
            self.network.calm()
            async with asyncio.timeout(_CALM_SECONDS):
                await keepers[PROCESSES.index("client")]
            async with anybody_at(self.founded.client_port):
                await nothing_left(self.world)
        finally:
            for keeper in keepers:
                keeper.cancel()
            await asyncio.gather(*keepers, return_exceptions=True)
        await asyncio.to_thread(self._stop)

    def _stop(self) -> None:
        """In order, all together."""
        lives = [life for name, life in self.world.lives.items() if name != "client"]
        for life in lives:
            life.ask_to_stop()
        for life in lives:
            assert life.wait(_STOPS_WITHIN) == 0, f"{life.name}: {life.said()}"

    async def _trouble(self) -> None:
        under_way = []
        for fault in self.faults:
            await self._until(fault.at)
            under_way.append(asyncio.create_task(self._befall(fault)))
        await asyncio.gather(*under_way)

    async def _until(self, share: float) -> None:
        """Return when so many devices have ended, or nothing goes on."""
        loop = asyncio.get_running_loop()
        before, since = -1.0, loop.time()
        while loop.time() - since < _STALLED_SECONDS:
            now = await asyncio.to_thread(self._share)
            if now >= share:
                return
            if now != before:
                before, since = now, loop.time()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    def _share(self) -> float:
        """The share of the devices that have ended."""
        url = f"file:{self.folder / 'campaign.sqlite'}?mode=ro"
        query = "SELECT count(*) FROM progress WHERE stage = 'ended'"
        with suppress(sqlite3.Error), closing(sqlite3.connect(url, uri=True)) as connection:
            return int(connection.execute(query).fetchone()[0]) / len(self.founded.meters)
        return 0.0

    async def _befall(self, fault: Fault) -> None:
        await asyncio.sleep(fault.after)
        self.happened[f"{fault.kind} {fault.victim}"] += 1
        match fault.kind:
            case Kind.KILLED:
                await self._kill(fault)
            case Kind.RESTARTED:
                await self._stop_database(fault.lasts)
            case Kind.DISK_FULL:
                await self._fill(fault)
            case Kind.CLOCK:
                await self._move_clock(fault)
            case Kind.AWAY:
                self.network.take_away(fault.victim)
                await asyncio.sleep(fault.lasts)
                self.network.be_as_usual(fault.victim)
            case Kind.BAD_NETWORK:
                self.network.become_bad(fault.victim)
                await asyncio.sleep(fault.lasts)
                self.network.be_as_usual(fault.victim)

    async def _kill(self, fault: Fault) -> None:
        async with self._held_down(fault.victim):
            await asyncio.to_thread(self.world[fault.victim].kill)
            await asyncio.sleep(fault.lasts)

    async def _stop_database(self, seconds: float) -> None:
        async with self._held_down(DATABASE):
            with suppress(NoServer):
                await asyncio.to_thread(self.cluster.stop)
            await asyncio.sleep(seconds)

    async def _fill(self, fault: Fault) -> None:
        disk = self.disks.get(fault.victim)
        if disk is None:
            self.happened[f"{fault.kind} {fault.victim}: not possible here"] += 1
            return
        await asyncio.to_thread(disk.fill)
        await asyncio.sleep(fault.lasts)
        disk.free()

    async def _move_clock(self, fault: Fault) -> None:
        clock = self.world[fault.victim].clock
        assert clock is not None
        clock.move(fault.seconds)
        await asyncio.sleep(fault.lasts)
        clock.move(0.0)

    @asynccontextmanager
    async def _held_down(self, name: str) -> AsyncIterator[None]:
        self._down[name] += 1
        try:
            yield
        finally:
            self._down[name] -= 1

    async def _keep(self, name: str) -> None:
        """Start a process again whenever it has ended; a client that is done is left in peace."""
        life = self.world[name]
        while True:
            # While it is being killed, that is who waits for it.
            status = None if self._down[name] else life.wait(0)
            if status is not None:
                if name == "client" and status == 0:
                    return
                if status != -SIGKILL:
                    self.happened[f"{name} ended by itself"] += 1
                    self.died.append(f"{name}, status {status}: {_last_words(life.said())}")
                    assert len(self.died) < _MOST_DEATHS, "somebody cannot live"
                life.start()
            await asyncio.sleep(_LOOKS_EVERY_SECONDS)

    async def _keep_database(self) -> None:
        """A server that could not go on without disk is started again once there is some."""
        while True:
            if not self._down[DATABASE] and not await asyncio.to_thread(self._is_served):
                with suppress(NoServer):
                    await asyncio.to_thread(self.cluster.start)
            await asyncio.sleep(_LOOKS_EVERY_SECONDS * 5)

    def _is_served(self) -> bool:
        return self.cluster.is_running


def _last_words(said: str) -> str:
    return next((line for line in reversed(said.splitlines()) if line), "nothing")


@asynccontextmanager
async def chaos_campaign(founded: Founded, seed: int) -> AsyncIterator[ChaosCampaign]:
    """A campaign on disks of its own, where there can be some; its processes end with the block."""
    # Not a folder of pytest's: PostgreSQL's account has to get in, by a short path.
    folder = place_for_others("stayon-chaos-")
    disks = {}
    places = {name: folder / name for name in (DATABASE, FILES)}
    for name, place in places.items():
        try:
            disks[name] = SmallDisk(place, _MEGABYTES)
        except NoSmallDisk:
            place.mkdir()
    network = Network(seed, founded.receive_port)
    cluster = None
    world = None
    try:
        cluster = Cluster(places[DATABASE], founded.data, {"max_wal_size": "64MB"})
        await network.start()
        world = founded.world(places[FILES] / "world", cluster, network.addresses)
        network.lead_to(world, founded.first_port + 1, founded.client_port)
        yield ChaosCampaign(founded, seed, world, cluster, network, disks)
    finally:
        if world is not None:
            await asyncio.to_thread(world.end)
        await network.stop()
        if cluster is not None:
            cluster.remove()
        for disk in disks.values():
            disk.remove()
        shutil.rmtree(folder, ignore_errors=True)
