"""The DSP's database as a role opens it: shared with many others."""

import asyncio
from contextlib import suppress

import click

from stayon.adapters.storage.listening import WakeUps
from stayon.adapters.storage.store import SqlStore
from stayon.apps.serve.roles.gauges import gauge
from stayon.apps.serve.roles.in_force import StoreWatch
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld
from stayon.apps.telemetry.store import ObservedStore
from stayon.parties.dsp.service import Dsp
from stayon.policy.model import Policy
from stayon.ports.store_work import StoreUnavailableError


async def open_store(
    process: RoleProcess, world: KnownWorld, policy: Policy, *, works: bool
) -> tuple[SqlStore, StoreWatch]:
    """The store, and what watches it for as long as the process runs.

    ``/ready`` says so while it does not answer or ``policy`` is not the one in force.
    """
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
        policy=policy.fingerprint,
        ahead_of_server=world.founded.ahead,
    )
    process.stack.push_async_callback(store.close)
    process.monitored.see(store.commits.families)
    watch = StoreWatch(store, policy.fingerprint)
    process.monitored.troubles.append(watch.trouble)
    process.monitored.in_force = watch.shown
    process.spawn(watch.run())
    return store, watch


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
