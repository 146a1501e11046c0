"""``stayon srp field-pack`` and ``close-out``: what goes to people, and what they bring back."""

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import click

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.apps.cli.srp_store import (
    campaign_option,
    off_supply_option,
    open_campaign,
    read_off_supply,
)
from stayon.apps.cli.srp_world import SrpWorld, read_srp_world
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.domain.errors import StayonError
from stayon.parties.srp.close_out import as_markdown, close_out
from stayon.parties.srp.field_import import FieldImport, FilesRefused, Imported
from stayon.parties.srp.field_pack import MANIFEST_COLUMNS, local_deliveries, manifest_row
from stayon.parties.srp.ledger import Ledger
from stayon.parties.srp.people import PEOPLE_COLUMNS, people_list
from stayon.parties.srp.spreadsheet import write_csv
from stayon.parties.srp.tracking import Tracking
from stayon.policy.retry import RetryPolicy

_LARGEST_RESPONSE = 64 * 1024

_out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    help="A new folder to write into.",
)


@click.group("field-pack", invoke_without_command=True)
@click.option(
    "--campaign",
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="The campaign's folder.",
)
@_out_option
@off_supply_option
@policy_dir_option
@click.pass_context
def field_pack(
    context: click.Context,
    folder: Path | None,
    out: Path | None,
    off_supply: Path | None,
    policy_dir: Path | None,
) -> None:
    """Write what people need for the meters that were not reached or that refused.

    One file per device with the Command to deliver at the meter (GBCS, binary), manifest.csv and
    manifest.json with their SHA-256, and people.csv and people.json: every device that is not known
    to be safe, why, and what to do about it. 'field-pack import' takes in what comes back.
    """
    if context.invoked_subcommand is not None:
        return
    if folder is None or out is None:
        raise click.UsageError("--campaign and --out are needed")
    off = read_off_supply(off_supply)
    retry = read_policy(policy_dir).retry
    with open_campaign(folder) as store:
        _new_folder(out, "a field pack")
        rows = []
        for delivery in local_deliveries(store):
            (out / delivery.file_name).write_bytes(delivery.command)
            rows.append(manifest_row(delivery))
        _write_table(out, "manifest", MANIFEST_COLUMNS, rows)
        people = [one.row() for one in people_list(store, retry, off)]
        _write_table(out, "people", PEOPLE_COLUMNS, people)
    click.echo(
        f"{len(rows)} Commands for local delivery, {len(people)} devices on people.csv: {out}"
    )
    if off:
        click.echo(f"{len(off)} meters are off already: somebody has to press emergency credit.")


@field_pack.command("import")
@click.argument("responses", type=click.Path(path_type=Path, exists=True, file_okay=False))
@campaign_option
@click.option(
    "--world",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STAYON_WORLD",
    show_envvar=True,
    help="Folder of a running world: whom the SRP trusts, and where the SMKI repository is.",
)
@policy_dir_option
def import_responses(responses: Path, folder: Path, world: Path, policy_dir: Path | None) -> int:
    """Take in the meters' responses that engineers have brought back, one file each in RESPONSES.

    Each must be the signed GBCS response of a meter in the field pack to the Command in the pack:
    then the device is safe, or refused in the meter's own words. If any file is something else,
    each such file is named with the rule it breaks and nothing is imported (exit status 2). The
    campaign must not be running.
    """
    files = {}
    for path in sorted(responses.iterdir()):
        if not path.is_file() or path.stat().st_size > _LARGEST_RESPONSE:
            raise StayonError(f"{path}: is not a file of at most {_LARGEST_RESPONSE} octets")
        files[path.name] = path.read_bytes()
    retry = read_policy(policy_dir).retry
    trusted = read_srp_world(world, None)
    with open_campaign(folder) as store:
        try:
            imported = asyncio.run(_import(store, files, trusted, retry))
        except FilesRefused as refused:
            for file in refused.files:
                click.echo(f"stayon: {responses / file.name}: {file.rule}", err=True)
            click.echo("stayon: nothing was imported", err=True)
            return 2
    click.echo(f"{imported.safe} devices are safe now, {imported.refused} refused at the meter.")
    return 0


async def _import(
    store: SqliteCampaignStore, files: dict[str, bytes], world: SrpWorld, retry: RetryPolicy
) -> Imported:
    clock = SystemClock()
    async with HttpClient() as http:
        repository = world.dcc.repository(http, clock)
        ledger = Ledger(Tracking(store.progress()), store, clock)
        return await FieldImport(store, ledger, repository, retry).take(files, datetime.now(UTC))


@click.command("close-out")
@campaign_option
@click.option(
    "--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="A new folder."
)
@off_supply_option
@policy_dir_option
def close_out_report(
    folder: Path, out: Path, off_supply: Path | None, policy_dir: Path | None
) -> int:
    """Write the report that closes a campaign: close-out.md for people and close-out.json.

    End states, the digest of each device's evidence, who remains and what to do, the codes that
    came, the orders given, and the warning of the first STOP after Change of Supplier. Exit status
    1 while a device has no end state.
    """
    off = read_off_supply(off_supply)
    retry = read_policy(policy_dir).retry
    with open_campaign(folder) as store:
        report = close_out(store, retry, store.control.orders(), off)
    _new_folder(out, "a close-out report")
    (out / "close-out.json").write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")
    (out / "close-out.md").write_text(as_markdown(report), encoding="utf-8")
    click.echo(f"{report['devices']} devices, {report['remaining']} need somebody: {out}")
    return 0 if report["complete"] else 1


def _new_folder(out: Path, what: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    if any(out.iterdir()):
        raise StayonError(f"{out} is not empty: {what} goes into a folder of its own")


def _write_table(
    out: Path, name: str, columns: tuple[str, ...], rows: list[tuple[str, ...]]
) -> None:
    with (out / f"{name}.csv").open("x", encoding="utf-8", newline="") as table:
        write_csv(table, columns, rows)
    objects = [dict(zip(columns, row, strict=True)) for row in rows]
    (out / f"{name}.json").write_text(json.dumps(objects, indent=2) + "\n", encoding="utf-8")
