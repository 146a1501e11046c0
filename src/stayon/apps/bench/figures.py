"""Figures as they are printed and written: what was measured, beside what, and what is asked."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from stayon.apps.bench.measuring import Rate


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure in ``unit``: the median of several rounds, the least and the greatest.

    ``ratio`` is the median over that of ``beside``, which ran in the same minute. ``target`` is
    what issue 5 asks, of the ratio where there is one, else of the median; at least so much, or
    at most if ``lower_is_better``. ``note`` says why there is no figure, or no ratio.
    """

    name: str
    unit: str
    median: float | None
    least: float | None
    greatest: float | None
    beside: str | None = None
    ratio: float | None = None
    target: float | None = None
    lower_is_better: bool = False
    note: str = ""

    @property
    def reached(self) -> bool | None:
        """Whether the target is reached; None where there is none."""
        found = self.median if self.ratio is None and self.beside is None else self.ratio
        if self.target is None or found is None:
            return None
        return found <= self.target if self.lower_is_better else found >= self.target


def rate_figure(
    name: str,
    rate: Rate,
    *,
    beside: tuple[str, Rate] | None = None,
    target: float | None = None,
    note: str = "",
) -> Figure:
    """A rate, and its ratio to another one."""
    other, ratio = None, None
    if beside is not None:
        other, ratio = beside[0], rate.median / beside[1].median
    return Figure(
        name,
        "a second",
        rate.median,
        rate.least,
        rate.greatest,
        other,
        ratio,
        target,
        note=note,
    )


def missing(name: str, beside: str, target: float, why: str) -> Figure:
    """A ratio that cannot be had here, and why."""
    return Figure(name, "a second", None, None, None, beside, None, target, note=why)


def as_json(figures: Sequence[Figure]) -> list[dict[str, object]]:
    """The figures for a file, with whether each target was reached."""
    return [asdict(figure) | {"reached": figure.reached} for figure in figures]
