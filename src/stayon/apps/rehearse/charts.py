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

from stayon.apps.rehearse.result import Rehearsal, SupplySeries  # noqa: E402

_WITH = "#0b6e4f"
_WITHOUT = "#b23a48"


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
    minutes = [max(seconds, 1.0) / 60 for seconds in rehearsal.safe_times]
    figure = Figure(figsize=(8.2, 3.0), layout="constrained")
    axes = figure.subplots()
    if minutes:
        axes.step(minutes, range(1, len(minutes) + 1), where="post", color=_WITH)
        axes.set_xscale("log")
    axes.axhline(len(rehearsal.devices), color="#666666", linewidth=0.8, linestyle=":")
    axes.set_xlabel("minutes since the first request (logarithmic)")
    axes.set_ylabel("devices safe")
    axes.set_ylim(bottom=0)
    return _svg(figure)


def _svg(figure: Figure) -> str:
    text = io.StringIO()
    figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    drawing = text.getvalue()
    return drawing[drawing.index("<svg") :]
