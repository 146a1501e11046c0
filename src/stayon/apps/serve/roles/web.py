"""``web``: founds the world; the SMKI, the SSMI, the SSI, the pages, the supplier's endpoint.

One at a time has the SMKI. A second one waits, and takes over when the first is gone.
"""

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime

import click
from prometheus_client.core import GaugeMetricFamily

from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.adapters.storage.store import SqlStore
from stayon.apps.schemas import load_schemas
from stayon.apps.serve.hsm import open_hsm
from stayon.apps.serve.metrics import families
from stayon.apps.serve.monitoring import Latest, watched
from stayon.apps.serve.openid import open_provider
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import Founded, found, warning
from stayon.apps.serve.registration import open_registration
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld, ground_of, known, policy_of
from stayon.apps.serve.running import keep_synchronised
from stayon.apps.serve.services import open_services
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import install
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.wiring import World, WorldSettings, populate
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.policy.model import Policy


async def run(process: RoleProcess) -> None:
    """Serve until the process is told to stop."""
    settings = process.settings
    folder, database = settings.folder, settings.database
    if database is None:
        raise click.UsageError("--role web needs --database-url")
    founded = found(folder, settings.homes, settings.seed, settings.pki_file, datetime.now(UTC))
    if said := warning(founded):
        click.secho(said, err=True, bold=True)
    known_world = known(process, founded)

    async def own() -> SqlCertificateStore:
        return SqlCertificateStore.on_server(database)

    certificates = await process.until("the SMKI's database, for itself alone", own)
    process.stack.enter_context(closing(certificates))
    policy = policy_of(process)
    store, _ = await open_store(process, known_world, policy, works=False)

    async def migrate() -> None:
        store.migrate()
        # From now on nobody admits by another one.
        await store.put_policy(policy.fingerprint)

    await process.until("the DSP's database", migrate)
    world = await _world(process, known_world, store, certificates, policy)
    registration = open_registration(
        process.stack,
        world.pki.smki,
        known_world.clock,
        database=database,
        folder=folder.path,
        founding=founded.founding,
    )
    listen(process, world.dsp)
    seen = watched(world)
    latest = Latest(seen)

    async def tables() -> Sequence[GaugeMetricFamily]:
        health = await latest.health()
        return families(health, seen.in_hand, seen.of_process, seen.clock.now())

    process.monitored.tables = tables
    folder.write_keys(world.pki, founded.supplier)
    portfolio = (meter.device for home in world.settings.homes for meter in home.meters)
    (folder.path / "portfolio.csv").write_text("".join(dump_portfolio(portfolio)))
    services = await open_services(
        process.stack,
        world,
        folder,
        registration,
        ServicePorts.beginning_at(settings.port),
        secret=founded.founding.secret,
        no_supplier=settings.no_supplier,
        policy_dir=settings.policy_dir,
        provider=open_provider(settings.oidc_file),
        tls=None,
        own_monitoring=False,
    )
    folder.write_world(
        services, founded.supplier, world.settings.cast, settings.hsm_file, in_roles=True
    )
    process.spawn(keep_synchronised(world, None))
    process.spawn(world.dsp.run())
    await process.run_until_stopped(services["pages"])


async def _world(
    process: RoleProcess,
    known_world: KnownWorld,
    store: SqlStore,
    certificates: SqlCertificateStore,
    policy: Policy,
) -> World:
    """The world as the DCC's people see it; filled if it is new."""
    settings = process.settings
    founded: Founded = known_world.founded
    founding = founded.founding
    scanner = None if settings.clamd is None else Clamd(settings.clamd)
    of_world = WorldSettings(
        homes=known_world.homes(),
        assumptions=known_world.assumptions,
        policy=policy,
        schemas=load_schemas(settings.schema_dir),
        seed=founding.seed,
        folder=settings.folder.path,
        failed=(founded.supplier,),
        database=settings.database,
        scanner=scanner,
    )
    pki = WorldPki(
        founding.secret,
        known_world.clock,
        cast=of_world.cast,
        store=certificates,
        founded=founding.founded,
        published=founded.published,
        hsm=open_hsm(process.stack, settings.hsm_file),
    )
    is_new = not (await store.reference()).users
    # A world that is filled needs no meters here: they live with the roles devices and s1sp.
    living = of_world.homes if is_new else ()
    installed = install(
        living, known_world.assumptions, pki, known_world.clock.now(), founding.seed
    )
    ground = ground_of(process, known_world, store, pki, policy)
    dsp = ground.dsp(AiohttpPoster(), scanner=scanner, works=False)
    world = World(
        of_world,
        known_world.clock,
        pki,
        store,
        dsp,
        settings.addresses.gateway,
        installed,
        Homes((), {}),
        {},
    )
    if is_new:
        await populate(world)
    await world.synchronise()
    return world
