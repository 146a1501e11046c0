"""``stayon srp relay`` and ``stayon srp alerts``: the failed supplier's Device Alerts."""

import asyncio
import json
import signal
from contextlib import AsyncExitStack, closing
from pathlib import Path

import click

from stayon.adapters.alert_store import SqliteAlertStore
from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.receiving import receive_server, user_client
from stayon.apps.cli.srp_world import SrpWorld, read_srp_world
from stayon.apps.cli.world_address import WorldError, service_url
from stayon.domain.instants import format_instant
from stayon.parties.srp.alert_relay import AlertRelay
from stayon.ports.alert_store import KeptAlert

_keep_option = click.option(
    "--keep",
    "file",
    required=True,
    type=click.Path(path_type=Path, dir_okay=False),
    help="File that keeps the alerts (SQLite); it is made, or gone on with.",
)


@click.command()
@click.option(
    "--world",
    "folder",
    required=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    envvar="STAYON_WORLD",
    help="Folder of a running world: where the SMKI is, and whom to trust.",
)
@_keep_option
@click.option("--forward", help="Address of whoever is to act on them; left out: only keep.")
@click.option(
    "--listen",
    help="http[s]://HOST:PORT to receive at; left out: the supplier's in world.json.",
)
def relay(*, folder: Path, file: Path, forward: str | None, listen: str | None) -> None:
    """Receive a failed supplier's Device Alerts, keep them, and forward them.

    It runs at the address that the DSP knows as the supplier's Receive Response Service, in place
    of a supplier that is gone ('stayon serve --no-supplier' leaves that address free). The DSP's
    signature is verified; an alert is on disk before the DSP is told that it has arrived. Whoever
    it is forwarded to gets the document as the DSP signed it, in order, until it answers 2xx.
    """
    at = listen or service_url(folder, None, "supplier")
    counts = asyncio.run(_relay(read_srp_world(folder), file, forward, at))
    click.echo(", ".join(f"{word} {count}" for word, count in sorted(counts.items())) or "nothing")


async def _relay(world: SrpWorld, file: Path, forward: str | None, at: str) -> dict[str, int]:
    clock = SystemClock()
    async with AsyncExitStack() as stack:
        store = SqliteAlertStore(file)
        stack.enter_context(closing(store))
        http = await stack.enter_async_context(user_client(world.supplier_tls))
        repository = world.dcc.repository(http, clock)
        serving = AlertRelay(
            store=store, lookup=repository, poster=http, forward_to=forward, clock=clock
        )
        server = receive_server(serving.app(), at, world.supplier_tls)
        await server.start()
        stack.push_async_callback(server.stop)
        click.echo(f"Receiving at {server.url}, keeping in {file}. Stop with Ctrl-C.", err=True)
        await _until_stopped(serving)
        return dict(serving.counts)


async def _until_stopped(serving: AlertRelay) -> None:
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    forwarding, waiting = asyncio.create_task(serving.run()), asyncio.create_task(stopped.wait())
    done, _ = await asyncio.wait((forwarding, waiting), return_when=asyncio.FIRST_COMPLETED)
    for task in (forwarding, waiting):
        task.cancel()
    await asyncio.gather(forwarding, waiting, return_exceptions=True)
    if forwarding in done:
        # It never ends by itself: whatever ended it is worth knowing.
        forwarding.result()


@click.command()
@_keep_option
@click.option("--waiting", is_flag=True, help="Only what is not forwarded yet.")
@click.option("--json", "as_json", is_flag=True, help="A JSON array.")
def alerts(*, file: Path, waiting: bool, as_json: bool) -> None:
    """The Device Alerts that a relay has kept, in the order in which they came."""
    if not file.is_file():
        raise WorldError(f"{file} does not exist: no relay has kept anything there")
    with closing(SqliteAlertStore(file)) as store:
        found = [each for each in store.alerts() if not waiting or each.forwarded_at is None]
    if as_json:
        click.echo(json.dumps([_document(each) for each in found]))
        return
    for each in found:
        words = _document(each)
        state = f"forwarded {words['forwarded_at']}" if words["forwarded_at"] else "waiting"
        click.echo(f"{words['received_at']}  {words['device']}  {words['code'] or '-':4}  {state}")


def _document(alert: KeptAlert) -> dict[str, str | int | None]:
    forwarded = alert.forwarded_at
    return {
        "received_at": format_instant(alert.received_at),
        "device": str(alert.device),
        "counter": alert.counter,
        "code": None if alert.code is None else f"{alert.code:04X}",
        "forwarded_at": None if forwarded is None else format_instant(forwarded),
    }
