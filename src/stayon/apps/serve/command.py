"""``stayon serve``: all services of one world in one process."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import click
import uvloop
from sqlalchemy import URL

from stayon.apps.database_url import DatabaseUrl
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.serve.founded_world import settings_of
from stayon.apps.serve.hsm import hsm_option
from stayon.apps.serve.one_process import Serving, serve_world
from stayon.apps.serve.openid import oidc_option, open_provider
from stayon.apps.serve.ports import ServicePorts
from stayon.apps.serve.published_pki import found, pki_option, warning
from stayon.apps.serve.roles.options import ALL, role_options, role_settings
from stayon.apps.serve.roles.settings import Role, RoleSettings
from stayon.apps.telemetry.options import log_options

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
    _require_real_time(tls, pki_file)
    world, every = WorldFolder(folder), timedelta(seconds=alerts_every)
    if role != ALL:
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
            alerts_every=every,
            **role_settings(Role(role), folder, port, by_tls=tls, **others),
        )
        # What only roles need takes a tenth of a start.
        from stayon.apps.serve.roles.running import run_role  # noqa: PLC0415

        uvloop.run(run_role(common))
        return
    founded = found(world, homes, seed, pki_file, datetime.now(UTC))
    if said := warning(founded):
        click.secho(said, err=True, bold=True)
    serving = Serving(
        world,
        founded,
        settings_of(
            founded,
            folder,
            read_policy(policy_dir),
            load_schemas(schema_dir),
            database=database_url,
            clamd=clamd,
        ),
        ServicePorts.beginning_at(port or _FIRST_PORT),
        every,
        no_supplier=no_supplier,
        policy_dir=policy_dir,
        hsm_file=hsm_file,
        provider=open_provider(oidc_file),
        by_tls=tls,
    )
    uvloop.run(serve_world(serving))


def _require_real_time(by_tls: bool, pki_file: Path | None) -> None:
    """The time of a test PKI is another than the machine's, by which a handshake judges."""
    if by_tls and pki_file is not None:
        raise click.UsageError("--tls is for a world on real time, not for one of --pki")
