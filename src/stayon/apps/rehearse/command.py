"""``stayon rehearse``: the main job, with something to watch."""

import json
import shlex
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn

import click
import uvloop
from rich.console import Console

from stayon.adapters import package_data
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.rehearse.files import prepare, write_files
from stayon.apps.rehearse.progress import Progress, Quiet, Watched
from stayon.apps.rehearse.rehearsal import RehearsalOptions
from stayon.apps.rehearse.rehearsal import rehearse as run_rehearsal
from stayon.apps.rehearse.result import Rehearsal, summary
from stayon.apps.rehearse.table import print_result
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.population import Home, draw_population, population_of
from stayon.apps.world.wiring import WorldSettings
from stayon.domain.errors import StayonError
from stayon.parties.srp.portfolio import PortfolioError, load_portfolio
from stayon.parties.srp.requests import SAFE_PREPAYMENT, agreed_service

_ASSUMPTIONS = "apps/world/assumptions.toml"
_MOST_HOMES = 250_000
_PROBLEMS_SHOWN = 20


@click.command()
@click.option(
    "--homes",
    type=click.IntRange(1, _MOST_HOMES),
    default=2000,
    show_default=True,
    help="How many homes the failed supplier has.",
)
@click.option(
    "--portfolio",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="A portfolio CSV; its devices make the world instead of --homes.",
)
@click.option("--seed", type=int, default=1, show_default=True, help="Same seed, same world.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("rehearsal"),
    show_default=True,
    help="Folder for the report and the results.",
)
@click.option(
    "--assumptions",
    "assumptions_file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Other assumptions than those that ship (a TOML file).",
)
@click.option(
    "--household-alerts",
    is_flag=True,
    help="Send the alerts that homes cause, over the WAN, to the failed supplier. Takes longer.",
)
@click.option(
    "--with-endings",
    is_flag=True,
    help="Let the Supplier of Last Resort gain every home by Change of Supplier on the last day.",
)
@click.option(
    "--service",
    default=SAFE_PREPAYMENT,
    show_default=True,
    metavar="SRV",
    help="What the SRP sends; 1.6 (credit mode) where the policy gives it to the contingency role.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object.")
@policy_dir_option
@schema_dir_option
def rehearse(
    *,
    homes: int,
    portfolio: Path | None,
    seed: int,
    out: Path,
    assumptions_file: Path | None,
    household_alerts: bool,
    with_endings: bool,
    service: str,
    as_json: bool,
    policy_dir: Path | None,
    schema_dir: Path | None,
) -> int:
    """Let a supplier fail and keep its prepayment homes on supply.

    A whole world runs in this process: the DCC's gateway with its checks, the key infrastructure,
    two WANs, a SMETS1 Service Provider, the meters in their homes, and the Shared Resource
    Provider's client. Every message between them is a real one. 28 days pass in a simulated time.

    At the end there is a table, and in the folder of --out a report (report.html), the summary
    (summary.json), the portfolio and the result of every device with its evidence (results.csv).
    The exit status is 0 only if every device has come to an end state.
    """
    assumptions = _assumptions(assumptions_file)
    population = _population(assumptions, homes, portfolio, seed)
    failed = {meter.device.supplier_id for home in population for meter in home.meters}
    policy = read_policy(policy_dir)
    agreed_service(policy, service)
    campaign = prepare(out)
    console = Console()
    with ExitStack() as stack:
        scratch = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="stayon-")))
        settings = WorldSettings(
            homes=population,
            assumptions=assumptions,
            policy=policy,
            schemas=load_schemas(schema_dir),
            seed=seed,
            folder=scratch,
            failed=tuple(sorted(failed, key=str)),
        )
        devices = sum(len(home.meters) for home in population)
        progress: Progress = Quiet() if as_json else Watched(console, devices)
        stack.enter_context(progress)
        result = uvloop.run(
            run_rehearsal(
                settings,
                RehearsalOptions(
                    campaign=campaign,
                    household_alerts=household_alerts,
                    service=service,
                    with_endings=with_endings,
                    on_change=progress.changed,
                    on_moment=progress.moment,
                ),
            )
        )
        progress.finishing()
        report = write_files(
            result,
            assumptions,
            out,
            policy.retry,
            _typed(homes, portfolio, seed, assumptions_file, household_alerts=household_alerts),
        )
    _tell(result, report, console, as_json=as_json)
    return 0 if result.all_ended else 1


def _typed(
    homes: int,
    portfolio: Path | None,
    seed: int,
    assumptions_file: Path | None,
    *,
    household_alerts: bool,
) -> str:
    """The command that gives the same report; files by their names only."""
    words = ["stayon", "rehearse"]
    words += ["--homes", str(homes)] if portfolio is None else ["--portfolio", portfolio.name]
    words += ["--seed", str(seed)]
    if assumptions_file is not None:
        words += ["--assumptions", assumptions_file.name]
    if household_alerts:
        words.append("--household-alerts")
    return shlex.join(words)


def _assumptions(file: Path | None) -> Assumptions:
    if file is None:
        return load_assumptions(package_data.read(_ASSUMPTIONS).decode("utf-8"))
    try:
        return load_assumptions(file.read_text("utf-8"))
    except UnicodeDecodeError:
        raise StayonError(f"{file}: is not UTF-8") from None


def _population(
    assumptions: Assumptions, homes: int, portfolio: Path | None, seed: int
) -> tuple[Home, ...]:
    if portfolio is None:
        return draw_population(assumptions, FAILED_SUPPLIER, homes, seed)
    try:
        devices = load_portfolio(portfolio.read_bytes())
    except PortfolioError as refused:
        _refuse(portfolio, refused)
    return population_of(assumptions, devices, seed)


def _refuse(portfolio: Path, refused: PortfolioError) -> NoReturn:
    for problem in refused.problems[:_PROBLEMS_SHOWN]:
        click.echo(f"stayon: {portfolio}: {problem}", err=True)
    more = len(refused.problems) - _PROBLEMS_SHOWN
    if more > 0:
        click.echo(f"stayon: {portfolio}: and {more} more", err=True)
    raise click.exceptions.Exit(2)


def _tell(result: Rehearsal, report: Path, console: Console, *, as_json: bool) -> None:
    if as_json:
        click.echo(json.dumps(summary(result)))
    else:
        print_result(result, report, console)
