"""``stayon bench``: every figure of issue 5 that can be had on one machine, and its target."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import click
import uvloop
from rich.console import Console
from rich.table import Table

from stayon.adapters import package_data
from stayon.apps.bench.admission import admission_rates, bench_settings
from stayon.apps.bench.audit_trail import audit_trail_figure
from stayon.apps.bench.campaign.figures import campaign_figures
from stayon.apps.bench.codecs import DECODE, FIRST_OF_FORM, SIGNXML, XML_VERIFY, codec_benchmarks
from stayon.apps.bench.crypto_floor import crypto_floor
from stayon.apps.bench.figures import Figure, as_json, missing, rate_figure
from stayon.apps.bench.measuring import Benchmark, Rate, measure
from stayon.apps.bench.over_http import CONNECTIONS, HttpFigures, http_figures
from stayon.apps.bench.signing_tool import signing_tool_rate
from stayon.apps.bench.starting import starting_figures
from stayon.apps.bench.traces import cost_of_traces
from stayon.apps.bench.two_workers import worker_rates
from stayon.apps.policy_files import read_policy
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.wiring import WorldSettings
from stayon.domain.metering import Generation
from stayon.duis.schema import SchemaSet
from stayon.policy.model import Policy

FLOOR = "crypto floor of one admission"
SIGNING_TOOL = "the DCC Boxed signing tool, in a warm Java machine"
TWO_WORKERS = "whole admission, two worker processes"
GBCS_PARSER = 215 / 313
"""Decodes for each crypto floor: 313 us for one, beside a floor of 215 us, in issue 5's trial."""
_GBCS_PARSER = "@smartdcc/gbcs-parser"
_PARSER_NOTE = "the package is not in the npm registry: its 313 us of issue 5, by the floors' ratio"
_READ_BESIDE_TOOL = "parse, schema, XML signature, beside the signing tool"
_PAYLOAD_OCTETS = 1_200
TOGETHER = "whole admission, 32 at a time"
ALONE = "whole admission, one after the other"
OVER_HTTP = f"the same behind HTTP, {CONNECTIONS} connections"
LONE = "a lone round trip behind HTTP"
OVER_HTTPS = f"the same behind HTTPS with client certificates, {CONNECTIONS} connections"
LONE_HTTPS = "a lone round trip behind HTTPS"
P99 = f"99th percentile behind HTTP, {CONNECTIONS} connections"


@click.command()
@click.option(
    "--devices",
    type=click.IntRange(1, 1_000_000),
    default=2000,
    show_default=True,
    help="Meters of the campaign.",
)
@click.option("--campaign", "only_campaign", is_flag=True, help="Measure the campaign alone.")
@click.option("--smets1", is_flag=True, help="With --campaign: over SMETS1 meters.")
@click.option("--json", "printed_json", is_flag=True, help="Print the figures as JSON.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write them as JSON, too."
)
@click.option(
    "--sat-rows",
    type=click.IntRange(1),
    default=10_000_000,
    show_default=True,
    help="Rows of the Service Audit Trail that is asked; each takes 400 octets of disk.",
)
@click.option(
    "--peers",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder where npm has installed the packages to compare with.",
)
@schema_dir_option
def bench(
    *,
    devices: int,
    only_campaign: bool,
    smets1: bool,
    printed_json: bool,
    out: Path | None,
    sat_rows: int,
    peers: Path | None,
    schema_dir: Path | None,
) -> None:
    """Measure codecs, admission and a campaign beside a reference run in the same minute.

    The reference is the crypto floor: the elliptic curve operations that one admission cannot do
    without. It is measured anew before and after each figure that is compared with it. Rates are
    medians over several rounds, with the least and the greatest. The campaign runs once for each
    generation of meters, in processes for the client, the DSP, and the CSPs or S1SPs with the
    meters, all of which answer.
    """
    with tempfile.TemporaryDirectory(prefix="stayon-bench-") as name:
        folder = Path(name)
        figures = [] if only_campaign else _measure(sat_rows, peers, schema_dir, folder)
        for generation in [_of_campaign(smets1=smets1)] if only_campaign else Generation:
            (folder / generation.value).mkdir()
            figures += campaign_figures(folder / generation.value, devices, schema_dir, generation)
    written = json.dumps(as_json(figures), indent=2)
    if out is not None:
        out.write_text(written + "\n")
    if printed_json:
        click.echo(written)
    else:
        _show(figures)


def _of_campaign(*, smets1: bool) -> Generation:
    return Generation.SMETS1 if smets1 else Generation.SMETS2


