"""``stayon sit``: the SIT and UIT pack."""

import asyncio
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.sit.reports import counts, write_reports
from stayon.apps.sit.running import OwnWorlds, run_all
from stayon.apps.sit.scenarios import Scenario, chosen, shipped_scenarios
from stayon.apps.sit.target import Target
from stayon.apps.sit.verdicts import ScenarioResult, Verdict
from stayon.policy.model import Policy

_COLOURS = {Verdict.PASSED: "green", Verdict.FAILED: "red", Verdict.NOT_RUN: "yellow"}


@click.command()
@click.option("--target", metavar="URL", help="The DSP to test; by default worlds of its own.")
@click.option(
    "--keys",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="With --target: a world's folder with world.json, keys, smki and portfolio.csv.",
)
@click.option(
    "--contingency-open",
    "declared_open",
    is_flag=True,
    help="With --target: the contingency is open there for the supplier of the portfolio.",
)
@click.option(
    "--patience",
    type=click.FloatRange(min=0),
    default=300.0,
    show_default=True,
    help="With --target: seconds to wait for a message that is due.",
)
@click.option(
    "--requirement",
    "requirements",
    multiple=True,
    help="Only scenarios with this tag, as T4 or D8.",
)
@click.option("--only", default="", metavar="WORDS", help="Only scenarios with these words.")
@click.option("--list", "list_only", is_flag=True, help="List the scenarios and run none.")
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default=Path("sit"),
    show_default=True,
    help="Folder for sit-report.html and sit-junit.xml.",
)
@policy_dir_option
@click.pass_context
def sit(
    ctx: click.Context,
    *,
    target: str | None,
    keys: Path | None,
    declared_open: bool,
    patience: float,
    requirements: tuple[str, ...],
    only: str,
    list_only: bool,
    out: Path,
    policy_dir: Path | None,
) -> None:
    """Run the tests that the PIA names (T1 to T8) and write a report that can be filed.

    Each scenario gets a world of its own in this process, where the steps have every power of the
    DCC's people. Against --target they have an SRP's keys only: steps that need more are not run,
    and a scenario with such a step is never called passed. Exits with 1 when a scenario fails.
    """
    if (target is None) is not (keys is None):
        raise click.UsageError("--target and --keys go together")
    scenarios = chosen(shipped_scenarios(), requirements, only)
    if not scenarios:
        raise click.UsageError("no scenario is chosen")
    console = Console(highlight=False)
    if list_only:
        console.print(_listing(scenarios))
        return
    policy = read_policy(policy_dir)
    if target is None or keys is None:
        results = asyncio.run(_in_own_worlds(scenarios, policy, console))
    else:
        place = Target(target, keys, policy, patience=patience, declared_open=declared_open)
        results = asyncio.run(_at_target(scenarios, place, console))
    report, junit = write_reports(results, target or "worlds of its own", datetime.now(UTC), out)
    found = counts(results)
    said = ", ".join(f"{number} {verdict.value}" for verdict, number in found.items())
    console.print(f"{said}. Report: {report}, JUnit: {junit}", soft_wrap=True)
    if found[Verdict.FAILED]:
        ctx.exit(1)


async def _in_own_worlds(
    scenarios: tuple[Scenario, ...], policy: Policy, console: Console
) -> list[ScenarioResult]:
    return await run_all(scenarios, OwnWorlds(policy), lambda result: _tell(console, result))


async def _at_target(
    scenarios: tuple[Scenario, ...], target: Target, console: Console
) -> list[ScenarioResult]:
    async with AsyncExitStack() as stack:
        await target.start(stack)
        return await run_all(scenarios, target, lambda result: _tell(console, result))


def _tell(console: Console, result: ScenarioResult) -> None:
    verdict, scenario = result.verdict, result.scenario
    console.print(
        f"[{_COLOURS[verdict]}]{verdict.value:8}[/] {scenario.scenario_id}  {scenario.name}",
        soft_wrap=True,
    )
    if result.why:
        console.print(f"         {result.why}", markup=False, soft_wrap=True)


def _listing(scenarios: tuple[Scenario, ...]) -> Table:
    table = Table(show_header=True)
    for column in ("scenario", "requirements", "name"):
        table.add_column(column)
    for each in scenarios:
        table.add_row(each.scenario_id, " ".join(each.requirements), each.name)
    return table
