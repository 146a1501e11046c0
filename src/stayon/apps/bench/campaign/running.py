"""Starts the processes of a campaign, lets it run, and gathers what each has used."""

import asyncio
import json
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from stayon.apps.bench.campaign.setting import Setting
from stayon.domain.metering import Generation

_MODULE = "stayon.apps.bench.campaign"
_SECONDS_TO_END = 20.0


@dataclass(frozen=True, slots=True)
class CampaignRun:
    """A campaign that is over.

    ``cpu`` are CPU microseconds a device for each party, ``peaks`` the megabytes at the most of
    each process; ``seconds`` pass from the first request to the written results, and ``starting``
    from nothing to the moment at which the client could begin.
    """

    devices: int
    seconds: float
    starting: float
    cpu: dict[str, float]
    peaks: dict[str, float]

    @property
    def rate(self) -> float:
        """Devices a second."""
        return self.devices / self.seconds

    @property
    def microseconds(self) -> float:
        """CPU time of all parties together, a device."""
        return sum(self.cpu.values())


class _Party:
    """One process, spoken to line by line."""

    def __init__(self, name: str, process: Process) -> None:
        self.name = name
        self._process = process

    async def line(self) -> str:
        assert self._process.stdout is not None  # noqa: S101 - it is a pipe
        line = (await self._process.stdout.readline()).decode().strip()
        if not line:
            raise RuntimeError(f"the campaign's {self.name} process has ended early")
        return line

    def tell(self, line: str = "") -> None:
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.write(f"{line}\n".encode())

    async def used(self) -> dict[str, float]:
        found: dict[str, float] = json.loads(await self.line())
        return found

    async def died(self) -> None:
        """Return when the process has ended."""
        await self._process.wait()

    async def end(self) -> None:
        """Let it end by itself; one that does not is ended."""
        assert self._process.stdin is not None  # noqa: S101 - it is a pipe
        self._process.stdin.close()
        try:
            async with asyncio.timeout(_SECONDS_TO_END):
                await self._process.wait()
        except TimeoutError:
            self._process.kill()
            await self._process.wait()


@asynccontextmanager
async def _party(name: str, *arguments: str) -> AsyncIterator[_Party]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", f"{_MODULE}.{name}_side", *arguments, stdin=PIPE, stdout=PIPE
    )
    party = _Party(name, process)
    try:
        yield party
    finally:
        await party.end()


async def _unless_died(
    waiting: Coroutine[None, None, dict[str, float]], *others: _Party
) -> dict[str, float]:
    """What is waited for; without one of the other processes it would never come."""
    wanted = asyncio.create_task(waiting)
    deaths = {asyncio.create_task(other.died()): other.name for other in others}
    done, _ = await asyncio.wait((wanted, *deaths), return_when=asyncio.FIRST_COMPLETED)
    for task in (wanted, *deaths):
        if task not in done:
            task.cancel()
    if wanted in done:
        return wanted.result()
    names = ", ".join(name for task, name in deaths.items() if task in done)
    raise RuntimeError(f"the campaign's {names} process has ended early")


async def run_campaign(
    folder: Path,
    devices: int,
    schema_dir: Path | None,
    generation: Generation = Generation.SMETS2,
) -> CampaignRun:
    """Run one in ``folder``; raises ``RuntimeError`` unless every meter was made safe."""
    schemas = None if schema_dir is None else str(schema_dir)
    Setting(str(folder), devices, schemas, generation.value).write()
    carriers = "CSPs" if generation is Generation.SMETS2 else "S1SPs"
    began = time.perf_counter()
    async with AsyncExitStack() as stack:
        csp, client, dsp = [
            await stack.enter_async_context(_party(name, str(folder)))
            for name in ("devices", "client", "dsp")
        ]
        client_url = await client.line()
        client.tell(await dsp.line())
        await csp.line()
        for party in (dsp, client):  # the keys are there
            party.tell()
        dsp.tell(f"{await csp.line()} {client_url}")
        for party in (dsp, client):
            await party.line()
        starting = time.perf_counter() - began
        for party in (csp, dsp, client):
            party.tell()
        by_client = await _unless_died(client.used(), csp, dsp)
        for party in (csp, dsp):
            party.tell()
        by_csp, by_dsp = await csp.used(), await dsp.used()
    if by_client["safe"] != devices:
        raise RuntimeError(f"only {by_client['safe']:.0f} of {devices} meters were made safe")
    share = 1e6 / devices
    return CampaignRun(
        devices,
        by_client["seconds"],
        starting,
        cpu={
            "client": by_client["cpu"] * share,
            "DSP": by_dsp["cpu"] * share,
            carriers: (by_csp["cpu"] - by_csp["meters"]) * share,
            "meters": by_csp["meters"] * share,
        },
        peaks={
            "client": by_client["peak_mb"],
            "DSP": by_dsp["peak_mb"],
            f"{carriers} and meters": by_csp["peak_mb"],
        },
    )