def _measure(
    sat_rows: int, peers: Path | None, schema_dir: Path | None, folder: Path
) -> list[Figure]:
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    policy, schemas = read_policy(), load_schemas(schema_dir)
    for name in ("peers", "admission", "http", "https", "workers", "starting", "trail"):
        (folder / name).mkdir()
    figures = _codecs(policy, schemas, peers, folder / "peers")
    before = _floor()
    settings = bench_settings(assumptions, policy, schemas, 1, folder / "admission")
    admission = uvloop.run(admission_rates(settings))
    between = _floor()
    http = uvloop.run(http_figures(folder / "http", schema_dir))
    https = uvloop.run(http_figures(folder / "https", schema_dir, scheme="https"))
    after = _floor()
    beside = FLOOR, _middle(before, between)
    figures.append(rate_figure(TOGETHER, admission.together, beside=beside, target=0.55))
    figures.append(rate_figure(ALONE, admission.alone, beside=beside))
    figures.append(_traces(settings, folder / "traces"))
    figures += _over_http(http, _middle(between, after))
    figures += _over_https(https, _middle(between, after))
    figures.append(_two_workers(folder / "workers", schema_dir))
    figures += starting_figures(folder / "starting")
    figures.append(audit_trail_figure(folder / "trail", sat_rows))
    return figures


def _traces(settings: WorldSettings, folder: Path) -> Figure:
    folder.mkdir()
    return uvloop.run(cost_of_traces(replace(settings, folder=folder)))


def _codecs(policy: Policy, schemas: SchemaSet, peers: Path | None, folder: Path) -> list[Figure]:
    rates = measure([Benchmark(FLOOR, crypto_floor()), *codec_benchmarks(policy, schemas)])
    signxml = rates.get(SIGNXML)
    figures = []
    for name, rate in rates.items():
        if name in (XML_VERIFY, FIRST_OF_FORM) and signxml is not None:
            figures.append(rate_figure(name, rate, beside=(SIGNXML, signxml), target=3.0))
        elif name == DECODE:
            then = Rate(*[GBCS_PARSER * rates[FLOOR].median] * 3)
            figures.append(
                rate_figure(name, rate, beside=(_GBCS_PARSER, then), target=3.0, note=_PARSER_NOTE)
            )
        else:
            figures.append(rate_figure(name, rate))
    tool = signing_tool_rate(peers, bytes(_PAYLOAD_OCTETS), folder)
    read = rates[XML_VERIFY]
    if isinstance(tool, str):
        return [*figures, missing(_READ_BESIDE_TOOL, SIGNING_TOOL, 8.0, tool)]
    beside = SIGNING_TOOL, tool
    return [
        *figures,
        rate_figure(SIGNING_TOOL, tool),
        rate_figure(_READ_BESIDE_TOOL, read, beside=beside, target=8.0),
    ]


def _two_workers(folder: Path, schema_dir: Path | None) -> Figure:
    one, two = worker_rates(folder, schema_dir)
    return rate_figure(TWO_WORKERS, two, beside=("one worker", one), target=1.8)


def _over_http(http: HttpFigures, floor: Rate) -> list[Figure]:
    median, least, greatest = (1000 * seconds for seconds in http.lone)
    ratio = http.p99 / http.median
    times = 1000 * http.p99
    return [
        rate_figure(OVER_HTTP, http.rate, beside=(FLOOR, floor), target=0.42),
        Figure(LONE, "ms", median, least, greatest, target=1.5, lower_is_better=True),
        Figure(P99, "ms", times, times, times, "its median", ratio, 3.0, lower_is_better=True),
    ]


def _over_https(https: HttpFigures, floor: Rate) -> list[Figure]:
    median, least, greatest = (1000 * seconds for seconds in https.lone)
    return [
        rate_figure(OVER_HTTPS, https.rate, beside=(FLOOR, floor)),
        Figure(LONE_HTTPS, "ms", median, least, greatest, lower_is_better=True),
    ]


def _floor() -> Rate:
    return measure([Benchmark(FLOOR, crypto_floor())], rounds=5, seconds_a_round=0.1)[FLOOR]


def _middle(one: Rate, other: Rate) -> Rate:
    return Rate(
        (one.median + other.median) / 2,
        min(one.least, other.least),
        max(one.greatest, other.greatest),
    )


def _show(figures: Sequence[Figure]) -> None:
    table = Table(title="The median of several rounds", title_justify="left")
    for heading in ("", "median", "least", "greatest", "", "ratio", "target"):
        table.add_column(heading, justify="left" if not heading else "right", overflow="fold")
    for figure in figures:
        table.add_row(
            figure.name,
            *(_number(each) for each in (figure.median, figure.least, figure.greatest)),
            figure.unit,
            "" if figure.ratio is None else f"{figure.ratio:.3f} of {figure.beside}",
            _target(figure),
        )
        if figure.note:
            table.add_row(f"  ({figure.note})")
    Console(width=max(Console().width, 150)).print(table)


def _target(figure: Figure) -> str:
    if figure.target is None:
        return ""
    bound = "at most" if figure.lower_is_better else "at least"
    found = {True: "reached", False: "not reached", None: "not measured"}[figure.reached]
    return f"{bound} {figure.target:g}: {found}"


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,.{0 if value >= 100 else 2}f}"
