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
from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.smki_store.database import OwnershipLost
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.adapters.storage.store import SqlStore
from stayon.apps.serve.hsm import open_hsm
from stayon.apps.serve.metrics import families
from stayon.apps.serve.monitoring import Latest, watched
from stayon.apps.serve.mutual_tls import MutualTls, open_mutual_tls
from stayon.apps.serve.openid import open_provider
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import found, warning
from stayon.apps.serve.registration import open_registration
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld, ground_of, known, policy_of
from stayon.apps.serve.rotating import WorldRotating
from stayon.apps.serve.running import keep_synchronised
from stayon.apps.serve.services import open_services
from stayon.apps.world.dsp import DspGround
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.key_rotation import KEYS, RotationPlan, in_use
from stayon.apps.world.meters import install
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.published import Post
from stayon.apps.world.wiring import World, WorldSettings, populate
from stayon.parties.smki.api import smki_app
from stayon.parties.smki.registration_api import Registration
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.policy.model import Policy
from stayon.ports.smki_store import CertificateStoreUnavailable

_LOOKED_AT_EVERY_SECONDS = 1.0


async def run(process: RoleProcess) -> None:
    """Serve until the process is told to stop."""
    known_world = _founded(process)
    policy = policy_of(process)
    certificates = await _own_smki(process)
    store = await _own_store(process, known_world, policy)
    generations = await _generations(process, store)
    pki = _pki(process, known_world, certificates, generations)
    ground = ground_of(process, known_world, store, pki, policy)
    world = await _world(process, known_world, ground)
    listen(process, world.dsp)
    _show_tables(process, world)
    _write_folder(process, world, generations)
    settings, founding = process.settings, known_world.founded.founding
    folder, clock = settings.folder, known_world.clock
    registration = open_registration(
        process.stack,
        pki.smki,
        clock,
        database=settings.database,
        folder=folder.path,
        founding=founding,
    )
    tls = None
    if settings.by_tls:
        hosts = _hosts(settings.addresses.gateway)
        tls = open_mutual_tls(registration.dccki, founding.secret, clock, folder.path, hosts)
    services = await _serve(process, world, registration, founding.secret, tls)
    folder.write_world(
        services,
        known_world.founded.supplier,
        world.settings.cast,
        settings.hsm_file,
        tls=settings.by_tls,
    )
    process.spawn(keep_synchronised(world, tls, WorldRotating(world, folder, store)))
    process.spawn(world.dsp.run())
    await process.run_until_stopped(services["pages"])


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


def _pki(
    process: RoleProcess,
    world: KnownWorld,
    certificates: SqlCertificateStore,
    generations: Mapping[Post, int],
) -> WorldPki:
    founded = world.founded
    return WorldPki(
        founded.founding.secret,
        world.clock,
        cast=world.cast,
        store=certificates,
        founded=founded.founding.founded,
        published=founded.published,
        hsm=open_hsm(process.stack, process.settings.hsm_file),
        generations=generations,
    )


async def _world(process: RoleProcess, known_world: KnownWorld, ground: DspGround) -> World:
    """The world as the DCC's people see it; filled if it is new."""
    settings, founded = process.settings, known_world.founded
    of_world = WorldSettings(
        homes=known_world.homes(),
        assumptions=known_world.assumptions,
        policy=ground.policy,
        schemas=ground.schemas,
        seed=founded.founding.seed,
        folder=settings.folder.path,
        failed=(founded.supplier,),
        database=settings.database,
        scanner=None if settings.clamd is None else Clamd(settings.clamd),
    )
    clock, pki, store = known_world.clock, ground.pki, ground.store
    is_new = not (await store.reference()).users
    # A world that is filled needs no meters here: they live with the roles devices and s1sp.
    living = of_world.homes if is_new else ()
    installed = install(living, known_world.assumptions, pki, clock.now(), of_world.seed)
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


def _write_folder(process: RoleProcess, world: World, generations: Mapping[Post, int]) -> None:
    """What the commands find there: keys and the portfolio."""
    folder = process.settings.folder
    folder.write_keys(world.pki, world.settings.failed[0], generations.get(KEYS["srp"], 1))
    portfolio = (meter.device for home in world.settings.homes for meter in home.meters)
    (folder.path / "portfolio.csv").write_text("".join(dump_portfolio(portfolio)))


def _hosts(url: str) -> tuple[str, ...]:
    """The name or address by which Users find the gateways."""
    host = urlsplit(url).hostname
    return () if host is None else (host,)


async def _serve(
    process: RoleProcess,
    world: World,
    registration: Registration,
    secret: bytes,
    tls: MutualTls | None,
) -> Mapping[str, str]:
    """Start the services; the base address of each."""
    settings = process.settings
    if settings.tls is not None:
        # Other machines have the repository, and change nothing there.
        repository = only_reading(smki_app(world.pki.smki, world.clock, registration))
        await process.serve(repository, settings.roles_port)
    return await open_services(
        process.stack,
        world,
        settings.folder,
        registration,
        ServicePorts.beginning_at(settings.port),
        secret=secret,
        no_supplier=settings.no_supplier,
        policy_dir=settings.policy_dir,
        provider=open_provider(settings.oidc_file),
        tls=tls,
        own_monitoring=False,
    )
