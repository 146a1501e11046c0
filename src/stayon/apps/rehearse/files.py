"""What a rehearsal leaves behind in its folder."""

import asyncio
import os
from pathlib import Path

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.apps.rehearse.report import write_report
from stayon.apps.rehearse.result import Rehearsal
from stayon.apps.world.assumptions import Assumptions
from stayon.parties.srp.close_out import as_markdown, close_out
from stayon.parties.srp.portfolio import dump_portfolio
from stayon.parties.srp.results import write_results
from stayon.policy.retry import RetryPolicy

_CAMPAIGN = "campaign.sqlite"


def prepare(folder: Path) -> Path:
    """Make the folder; the path of a new campaign in it. An earlier rehearsal's is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    for stale in folder.glob(f"{_CAMPAIGN}*"):
        stale.unlink()
    return folder / _CAMPAIGN


def write_files(
    rehearsal: Rehearsal,
    assumptions: Assumptions,
    folder: Path,
    retry: RetryPolicy,
    command: str = "stayon rehearse",
) -> Path:
    """Write report, figures, portfolio, results, close-out; return the report's path from here.

    ``command`` is what was typed, for the report to say.
    """
    report = write_report(rehearsal, assumptions, folder, command)
    lines = dump_portfolio(each.device for each in rehearsal.devices)
    (folder / "portfolio.csv").write_text("".join(lines), encoding="utf-8")
    store = SqliteCampaignStore(folder / _CAMPAIGN)
    try:
        with (folder / "results.csv").open("w", encoding="utf-8", newline="") as out:
            write_results(store, out)
        report_of_campaign = close_out(store, retry, store.control.orders())
        (folder / "close-out.md").write_text(as_markdown(report_of_campaign), encoding="utf-8")
    finally:
        asyncio.run(store.close())
    return Path(os.path.relpath(report))
