"""``stayon srp forecast``: what a campaign will ask of the DCC, from earlier campaigns."""

import json
from pathlib import Path

import click

from stayon.apps.cli.srp_options import Pace
from stayon.apps.cli.srp_store import open_campaign
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.domain.portfolio import PortfolioDevice, Progress
from stayon.parties.srp.forecast import History
from stayon.parties.srp.portfolio import load_portfolio


@click.command("forecast")
@click.argument("portfolio", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--history",
    required=True,
    multiple=True,
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of an earlier campaign or rehearsal (campaign.sqlite). Repeatable.",
)
@click.option("--pace", type=Pace(), default="20/s", show_default=True, help="Requests a second.")
@policy_dir_option
def forecast(
    portfolio: Path, history: tuple[Path, ...], pace: float, policy_dir: Path | None
) -> None:
    """Say as JSON how many requests a campaign over PORTFOLIO will send, and when.

    Requests are those that count against thresholds; per_hour begins with the first request.
    """
    seen: list[tuple[PortfolioDevice, Progress]] = []
    for folder in history:
        with open_campaign(folder) as store:
            seen.extend(store.progress())
    retry = read_policy(policy_dir).retry
    found = History(seen).forecast(load_portfolio(portfolio.read_bytes()), retry, pace)
    answer = {
        "devices": found.devices,
        "requests": round(found.requests),
        "requests_per_hour": [round(each, 1) for each in found.per_hour],
        "most_in_an_hour": round(max(found.per_hour, default=0)),
        "calls_per_second_at_peak": round(found.calls_at_peak, 2),
        "seconds_of_first_pass": round(found.first_pass.total_seconds(), 1),
        "safe": round(found.safe),
        "safe_at_first_attempt": round(found.safe_at_first),
    }
    click.echo(json.dumps(answer))
