"""``stayon serve``: all services of one world in one process."""

from contextlib import AsyncExitStack, closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import uvloop
from sqlalchemy import URL

from stayon.adapters import package_data
from stayon.adapters.clock.system import ShiftedClock, SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.smki_store.sql import SqlCertificateStore
from stayon.apps.collecting import settle
from stayon.apps.database_url import DatabaseUrl
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.serve.announcement import say_where
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.hsm import hsm_option, open_hsm
from stayon.apps.serve.mutual_tls import open_mutual_tls
from stayon.apps.serve.openid import oidc_option, open_provider
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import Founded, found, pki_option, warning
from stayon.apps.serve.registration import open_registration
from stayon.apps.serve.roles.options import ALL, role_options, role_settings
from stayon.apps.serve.roles.running import run_role
from stayon.apps.serve.roles.settings import Role, RoleSettings
from stayon.apps.serve.rotating import WorldRotating
from stayon.apps.serve.running import keep_synchronised, until_stopped
from stayon.apps.serve.services import open_services
from stayon.apps.telemetry.from_environment import open_tracing
from stayon.apps.telemetry.options import log_options
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.household_alerts import HouseholdAlerts
from stayon.apps.world.key_rotation import KEYS, RotationPlan, in_use
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import draw_population
from stayon.apps.world.wiring import GatewayTls, WorldSettings, open_world
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.ports.identity_provider import IdentityProvider

_FIRST_PORT = 8079


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
    help="The DSP's port; SMKI, SSMI, SRP, supplier, pages, SSI, monitoring and gaining supplier"
    " have the next eight."
    " With --role that role's own.  [default: 8079; each role has another]",
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
@role_options
def serve(
    *,
    folder: Path,
    homes: int,
    seed: int,
    port: int | None,
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
    role: str,
    **others: Any,
) -> None:
    """Run every service of one world, on real time, until it is stopped (Ctrl-C).

    The DSP with its three DUIS services, the SMKI, the DCC's management interface (SSMI), two
    WANs, three SMETS1 Service Providers, the failed supplier's endpoint, and the meters. Use it
    with 'stayon ssmi', 'stayon smki' and 'stayon srp' and the same --world; existing DUIS clients
    find the services under the paths that they know.

    Meters begin anew at every start; what the DSP and the SMKI have stored is kept.

    With --role, be one process of a world that many have together; the options after --role are
    for that.
    """
    world = WorldFolder(folder)
    if role != ALL:
        _require_real_time(tls, pki_file)
        common = RoleSettings(
            role=Role(role),
            folder=world,
            database=database_url,
            homes=homes,
            seed=seed,
            policy_dir=policy_dir,
            schema_dir=schema_dir,
            pki_file=pki_file,
            hsm_file=hsm_file,
            clamd=clamd,
            oidc_file=oidc_file,
            no_supplier=no_supplier,
            alerts_every=timedelta(seconds=alerts_every),
            **role_settings(Role(role), folder, port, by_tls=tls, **others),
        )
        uvloop.run(run_role(common))
        return
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
    _require_real_time(tls, pki_file)
    if said := warning(founded):
        click.secho(said, err=True, bold=True)
    ports = ServicePorts.beginning_at(port or _FIRST_PORT)
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


def _require_real_time(tls: bool, pki_file: Path | None) -> None:
    """The time of a test PKI is another than the machine's, by which a handshake judges."""
    if tls and pki_file is not None:
        raise click.UsageError("--tls is for a world on real time, not for one of --pki")


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
        generations = in_use(RotationPlan(folder.path).rotations(), datetime.now(UTC))
        pki = WorldPki(
            founding.secret,
            clock,
            cast=settings.cast,
            store=certificates,
            founded=founding.founded,
            published=founded.published,
            hsm=open_hsm(stack, hsm_file),
            generations=generations,
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
            HttpClient(tls=None if tls is None else tls.dsp_as_client)
        )
        world = await stack.enter_async_context(
            open_world(settings, clock, poster, pki=pki, port=ports.dsp, tls=gateway)
        )
        services = await open_services(
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
        folder.write_keys(pki, founded.supplier, generations.get(KEYS["srp"], 1))
        portfolio = (meter.device for home in settings.homes for meter in home.meters)
        (folder.path / "portfolio.csv").write_text("".join(dump_portfolio(portfolio)))
        folder.write_world(services, founded.supplier, settings.cast, hsm_file, tls=by_tls)
        world.spawn(keep_synchronised(world, tls, WorldRotating(world, folder)))
        world.spawn(HouseholdAlerts(world).run(alerts_every))
        settle()
        say_where(folder.path, services, founded.supplier, settings.cast)
        await until_stopped(world)
