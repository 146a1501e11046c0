"""The figures of a campaign, for the table and the JSON of ``stayon bench``."""

import asyncio
import time
from pathlib import Path

from stayon.apps.bench.campaign.floor import campaign_floor
from stayon.apps.bench.campaign.running import CampaignRun, run_campaign
from stayon.apps.bench.figures import Figure
from stayon.apps.bench.measuring import Benchmark, measure
from stayon.domain.metering import Generation

_ENOUGH = 800.0
_MOST_MEGABYTES = 600.0


def campaign_figures(
    folder: Path,
    devices: int,
    schema_dir: Path | None,
    generation: Generation = Generation.SMETS2,
) -> list[Figure]:
    """Run a campaign over ``devices`` meters in ``folder``, between two measures of its floor."""
    before = _floor(generation)
    run = asyncio.run(run_campaign(folder, devices, schema_dir, generation))
    return figures_of(run, (before, _floor(generation)), generation)


def figures_of(
    run: CampaignRun, floors: tuple[float, float], generation: Generation = Generation.SMETS2
) -> list[Figure]:
    """What is printed of a run; ``floors`` are CPU microseconds a device before and after it."""
    floor = sum(floors) / 2
    together = run.microseconds
    what = "campaign" if generation is Generation.SMETS2 else "SMETS1 campaign"
    beside = f"{what}: CPU time of the cryptography of one device"
    return [
        _one(f"{what} end to end, {run.devices:,} devices", "a second", run.rate, target=_ENOUGH),
        Figure(beside, "us", floor, min(floors), max(floors)),
        Figure(
            f"{what}: CPU time of all parties, a device",
            "us",
            together,
            together,
            together,
            beside,
            together / floor,
            lower_is_better=True,
        ),
        *(
            _one(f"{what}: CPU time of {party}, a device", "us", microseconds)
            for party, microseconds in run.cpu.items()
        ),
        *(
            _one(f"{what}: most memory of {party}", "MB", megabytes, target=_MOST_MEGABYTES)
            for party, megabytes in run.peaks.items()
        ),
        _one(f"{what}: until the client can begin", "s", run.starting),
    ]


def _one(name: str, unit: str, found: float, *, target: float | None = None) -> Figure:
    """A figure of a single run."""
    lower = unit != "a second"
    return Figure(name, unit, found, found, found, target=target, lower_is_better=lower)


def _floor(generation: Generation) -> float:
    name = "floor"
    benchmark = Benchmark(name, campaign_floor(generation))
    rate = measure([benchmark], rounds=5, seconds_a_round=0.2, timer=time.process_time)[name]
    return rate.microseconds
