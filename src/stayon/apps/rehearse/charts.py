"""The report's charts, as SVG text that stands inside the page."""

import io
from datetime import timedelta

import matplotlib as mpl

mpl.use("svg")
mpl.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "stayon",
        "font.family": "sans-serif",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "grid.alpha": 0.25,
    }
)

from matplotlib.axes import Axes  # noqa: E402 - the backend must be chosen first
from matplotlib.figure import Figure  # noqa: E402
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator  # noqa: E402

from stayon.apps.rehearse.result import Rehearsal  # noqa: E402

_WITH = "#0b6e4f"
_LINES = {
    "stayon": (_WITH, "-"),
    "nothing_done": ("#b23a48", "--"),
    "by_hand": ("#1f4e8c", "-."),
    "credit_mode": ("#555555", ":"),
}
"""Colour and dashes; the dashes tell the lines apart in grey."""
_TIME_MARKS = (
    (1, "1 s"),
    (10, "10 s"),
    (60, "1 min"),
    (600, "10 min"),
    (3600, "1 h"),
    (6 * 3600, "6 h"),
    (86400, "1 day"),
    (7 * 86400, "1 week"),
)


def homes_off_supply(rehearsal: Rehearsal) -> str:
    """Homes off supply over the days since the failure, each way to act named at its line."""
    began = rehearsal.failed_at
    days = [(instant - began) / timedelta(days=1) for instant in rehearsal.supply.instants]
    figure = Figure(figsize=(8.2, 3.8), layout="constrained")
    axes = figure.subplots()
    for each in rehearsal.alternatives:
        colour, dashes = _LINES[each.name]
        axes.plot(days, each.off_by_hour, color=colour, linestyle=dashes, label=each.words)
    axes.set_title("Homes off supply for want of credit", loc="left", fontsize=11)
    axes.set_xlabel("days since the supplier failed")
    axes.set_ylabel("homes off supply")
    axes.set_xlim(min(days), max(days))
    axes.set_ylim(bottom=0)
    _name_the_lines(axes, rehearsal, days[-1])
    return _svg(
        figure, "Homes off supply over the days, by the way to act; the figures are in a table"
    )


def _name_the_lines(axes: Axes, rehearsal: Rehearsal, right: float) -> None:
    """Name each line beside the plot at its peak's height, far enough from one another."""
    highest = max((max(each.off_by_hour) for each in rehearsal.alternatives), default=0) or 1
    least = highest * 0.09
    lowest_free = 0.0
    for each in sorted(rehearsal.alternatives, key=lambda one: max(one.off_by_hour)):
        colour, _ = _LINES[each.name]
        height = max(float(max(each.off_by_hour)), lowest_free)
        lowest_free = height + least
        words = f"{each.words}: at most {max(each.off_by_hour)}"
        axes.annotate(
            words, (right, height), (6, 0), textcoords="offset points", va="center", color=colour
        )


def devices_safe(rehearsal: Rehearsal) -> str:
    """Devices made safe over the hours since the first request; the time axis is logarithmic."""
    seconds = [max(each, 1.0) for each in rehearsal.safe_times]
    figure = Figure(figsize=(8.2, 3.0), layout="constrained")
    axes = figure.subplots()
    if seconds:
        axes.step(seconds, range(1, len(seconds) + 1), where="post", color=_WITH)
        axes.set_xscale("log")
        axes.set_xlim(1, max(*seconds, 60) * 1.3)
        axes.xaxis.set_major_locator(FixedLocator([at for at, _ in _TIME_MARKS]))
        axes.xaxis.set_major_formatter(FixedFormatter([words for _, words in _TIME_MARKS]))
        axes.xaxis.set_minor_locator(NullLocator())
    axes.axhline(len(rehearsal.devices), color="#666666", linewidth=0.8, linestyle=":")
    axes.set_title("Meters made safe", loc="left", fontsize=11)
    axes.annotate(
        f"all {len(rehearsal.devices)} meters",
        (1, len(rehearsal.devices)),
        (4, -12),
        textcoords="offset points",
        color="#555555",
    )
    axes.set_xlabel("since the first request (logarithmic)")
    axes.set_ylabel("meters safe")
    axes.set_ylim(bottom=0)
    return _svg(figure, "Meters made safe over the time since the first request")


def _svg(figure: Figure, says: str) -> str:
    """The drawing as one picture to a screen reader, which would spell out every mark else."""
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawing = text.getvalue()
    start = drawing.index("<svg") + len("<svg")
    return f'<svg role="img" aria-label="{says}"{drawing[start:]}'
