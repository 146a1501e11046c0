"""``stayon serve``: all services of one world in one process."""

from collections.abc import Mapping
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import uvloop
from sqlalchemy import URL

from stayon.adapters import package_data
from stayon.adapters.clock.system import ShiftedClock, SystemClock
from stayon.adapters.http.kept_connections import KeptConnections
from stayon.adapters.http.server import HttpServer
from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.apps.collecting import settle
from stayon.apps.database_url import DatabaseUrl
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.serve.announcement import say_where
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.hsm import hsm_option, open_hsm
from stayon.apps.serve.monitoring import monitoring, watched
from stayon.apps.serve.mutual_tls import MutualTls, open_mutual_tls
from stayon.apps.serve.openid import oidc_option, open_provider
from stayon.apps.serve.pages import pages
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import Founded, found, pki_option, warning
from stayon.apps.serve.registration import file_signing_certificate, open_registration
from stayon.apps.serve.running import keep_synchronised, until_stopped
from stayon.apps.serve.ssi import adt_files, ssi, write_officer_keys
from stayon.apps.telemetry.from_environment import open_tracing
from stayon.apps.telemetry.options import log_options
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.cast import SRP
from stayon.apps.world.household_alerts import HouseholdAlerts
from stayon.apps.world.officers import ARO
from stayon.apps.world.pki import RepositoryLookup, WorldPki
from stayon.apps.world.population import draw_population
from stayon.apps.world.wiring import GatewayTls, World, WorldSettings, open_world
from stayon.parties.dccki import DCC
from stayon.parties.receive_response import PATH
from stayon.parties.smki.api import smki_app
from stayon.parties.smki.registration_api import Registration
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.parties.ssmi import Operators, ssmi_app
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.parties.tls_peer import only_from
from stayon.ports.identity_provider import IdentityProvider

_HOST = "127.0.0.1"


@click.command()
@click.option(
    "--world",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("world"),
    show_default=True,
    help="Folder of the world; it is made if it is not there, and gone on with if it is.",
)
@click.option(
    "--homes",
    type=click.IntRange(1, 250_000),
    default=200,
    show_default=True,
    help="How many homes a new world has.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Which homes they are.")
@click.option(
    "--port",
    type=click.IntRange(1, 65_530),
    default=8079,
    show_default=True,
    help="The DSP's port; SMKI, SSMI, SRP, supplier, pages, SSI, monitoring have the next seven.",
)
@click.option(
    "--alerts-every",
    type=click.FloatRange(min=1),
    default=60.0,
    show_default=True,
    help="Seconds between looks at the homes, whose meters raise alerts.",
)
@click.option(
    "--no-supplier",
    is_flag=True,
    help="Leave the failed supplier's endpoint to 'stayon srp relay'.",
)
@click.option(
    "--database-url",
    type=DatabaseUrl(),
    envvar="STAYON_DATABASE_URL",
    help="PostgreSQL for the DSP and the SMKI, such as postgresql+psycopg://user@host/stayon"
    " [default: SQLite files in the world's folder].",
)
@click.option(
    "--clamd",
    type=click.Path(path_type=Path),
    help="Socket of ClamAV's daemon, which then looks at every Failed Suppliers file.",
)
@pki_option
@hsm_option
@oidc_option
@click.option(
    "--tls",
    is_flag=True,
    help="Serve DUIS by mutual TLS, with certificates of DCCKI, and the pages by TLS.",
)
@policy_dir_option
@schema_dir_option
@log_options
def serve(
    *,
    folder: Path,
    homes: int,
    seed: int,
    port: int,
    alerts_every: float,
    no_supplier: bool,
    database_url: URL | None,
    clamd: Path | None,
    pki_file: Path | None,
    hsm_file: Path | None,
    oidc_file: Path | None,
    tls: bool,
    policy_dir: Path | None,
    schema_dir: Path | None,
) -> None:
    """Run every service of one world, on real time, until it is stopped (Ctrl-C).

    The DSP with its three DUIS services, the SMKI, the DCC's management interface (SSMI), two
    WANs, three SMETS1 Service Providers, the failed supplier's endpoint, and the meters. Use it
    with 'stayon ssmi', 'stayon smki' and 'stayon srp' and the same --world; existing DUIS clients
    find the services under the paths that they know.

    Meters begin anew at every start; what the DSP and the SMKI have stored is kept.
    """
    world = WorldFolder(folder)
    founded = found(world, homes, seed, pki_file, datetime.now(UTC))
    founding = founded.founding
    assumptions = load_assumptions(
        package_data.read("apps/world/assumptions.toml").decode()
    ).starting(founding.founded)
    settings = WorldSettings(
        homes=draw_population(assumptions, founded.supplier, founding.homes, founding.seed),
        assumptions=assumptions,
        policy=read_policy(policy_dir),
        schemas=load_schemas(schema_dir),
        seed=founding.seed,
        folder=folder,
        database=database_url,
        scanner=None if clamd is None else Clamd(clamd),
        failed=(founded.supplier,),
    )
    if tls and founded.published is not None:
        # Its time is another than the machine's, by which a handshake judges certificates.
        raise click.UsageError("--tls is for a world on real time, not for one of --pki")
    if said := warning(founded):
        click.secho(said, err=True, bold=True)
    ports = ServicePorts.beginning_at(port)
    every = timedelta(seconds=alerts_every)
    provider = open_provider(oidc_file)
    serving = _serve(
        world,
        founded,
        settings,
        ports,
        alerts_every=every,
        no_supplier=no_supplier,
        policy_dir=policy_dir,
        hsm_file=hsm_file,
        provider=provider,
        by_tls=tls,
    )
    uvloop.run(serving)


