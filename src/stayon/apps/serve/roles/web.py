"""``web``: founds the world; the SMKI, the SSMI, the SSI, the pages, the supplier's endpoint.

One at a time has the SMKI. A second one waits, and takes over when the first is gone.
"""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import closing
from datetime import UTC, datetime
from urllib.parse import urlsplit

import click
from prometheus_client.core import GaugeMetricFamily

from stayon.adapters.between_roles.servers import only_reading
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.smki_store.database import OwnershipLost
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.adapters.storage.store import SqlStore
from stayon.apps.serve.founded_world import pki_of, settings_of, write_for_commands
from stayon.apps.serve.metrics import families
from stayon.apps.serve.monitoring import Latest, watched
from stayon.apps.serve.mutual_tls import open_mutual_tls
from stayon.apps.serve.openid import open_provider
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import found, warning
from stayon.apps.serve.registration import open_registration
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld, by_the_store, ground_of, known, policy_of
from stayon.apps.serve.rotating import WorldRotating
from stayon.apps.serve.running import keep_synchronised
from stayon.apps.serve.services import Services, open_services
from stayon.apps.world.dsp import DspGround
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.key_rotation import RotationPlan, in_use
from stayon.apps.world.meters import install
from stayon.apps.world.published import Post
from stayon.apps.world.wiring import World, populate
from stayon.parties.smki.api import smki_app
from stayon.policy.model import Policy
from stayon.ports.smki_store import CertificateStoreUnavailable

_LOOKED_AT_EVERY_SECONDS = 1.0


async def run(process: RoleProcess) -> None:
    """Serve until the process is told to stop."""
    known_world, settings = _founded(process), process.settings
    policy = policy_of(process)
    certificates = await _own_smki(process)
    store = await _own_store(process, known_world, policy)
    known_world = by_the_store(process, known_world, store)
    generations = await _generations(process, store)
    pki = pki_of(
        process.stack,
        known_world.founded,
        known_world.clock,
        certificates,
        cast=known_world.cast,
        hsm_file=settings.hsm_file,
        generations=generations,
    )
    ground = ground_of(process, known_world, store, pki, policy)
    world = await _world(process, known_world, ground)
    listen(process, world.dsp)
    _show_tables(process, world)
    write_for_commands(world, settings.folder, generations)
    services = _services(process, known_world, world)
    addresses = await _serve(process, services)
    settings.folder.write_world(
        addresses,
        known_world.founded.supplier,
        known_world.cast,
        settings.hsm_file,
        tls=settings.by_tls,
    )
    rotating = WorldRotating(world, settings.folder, store)
    process.spawn(keep_synchronised(world, services.tls, rotating))
    process.spawn(world.dsp.run())
    await process.run_until_stopped(addresses["pages"])


def _founded(process: RoleProcess) -> KnownWorld:
    """Make the world, or find it as it was made."""
    settings = process.settings
    founded = found(
        settings.folder, settings.homes, settings.seed, settings.pki_file, datetime.now(UTC)
    )
    if said := warning(founded):
        click.secho(said, err=True, bold=True)
    return known(process, founded)


async def _own_smki(process: RoleProcess) -> SqlCertificateStore:
    """Wait for the SMKI's database: whoever has it has the world's services."""
    database = process.settings.database
    if database is None:
        raise click.UsageError("--role web needs --database-url")

    async def own() -> SqlCertificateStore:
        return SqlCertificateStore.on_server(database)

    certificates = await process.until("the SMKI's database, for itself alone", own)
    process.stack.enter_context(closing(certificates))
    process.spawn(_keep(certificates))
    return certificates


async def _keep(certificates: SqlCertificateStore) -> None:
    """Notice when the database has become another web's: then this process ends."""
    while True:
        await asyncio.sleep(_LOOKED_AT_EVERY_SECONDS)
        try:
            await asyncio.to_thread(certificates.keep)
        except OwnershipLost:
            raise
        except CertificateStoreUnavailable:
            continue


async def _own_store(process: RoleProcess, world: KnownWorld, policy: Policy) -> SqlStore:
    """The DSP's store, brought up to date and with this process's policy in force."""
    store, _ = await open_store(process, world, policy, works=False)

    async def bring_up_to_date() -> None:
        store.migrate()
        # From now on nobody admits by another one.
        await store.put_policy(policy.fingerprint)

    await process.until("the DSP's database", bring_up_to_date)
    return store


async def _generations(process: RoleProcess, store: SqlStore) -> Mapping[Post, int]:
    """Which keys are in use, by this machine's folder and by what another web has told."""
    plan = RotationPlan(process.settings.folder.path)
    plan.adopt(await store.key_rotations())
    return in_use(plan.rotations(), datetime.now(UTC))


async def _world(process: RoleProcess, known_world: KnownWorld, ground: DspGround) -> World:
    """The world as the DCC's people see it; filled if it is new."""
    settings = process.settings
    of_world = settings_of(
        known_world.founded,
        settings.folder.path,
        ground.policy,
        ground.schemas,
        database=settings.database,
        clamd=settings.clamd,
    )
    clock, pki, store = known_world.clock, ground.pki, ground.store
    is_new = not (await store.reference()).users
    # A world that is filled needs no meters here: they live with the roles devices and s1sp.
    living = of_world.homes if is_new else ()
    installed = install(living, of_world.assumptions, pki, clock.now(), of_world.seed)
    dsp = ground.dsp(AiohttpPoster(), scanner=of_world.scanner, works=False)
    gateway, nobody = settings.addresses.gateway, Homes((), {})
    world = World(of_world, clock, pki, store, dsp, gateway, installed, nobody, {})
    if is_new:
        await populate(world)
    await world.synchronise()
    return world


def _show_tables(process: RoleProcess, world: World) -> None:
    """Let this one of all processes show what the DSP's tables say."""
    seen = watched(world)
    latest = Latest(seen)

    async def tables() -> Sequence[GaugeMetricFamily]:
        health = await latest.health()
        return families(health, seen.in_hand, seen.of_process, seen.clock.now())

    process.monitored.tables = tables


def _services(process: RoleProcess, known_world: KnownWorld, world: World) -> Services:
    """What the world's services stand on, with DCCKI's certificates if Users connect by TLS."""
    settings, founding = process.settings, known_world.founded.founding
    folder, clock = settings.folder, known_world.clock
    registration = open_registration(
        process.stack,
        world.pki.smki,
        clock,
        database=settings.database,
        folder=folder.path,
        founding=founding,
    )
    tls = None
    if settings.by_tls:
        host = urlsplit(settings.addresses.gateway).hostname
        hosts = () if host is None else (host,)
        tls = open_mutual_tls(registration.dccki, founding.secret, clock, folder.path, hosts)
    return Services(
        world,
        folder,
        registration,
        ServicePorts.beginning_at(settings.port),
        secret=founding.secret,
        policy_dir=settings.policy_dir,
        tls=tls,
        provider=open_provider(settings.oidc_file),
    )


async def _serve(process: RoleProcess, services: Services) -> Mapping[str, str]:
    """Start the services; the base address of each."""
    settings, world = process.settings, services.world
    if settings.tls is not None:
        # Other machines have the repository, and change nothing there.
        repository = smki_app(world.pki.smki, world.clock, services.registration)
        await process.serve(only_reading(repository), settings.roles_port)
    elsewhere = {"monitoring", *(("supplier",) if settings.no_supplier else ())}
    return await open_services(process.stack, services, elsewhere)
