"""The DSP's database as a role opens it: shared with many others."""

import asyncio
from contextlib import suppress

import click

from stayon.adapters.storage.store import SqlStore
from stayon.adapters.storage.wake_ups import WakeUps
from stayon.apps.serve.roles.gauges import gauge
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld
from stayon.apps.telemetry.store import ObservedStore
from stayon.parties.dsp.service import Dsp
from stayon.ports.store_work import StoreUnavailableError

_LOOKED_AT_EVERY_SECONDS = 1.0


async def open_store(process: RoleProcess, world: KnownWorld, *, works: bool) -> SqlStore:
    """The store; ``/ready`` says so while it does not answer."""
    settings = process.settings
    if settings.database is None:
        raise click.UsageError(
            f"--role {settings.role.value} needs --database-url: an SQLite file is one process's"
        )
    store = ObservedStore(
        settings.database,
        world.clock,
        writer=process.name,
        lease_seconds=settings.lease_seconds,
        works=works,
    )
    process.stack.push_async_callback(store.close)
    process.monitored.see(store.commits.families)
    watch = _Watch(store)
    process.monitored.troubles.append(watch.trouble)
    process.spawn(watch.run())
    return store


def listen(process: RoleProcess, dsp: Dsp) -> WakeUps:
    """Have the DSP told of work and of reference data that others write."""
    database = process.settings.database
    if database is None:
        raise click.UsageError("there is no database")
    changed = asyncio.Event()

    async def follow() -> None:
        while True:
            await changed.wait()
            changed.clear()
            # Whoever judges on older data is told by the store; this only saves it the detour.
            with suppress(StoreUnavailableError):
                await dsp.view.latest()
                await dsp.inventory.follow()

    wake_ups = WakeUps(database, dsp.dispatcher.wake, changed.set)
    process.spawn(wake_ups.run())
    process.spawn(follow())
    process.monitored.gauges.append(
        gauge("stayon_wake_ups_connected", lambda: float(wake_ups.connected))
    )
    return wake_ups


class _Watch:
    """Whether the store answers."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self._trouble: str | None = None

    def trouble(self) -> str | None:
        """What is wrong, in words."""
        return self._trouble

    async def run(self) -> None:
        """Ask, for ever."""
        while True:
            try:
                await self._store.versions()
            except StoreUnavailableError as error:
                self._trouble = f"the DSP's database: {error}"
            else:
                self._trouble = None
            await asyncio.sleep(_LOOKED_AT_EVERY_SECONDS)