async def _serve(
    folder: WorldFolder,
    founded: Founded,
    settings: WorldSettings,
    ports: ServicePorts,
    *,
    alerts_every: timedelta,
    no_supplier: bool,
    policy_dir: Path | None,
    hsm_file: Path | None,
    provider: IdentityProvider | None,
    by_tls: bool,
) -> None:
    clock = ShiftedClock(founded.ahead) if founded.ahead else SystemClock()
    founding = founded.founding
    async with AsyncExitStack() as stack:
        settings = replace(settings, tracing=stack.enter_context(open_tracing("stayon-serve")))
        if settings.database is None:
            certificates = SqlCertificateStore.in_file(folder.path / "smki.sqlite")
        else:
            certificates = SqlCertificateStore.on_server(settings.database)
        stack.enter_context(closing(certificates))
        pki = WorldPki(
            founding.secret,
            clock,
            cast=settings.cast,
            store=certificates,
            founded=founding.founded,
            published=founded.published,
            hsm=open_hsm(stack, hsm_file),
        )
        registration = open_registration(
            stack,
            pki.smki,
            clock,
            database=settings.database,
            folder=folder.path,
            founding=founding,
        )
        tls = gateway = None
        if by_tls:
            tls = open_mutual_tls(registration.dccki, founding.secret, clock, folder.path)
            gateway = GatewayTls(tls.dsp, tls.certificates)
        poster = await stack.enter_async_context(
            KeptConnections(tls=None if tls is None else tls.dsp_as_client)
        )
        world = await stack.enter_async_context(
            open_world(settings, clock, poster, pki=pki, port=ports.dsp, tls=gateway)
        )
        services = await _open_services(
            stack,
            world,
            folder,
            registration,
            ports,
            secret=founding.secret,
            no_supplier=no_supplier,
            policy_dir=policy_dir,
            provider=provider,
            tls=tls,
        )
        folder.write_keys(pki, founded.supplier)
        portfolio = (meter.device for home in settings.homes for meter in home.meters)
        (folder.path / "portfolio.csv").write_text("".join(dump_portfolio(portfolio)))
        folder.write_world(services, founded.supplier, settings.cast, hsm_file, tls=by_tls)
        world.spawn(keep_synchronised(world, tls))
        world.spawn(HouseholdAlerts(world).run(alerts_every))
        settle()
        say_where(folder.path, services, founded.supplier, settings.cast)
        await until_stopped(world)


async def _open_services(
    stack: AsyncExitStack,
    world: World,
    folder: WorldFolder,
    registration: Registration,
    ports: ServicePorts,
    *,
    secret: bytes,
    no_supplier: bool,
    policy_dir: Path | None,
    provider: IdentityProvider | None,
    tls: MutualTls | None,
) -> Mapping[str, str]:
    """Start what the DSP does not serve itself; the base address of each service."""
    smki = smki_app(world.pki.smki, world.clock, registration)
    operators = Operators(folder.operators())
    officers = registration.rapp
    ssmi = ssmi_app(
        world.dsp.administration,
        world.dsp.amendments,
        world.dsp.exit_quarantine,
        adt_files(world, officers),
        store=world.store,
        operators=operators,
        clock=world.clock,
    )
    write_officer_keys(secret, file_signing_certificate(registration, ARO), folder.path)
    supplier = SupplierEndpoint(world.clock, RepositoryLookup(world.pki.smki).dsp_key)
    at_supplier = supplier.app() if tls is None else only_from(DCC, supplier.app())
    site = pages(
        stack,
        world,
        officers,
        folder.path,
        policy_dir,
        secure=tls is not None,
        provider=provider,
    )
    scheme = "http" if tls is None else "https"
    addresses = {"dsp": world.gateway_url}
    for name, app, port, context in (
        ("smki", smki, ports.smki, None),
        ("ssmi", ssmi, ports.ssmi, None),
        ("supplier", at_supplier, ports.supplier, None if tls is None else tls.supplier),
        ("ssi", ssi(world, officers, folder.path), ports.ssi, None),
        ("pages", site, ports.pages, None if tls is None else tls.pages),
        ("monitoring", monitoring(watched(world)), ports.monitoring, None),
    ):
        if name == "supplier" and no_supplier:
            addresses[name] = f"{scheme}://{_HOST}:{port}"
            continue
        server = HttpServer(app, _HOST, port, tls=context)
        await server.start()
        stack.push_async_callback(server.stop)
        addresses[name] = server.url
    addresses["srp_receive"] = f"{scheme}://{_HOST}:{ports.srp_receive}{PATH}"
    await world.put_users(
        {SRP: addresses["srp_receive"], world.settings.failed[0]: addresses["supplier"] + PATH}
    )
    return addresses
