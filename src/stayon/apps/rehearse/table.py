"""The table at the end of a rehearsal."""

from pathlib import Path

from rich.console import Console
from rich.table import Table

from stayon.apps.rehearse.report import duration
from stayon.apps.rehearse.result import Rehearsal
from stayon.domain.portfolio import EndState

_WORDS = {
    EndState.SAFE: "safe",
    EndState.ALREADY_SAFE: "already safe",
    EndState.REFUSED: "refused",
    EndState.NEEDS_LOCAL_DELIVERY: "local delivery",
    EndState.UNREACHABLE: "unreachable",
}


def print_result(result: Rehearsal, report: Path, console: Console) -> None:
    """Print where every meter ended, the time to safe, and the homes kept on supply."""
    console.print()
    console.print(_end_states(result))
    times = Table(show_header=False, box=None, pad_edge=False)
    for words, share in (("half", 0.5), ("95 %", 0.95), ("the last", 1.0)):
        times.add_row(
            f"Time until {words} of them were safe", duration(result.seconds_to_safe(share))
        )
    times.add_row("Homes off supply, with Stayon", f"[bold green]{result.homes_off_with}[/]")
    times.add_row("Homes off supply, nothing done", f"[bold red]{result.homes_off_without}[/]")
    times.add_row("Homes already off when the supplier failed", str(result.homes_already_off))
    if result.endings is not None:
        ended = result.endings
        times.add_row(
            "Gained by the Supplier of Last Resort", f"{ended.gained} of {ended.moved} devices"
        )
        codes = ", ".join(f"{code} {number}" for code, number in ended.refused_after.items())
        times.add_row("Contingency requests after that", codes or "none sent")
        for words, number in ended.not_gained.items():
            times.add_row("  not gained", f"{number}: {words}")
    if result.alerts is not None:
        words = ", ".join(f"{code} {number}" for code, number in result.alerts.items())
        times.add_row("Device Alerts at the failed supplier", words or "none")
    console.print(times)
    for end, code, words, number in result.reasons():
        shown = f" ({code})" if code else ""
        console.print(f"[dim]{number:6}  {_WORDS[end]}{shown}: {words}[/dim]", highlight=False)
    # Not wrapped: a path that is broken over two lines cannot be copied.
    line = f"\nReport: {report}   ({result.wall_seconds:.0f} s)"
    console.print(line, highlight=False, soft_wrap=True)


def _end_states(result: Rehearsal) -> Table:
    table = Table(title="Where every meter ended", title_justify="left")
    table.add_column("reached through", no_wrap=True)
    table.add_column("fuel", no_wrap=True)
    ends = [end for end in EndState if result.count(end) or end is not EndState.ALREADY_SAFE]
    for end in ends:
        table.add_column(_WORDS[end], justify="right")
    for route, fuel, _, counts in result.by_route():
        table.add_row(route.value, fuel.value, *(str(counts[end]) for end in ends))
    table.add_section()
    table.add_row("all", "", *(str(result.count(end)) for end in ends), style="bold")
    return table
