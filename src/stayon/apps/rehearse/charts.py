"""The report's charts, as SVG text that stands inside the page."""

import io
from datetime import datetime, timedelta

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

from matplotlib.figure import Figure  # noqa: E402 - the backend must be chosen first
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator  # noqa: E402

from stayon.apps.rehearse.result import Rehearsal, SupplySeries  # noqa: E402

_WITH = "#0b6e4f"
_WITHOUT = "#b23a48"
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


def homes_off_supply(supply: SupplySeries, began: datetime) -> str:
    """Homes off supply over the days since the failure, with and without."""
    days = [(instant - began) / timedelta(days=1) for instant in supply.instants]
    figure = Figure(figsize=(8.2, 3.4), layout="constrained")
    axes = figure.subplots()
    axes.fill_between(days, supply.off_without, supply.off_with, color=_WITHOUT, alpha=0.10)
    axes.plot(days, supply.off_without, color=_WITHOUT, linestyle="--", label="nothing done")
    axes.plot(days, supply.off_with, color=_WITH, label="with Stayon")
    axes.set_xlabel("days since the supplier failed")
    axes.set_ylabel("homes off supply")
    axes.set_xlim(min(days), max(days))
    axes.set_ylim(bottom=0)
    axes.legend(frameon=False, loc="upper left")
    return _svg(figure)


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
    axes.set_xlabel("since the first request (logarithmic)")
    axes.set_ylabel("devices safe")
    axes.set_ylim(bottom=0)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]
