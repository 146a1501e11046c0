"""``stayon srp``: the Shared Resource Provider's client."""

import json
import sys
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import click
from rich.console import Console

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.apps.cli.srp_field import close_out_report, field_pack
from stayon.apps.cli.srp_forecast import forecast
from stayon.apps.cli.srp_options import Durations, Pace
from stayon.apps.cli.srp_orders import ORDERS
from stayon.apps.cli.srp_progress import Display, LiveDisplay, PlainDisplay, table
from stayon.apps.cli.srp_relay import alerts, relay
from stayon.apps.cli.srp_run import Run
from stayon.apps.cli.srp_store import campaign_option, open_campaign
from stayon.apps.cli.srp_world import read_srp_world
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.domain.instants import format_instant
from stayon.domain.portfolio import EndState
from stayon.parties.srp.portfolio import PortfolioError, load_portfolio
from stayon.parties.srp.requests import SAFE_PREPAYMENT
from stayon.parties.srp.results import write_results
from stayon.parties.srp.summary import Summary, summarise

RESULTS_FILE = "results.csv"

_portfolio_argument = click.argument(
    "portfolio", type=click.Path(path_type=Path, exists=True, dir_okay=False)
)
_json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object.")


@click.group()
def srp() -> None:
    """Make a failed supplier's prepayment meters safe, one request per device.

    A campaign takes every device of a portfolio to an end state and keeps the evidence: the meter's
    own signed answer. It can be stopped at any time and goes on where it was.
    """


srp.add_command(relay)
srp.add_command(alerts)


@srp.command("check")
@_portfolio_argument
@_json_option
def check(portfolio: Path, *, as_json: bool) -> None:
    """Say whether PORTFOLIO can be used, or name every bad row by line and column.

    A portfolio is a CSV file with the header
    device_id,supplier_id,fuel,smets,mpxn,route,gbcs_version,counter_floor,postcode of which the
    last three columns may be empty. Exit status 2 when it is refused.
    """
    try:
        devices = load_portfolio(portfolio.read_bytes())
    except PortfolioError as refused:
        if as_json:
            problems = [
                {"line": one.line, "column": one.column, "rule": one.rule}
                for one in refused.problems
            ]
            answer = {"valid": False, "problems": problems}
            click.echo(json.dumps(answer, ensure_ascii=False))
        _refuse(portfolio, refused)
    kinds = Counter(f"{one.generation.value} {one.fuel.value}" for one in devices)
    suppliers = sorted({str(one.supplier_id) for one in devices})
    if as_json:
        accepted = {"valid": True, "devices": len(devices), **kinds, "suppliers": suppliers}
        click.echo(json.dumps(accepted))
        return
    counted = ", ".join(f"{number} {kind}" for kind, number in sorted(kinds.items()))
    click.echo(f"{len(devices)} devices ({counted}) of {', '.join(suppliers)}: nothing is wrong.")


