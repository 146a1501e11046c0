"""``stayon bench``: every figure with its rate and, where one is due, its ratio to the floor."""

import json
import tempfile
import time
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.table import Table

from stayon.adapters import package_data
from stayon.apps.bench.admission import admission_rates, bench_settings
from stayon.apps.bench.codecs import codec_benchmarks
from stayon.apps.bench.crypto_floor import crypto_floor
from stayon.apps.bench.measuring import Benchmark, Rate, measure
from stayon.apps.policy_files import read_policy
from stayon.apps.rehearse.rehearsal import RehearsalOptions, rehearse
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.population import draw_population
from stayon.apps.world.wiring import WorldSettings

FLOOR = "crypto floor of one admission"
TOGETHER = "whole admission, 32 at a time"
ALONE = "whole admission, one after the other"
CAMPAIGN = "campaign end to end, devices"
_FIRST, _LAST = "sends its first request", "has come to an end state"


@click.command()
@click.option(
    "--homes", type=click.IntRange(1), default=150, show_default=True, help="For the campaign."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as one JSON object.")
@schema_dir_option
def bench(*, homes: int, as_json: bool, schema_dir: Path | None) -> None:
    """Measure codecs, admission and a campaign beside a reference run in the same minute.

    The reference is the crypto floor: the elliptic curve operations that one admission cannot do
    without. Rates are medians over several rounds, with the least and the greatest.
    """
    with tempfile.TemporaryDirectory(prefix="stayon-bench-") as folder:
        rates = _measure(homes, schema_dir, Path(folder))
    if as_json:
        click.echo(json.dumps(_as_json(rates), indent=2))
    else:
        _show(rates)


def _measure(homes: int, schema_dir: Path | None, folder: Path) -> Mapping[str, Rate]:
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    policy, schemas = read_policy(), load_schemas(schema_dir)
    settings = WorldSettings(
        homes=draw_population(assumptions, FAILED_SUPPLIER, homes, 1),
        assumptions=assumptions,
        policy=policy,
        schemas=schemas,
        seed=1,
        folder=folder / "campaign",
    )
    settings.folder.mkdir()
    (folder / "admission").mkdir()
    rates = dict(measure([Benchmark(FLOOR, crypto_floor()), *codec_benchmarks(policy, schemas)]))
    admission = uvloop.run(
        admission_rates(bench_settings(settings, assumptions, folder / "admission"))
    )
    rates[TOGETHER], rates[ALONE] = admission.together, admission.alone
    rates[CAMPAIGN] = _campaign(settings)
    return rates


def _campaign(settings: WorldSettings) -> Rate:
    """Devices a second, from the first request until the last device has an end state."""
    moments: dict[str, float] = {}

    def note(_at: datetime, what: str) -> None:
        for end in (_FIRST, _LAST):
            if what.endswith(end):
                moments[end] = time.perf_counter()

    options = RehearsalOptions(campaign=settings.folder / "campaign.sqlite", on_moment=note)
    result = uvloop.run(rehearse(settings, options))
    rate = len(result.devices) / (moments[_LAST] - moments[_FIRST])
    return Rate(rate, rate, rate)


def _as_json(rates: Mapping[str, Rate]) -> dict[str, dict[str, float]]:
    floor = rates[FLOOR].median
    return {
        name: {
            "per_second": round(rate.median, 1),
            "least": round(rate.least, 1),
            "greatest": round(rate.greatest, 1),
            "ratio_to_floor": round(rate.median / floor, 4),
        }
        for name, rate in rates.items()
    }


def _show(rates: Mapping[str, Rate]) -> None:
    floor = rates[FLOOR].median
    table = Table(title="One process, rates a second", title_justify="left")
    for heading in ("", "median", "least", "greatest", "us", "of the floor"):
        table.add_column(heading, justify="left" if not heading else "right", no_wrap=True)
    for name, rate in rates.items():
        ratio = rate.median / floor
        table.add_row(
            name,
            f"{rate.median:,.0f}",
            f"{rate.least:,.0f}",
            f"{rate.greatest:,.0f}",
            f"{rate.microseconds:,.1f}",
            f"{ratio:.3f}" if name in (FLOOR, TOGETHER, ALONE) else "",
        )
    Console().print(table)
