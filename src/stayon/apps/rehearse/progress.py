"""What a person sees while a rehearsal runs."""

from collections import Counter
from datetime import datetime
from types import TracebackType
from typing import Protocol, Self

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
from rich.progress import Progress as Bars

from stayon.domain.portfolio import EndState
from stayon.domain.portfolio import Progress as DeviceProgress


class Progress(Protocol):
    """Told of everything that happens; a context manager."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None: ...

    def changed(self, progress: DeviceProgress) -> None:
        """A device has moved on."""
        ...

    def moment(self, at: datetime, what: str) -> None:
        """Something has happened in the event, at a simulated instant (UTC)."""
        ...

    def finishing(self) -> None:
        """All that is left is writing the report."""
        ...


class Quiet:
    """For machines: shows nothing."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, error, traceback

    def changed(self, progress: DeviceProgress) -> None:
        """Nothing to show."""

    def moment(self, at: datetime, what: str) -> None:
        """Nothing to show."""

    def finishing(self) -> None:
        """Nothing to show."""


class Watched:
    """A line for each moment of the event, a bar for the devices that have ended."""

    def __init__(self, console: Console, devices: int) -> None:
        self._console = console
        self._devices = devices
        self._ends: dict[bytes, EndState] = {}
        self._counts: Counter[EndState] = Counter()
        self._bars = Bars(
            TextColumn("{task.description}"),
            BarColumn(bar_width=40),
            MofNCompleteColumn(),
            TextColumn("{task.fields[detail]}"),
            console=console,
        )
        self._bar = self._bars.add_task("Preparing the world", total=devices, detail="")

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        del kind, error, traceback
        self._bars.stop()

    def changed(self, progress: DeviceProgress) -> None:
        """See ``Progress.changed``."""
        if progress.end is None:
            return
        device = progress.device_id.octets
        before = self._ends.get(device)
        if before is not None:
            self._counts[before] -= 1
        self._ends[device] = progress.end
        self._counts[progress.end] += 1
        detail = ", ".join(
            f"{number} {end.value.replace('_', ' ')}"
            for end, number in self._counts.items()
            if number
        )
        self._bars.update(self._bar, completed=len(self._ends), detail=detail)

    def moment(self, at: datetime, what: str) -> None:
        """See ``Progress.moment``."""
        self._console.print(f"[dim]{at:%a %d %b %H:%M} UTC[/dim]  {what}")
        self._bars.update(self._bar, description="Meters at an end state")

    def finishing(self) -> None:
        """See ``Progress.finishing``."""
        self._bars.update(self._bar, description="Writing the report")