@srp.command("run")
@_portfolio_argument
@click.option(
    "--world",
    required=True,
    type=click.Path(path_type=Path, file_okay=False),
    envvar="STAYON_WORLD",
    show_envvar=True,
    help="Folder of a running world: world.json, the SRP's keys, whom it trusts.",
)
@click.option("--url", help="Base address of the DSP, instead of the one in world.json.")
@policy_dir_option
@campaign_option
@click.option(
    "--pace", type=Pace(), default="20/s", show_default=True, help="Requests a second, at most."
)
@click.option(
    "--retry",
    type=Durations(),
    help="Waits before the 2nd, 3rd ... attempt at a meter that is not reached, or 'none'; "
    "instead of those in the policy's retry.toml.",
)
@click.option(
    "--answer-within",
    type=Durations(),
    help="How long an accepted request may stay without any outcome; else as retry.toml says.",
)
@click.option(
    "--earlier",
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of an earlier campaign: devices that it proved safe are left alone. Repeatable.",
)
@click.option(
    "--service",
    default=SAFE_PREPAYMENT,
    show_default=True,
    metavar="SRV",
    help="The service request to send; 1.6 where the policy gives it to the contingency role.",
)
@_json_option
def run(
    portfolio: Path,
    *,
    world: Path,
    url: str | None,
    policy_dir: Path | None,
    folder: Path,
    pace: float,
    retry: tuple[timedelta, ...] | None,
    answer_within: tuple[timedelta, ...] | None,
    earlier: tuple[Path, ...],
    service: str,
    as_json: bool,
) -> int:
    """Make every device in PORTFOLIO safe, or find out why not.

    Begins a campaign in its folder, or goes on with the one that is there. The safe prepayment set
    is that of the policy: --policy-dir, else the world's folder policy/, else what ships. Ends
    with a table and results.csv in the campaign's folder; exit status 0 only if every device has
    an end state.
    """
    if answer_within is not None and (len(answer_within) != 1 or not answer_within[0]):
        raise click.UsageError("--answer-within is one duration, such as 36h")
    try:
        devices = load_portfolio(portfolio.read_bytes())
    except PortfolioError as refused:
        _refuse(portfolio, refused)
    own_policy = world / "policy"
    policy = read_policy(policy_dir or (own_policy if own_policy.is_dir() else None))
    Run(
        world=read_srp_world(world, url),
        policy=policy,
        portfolio=devices,
        folder=folder,
        earlier=earlier,
        pace=pace,
        retry=policy.retry.with_waits(retry, answer_within[0] if answer_within else None),
        service=service,
    ).start(_display)
    with open_campaign(folder) as store:
        results = folder / RESULTS_FILE
        _write_results(store, results)
        summary = _summary(store)
    _show(summary, as_json=as_json)
    if not as_json:
        click.echo(f"The result of every device, with its evidence: {results}")
    return 0 if summary.complete else 1


@srp.command("status")
@campaign_option
@_json_option
def status(folder: Path, *, as_json: bool) -> None:
    """Say how many devices of a campaign are where; it may be running."""
    with open_campaign(folder) as store:
        _show(_summary(store), as_json=as_json)


@srp.command("results")
@campaign_option
@click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="A file to write instead of printing.",
)
def results(folder: Path, *, out: Path | None) -> None:
    """Write what became of every device as CSV, with the evidence; the campaign may be running.

    The evidence of a SMETS2 meter is its signed response in hex, for 'stayon gbcs decode'.
    """
    with open_campaign(folder) as store:
        if out is None:
            write_results(store, sys.stdout)
        else:
            number = _write_results(store, out)
            click.echo(f"{number} devices: {out}", err=True)


for command in (*ORDERS, field_pack, close_out_report, forecast):
    srp.add_command(command)


def _refuse(path: Path, refused: PortfolioError) -> NoReturn:
    """Name every problem on stderr and leave with status 2."""
    for problem in refused.problems:
        click.echo(f"stayon: {path}: {problem}", err=True)
    raise click.exceptions.Exit(2) from None


def _display(devices: int) -> Display:
    return LiveDisplay(devices) if sys.stderr.isatty() else PlainDisplay(devices)


def _write_results(store: SqliteCampaignStore, path: Path) -> int:
    """Write the file beside its place and put it there when it is whole."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8", newline="") as out:
        number = write_results(store, out)
    part.replace(path)
    return number


def _summary(store: SqliteCampaignStore) -> Summary:
    return summarise(progress for _, progress in store.progress())


def _show(summary: Summary, *, as_json: bool) -> None:
    if not as_json:
        Console().print(table(summary))
        return
    last = summary.last_change
    answer: dict[str, Any] = {"devices": summary.devices}
    answer |= {end.value: summary.ends[end] for end in EndState}
    answer["under_way"] = {stage.value: number for stage, number in summary.under_way.items()}
    answer["reasons"] = [
        {"state": end.value, "code": code, "words": words, "devices": number}
        for (end, code, words), number in summary.reasons.most_common()
    ]
    answer["complete"] = summary.complete
    answer["last_change"] = None if last is None else format_instant(last)
    click.echo(json.dumps(answer))
