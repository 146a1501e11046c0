"""How a campaign is going, for the person who started it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Protocol

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from stayon.domain.portfolio import EndState, Stage
from stayon.parties.srp.summary import Summary
from stayon.parties.srp.tracking import Tracking

_REFRESH = 0.25
_A_LINE_EVERY = 5.0
_REASONS_SHOWN = 10

END_WORDS = {
    EndState.SAFE: "the meter's own signed success was verified",
    EndState.ALREADY_SAFE: "proved by an earlier campaign",
    EndState.REFUSED: "by the DCC, an S1SP or the meter",
    EndState.NEEDS_LOCAL_DELIVERY: "not reached, Command in the field pack",
    EndState.UNREACHABLE: "not reached, on the people's list",
}
_STAGE_WORDS = {
    Stage.PLANNED: "waiting for its turn",
    Stage.NUMBERED: "being transformed and signed",
    Stage.SIGNED: "being sent",
    Stage.ACKNOWLEDGED: "accepted by the DSP, outcome awaited",
}


class Display(Protocol):
    """Shows a campaign while it runs."""

    def showing(self, tracking: Tracking) -> AbstractAsyncContextManager[None]:
        """Show what ``tracking`` has until the block ends."""
        ...


class LiveDisplay:
    """A bar on a terminal."""

    def __init__(self, devices: int) -> None:
        self._devices = devices

    @asynccontextmanager
    async def showing(self, tracking: Tracking) -> AsyncIterator[None]:
        """See ``Display``."""
        with Progress(
            TextColumn("devices"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        ) as bar:
            task = bar.add_task("", total=self._devices, counts="")

            def show() -> None:
                bar.update(task, completed=tracking.ended, counts=_counts(tracking))

            async with _repeated(show, _REFRESH):
                yield


class PlainDisplay:
    """A line now and then on stderr, when something has changed."""

    def __init__(self, devices: int) -> None:
        self._devices = devices
        self._last = ""

    @asynccontextmanager
    async def showing(self, tracking: Tracking) -> AsyncIterator[None]:
        """See ``Display``."""

        def show() -> None:
            line = f"{tracking.ended} of {self._devices} devices have ended"
            counts = _counts(tracking)
            line += f": {counts}" if counts else ""
            if line != self._last:
                self._last = line
                click.echo(line, err=True)

        async with _repeated(show, _A_LINE_EVERY):
            yield


@asynccontextmanager
async def _repeated(show: Callable[[], None], seconds: float) -> AsyncIterator[None]:
    async def repeat() -> None:
        while True:
            show()
            await asyncio.sleep(seconds)

    showing = asyncio.create_task(repeat())
    try:
        yield
    finally:
        showing.cancel()
        show()


def _counts(tracking: Tracking) -> str:
    """The end states that occur, with their numbers."""
    counts = ((end.value.replace("_", " "), tracking.count(end)) for end in EndState)
    return ", ".join(f"{name} {number}" for name, number in counts if number)


def table(summary: Summary) -> Table:
    """What became of the devices, for people."""
    shown = Table("State", "Devices", "Meaning")
    shown.columns[1].justify = "right"
    for end in EndState:
        shown.add_row(end.value, str(summary.ends[end]), END_WORDS[end])
    for stage, words in _STAGE_WORDS.items():
        if summary.under_way[stage]:
            shown.add_row(stage.value, str(summary.under_way[stage]), words)
    shown.add_section()
    for (end, code, words), number in summary.reasons.most_common(_REASONS_SHOWN):
        shown.add_row(f"  {end.value} {code}".rstrip(), str(number), words)
    shown.add_section()
    shown.add_row("devices", str(summary.devices), "in the portfolio")
    return shown
