"""``stayon supplier``: the supplier that gains a failed supplier's homes (decision 14)."""

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from datetime import datetime, timedelta
from pathlib import Path

import click

from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.receiving import receive_server, user_client
from stayon.apps.cli.srp_options import Durations
from stayon.apps.cli.supplier_world import SupplierWorld, read_supplier_world
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import CANCELLATION, parse_instant
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.receive_response import receive_response_service
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.portfolio import load_portfolio
from stayon.parties.supplier.gaining import Gained, GainingSupplier
from stayon.parties.supplier.gaining_run import GainingRun

_LOOK_EVERY = 0.2


@click.group()
def supplier() -> None:
    """The gaining supplier: it takes over the devices of a supplier that has failed."""


@supplier.command()
@click.argument("portfolio", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--world",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="STAYON_WORLD",
    help="Folder of a running world.",
)
@click.option("--at", "at", help="When the devices change hands, an instant in UTC; else at once.")
@click.option("--cancel", is_flag=True, help="Let the devices forget what they keep for later.")
@click.option("--device", "only", multiple=True, help="Only this device (EUI-64); may be repeated.")
@click.option(
    "--answer-within",
    "within",
    type=Durations(),
    default="60s",
    show_default=True,
    help="How long the last outcome is waited for.",
)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def gain(
    *,
    portfolio: Path,
    folder: Path,
    only: tuple[str, ...],
    within: Sequence[timedelta],
    at: str | None,
    cancel: bool,
    as_json: bool,
) -> None:
    """Send 6.23 for each device of PORTFOLIO: from then on it trusts the gaining supplier.

    The meter points must be registered to the gaining supplier first ('stayon ssmi registration
    move', or the page Change of Supplier), else the DSP answers E4. The contingency is over for a
    device that was gained. With --at the SMETS2+ devices keep the command, and whoever is
    registered then may send it. Exit status 1 when one was not gained, or does not keep it.
    """
    if at is not None and cancel:
        raise click.UsageError("--at and --cancel exclude each other")
    execution = CANCELLATION if cancel else None if at is None else parse_instant(at, "--at")
    wanted = {Eui64.parse(each) for each in only}
    devices = [
        each
        for each in load_portfolio(portfolio.read_bytes())
        if not wanted or each.device_id in wanted
    ]
    if missing := wanted - {each.device_id for each in devices}:
        raise click.UsageError(f"not in {portfolio}: {', '.join(sorted(map(str, missing)))}")
    patience = sum(within, timedelta())
    outcomes = asyncio.run(_gain(read_supplier_world(folder), devices, patience, execution))
    for each in outcomes.values():
        _show(each, "forgotten" if cancel else "kept until then", as_json=as_json)
    gained = sum(each.success for each in outcomes.values())
    if execution is None:
        click.echo(f"{gained} of {len(devices)} devices are gained", err=True)
    else:
        kept = sum(each.kept for each in outcomes.values())
        words = "have forgotten it" if cancel else "keep it until then"
        click.echo(f"{kept} of {len(devices)} devices {words}", err=True)
        gained += kept
    sys.exit(0 if gained == len(devices) else 1)


async def _gain(
    world: SupplierWorld,
    devices: Sequence[PortfolioDevice],
    within: timedelta,
    execution: datetime | None,
) -> Mapping[Eui64, Gained]:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(user_client(world.tls))
        repository = world.dcc.repository(http, clock)
        run = GainingRun(
            GainingSupplier(
                gateway=DuisGateway(
                    base_url=world.dcc.dsp_url, poster=http, lookup=repository, clock=clock
                ),
                signer=world.signer,
                credentials=world.credentials,
                lookup=repository,
                clock=clock,
                schema_version=world.dcc.duis_version,
            ),
            clock,
            _let_be,
        )
        service = receive_response_service(run.take, clock)
        server = receive_server(service, world.receive_url, world.tls)
        await server.start()
        stack.push_async_callback(server.stop)
        return await run.gain(devices, within, _LOOK_EVERY, execution)


async def _let_be(_body: bytes) -> None:
    """A delivery about something else, such as an alert of a device that was gained before."""


def _show(outcome: Gained, kept: str, *, as_json: bool) -> None:
    if as_json:
        found = {
            "device": str(outcome.device),
            "gained": outcome.success,
            "kept": outcome.kept,
            "words": outcome.words,
        }
        click.echo(json.dumps(found))
        return
    words = "gained" if outcome.success else kept if outcome.kept else outcome.words
    click.echo(f"{outcome.device}  {words}")
