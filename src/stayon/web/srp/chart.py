"""Meters safe over time, drawn as SVG on the server."""

import io
from datetime import datetime, timedelta
from itertools import accumulate
from threading import Lock

from stayon.web.srp.milestones import SafeTimes

_SAFE = "#0b6e4f"
_MOST_POINTS = 150
_drawing = Lock()
"""matplotlib draws one picture at a time."""


def safe_over_time(made_safe: SafeTimes, devices: int, began: datetime) -> bytes:
    """The SVG document: how many of ``devices`` were safe how long after ``began``."""
    # Loading matplotlib takes as long as all else that serving needs before it begins.
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    seconds = [max(0.0, (at - began).total_seconds()) for at, _ in made_safe]
    sums = list(accumulate(number for _, number in made_safe))
    # Every so many points are enough for the eye; the last one counts.
    step = max(1, len(seconds) // _MOST_POINTS)
    kept = [*range(0, len(seconds), step), len(seconds) - 1] if seconds else []
    unit, words = _unit(seconds[-1] if seconds else 0.0)
    with _drawing, mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "stayon"}):
        figure = Figure(figsize=(8.2, 3.0), layout="constrained")
        axes = figure.subplots()
        across = [0.0, *(seconds[each] / unit for each in kept)]
        axes.step(across, [0, *(sums[each] for each in kept)], where="post", color=_SAFE)
        axes.fill_between(
            across, [0, *(sums[each] for each in kept)], step="post", color=_SAFE, alpha=0.12
        )
        axes.axhline(devices, color="#444444", linewidth=0.9, linestyle=":")
        axes.set_xlabel(f"{words} since the campaign was started")
        axes.set_ylabel("meters safe")
        axes.set_ylim(0, devices * 1.06)
        axes.set_xlim(left=0)
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        text = io.StringIO()
        figure.savefig(text, format="svg", metadata={"Date": None, "Creator": None})
    return text.getvalue().encode()


def _unit(longest: float) -> tuple[float, str]:
    """Seconds in the unit in which a time of ``longest`` seconds reads well, and its name."""
    for unit, words in ((timedelta(days=1), "days"), (timedelta(hours=1), "hours")):
        if longest >= 3 * unit.total_seconds():
            return unit.total_seconds(), words
    return (60.0, "minutes") if longest >= 180 else (1.0, "seconds")
