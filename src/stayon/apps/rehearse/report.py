"""The rehearsal's report: one HTML file that needs nothing else."""

import json
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from zoneinfo import ZoneInfo

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape

from stayon.apps.rehearse import charts
from stayon.apps.rehearse.figure_files import write_figures
from stayon.apps.rehearse.figures import figures
from stayon.apps.rehearse.result import Rehearsal, summary
from stayon.apps.world.assumptions import Assumptions
from stayon.domain.portfolio import EndState

_TEMPLATE = "report.html.j2"
_COMMAND = "stayon rehearse"
_HOMES_SHOWN = 30
_MINUTES_SHOWN = 30
_LONDON = ZoneInfo("Europe/London")


def write_report(
    rehearsal: Rehearsal, assumptions: Assumptions, folder: Path, command: str = _COMMAND
) -> Path:
    """Write report, summary and figures into ``folder``; return the report's path.

    ``command`` is what a reader types to get the same report.
    """
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(summary(rehearsal), indent=2)
    (folder / "summary.json").write_text(text + "\n", encoding="utf-8")
    write_figures(figures(rehearsal, assumptions, command), folder)
    report = folder / "report.html"
    report.write_text(render(rehearsal, assumptions, command), encoding="utf-8")
    return report


def render(rehearsal: Rehearsal, assumptions: Assumptions, command: str = _COMMAND) -> str:
    """The report as HTML text."""
    return (
        _environment()
        .get_template(_TEMPLATE)
        .render(
            r=rehearsal,
            f=figures(rehearsal, assumptions, command),
            s=summary(rehearsal),
            ends=list(EndState),
            reasons=rehearsal.reasons(),
            homes_shown=_HOMES_SHOWN,
            minutes_shown=_MINUTES_SHOWN,
            chart_supply=charts.homes_off_supply(rehearsal),
            chart_safe=charts.devices_safe(rehearsal),
        )
    )


def duration(seconds: float | None) -> str:
    """Seconds as people read them: ``45 s``, ``12 min``, ``3 h 05 min``, ``2.5 d``."""
    if seconds is None:
        return "none"
    if seconds < 60:
        return f"{seconds:.0f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 48 * 3600:
        minutes = round(seconds / 60)
        return f"{minutes // 60} h {minutes % 60:02d} min"
    return f"{timedelta(seconds=seconds) / timedelta(days=1):.1f} d"


def _money(pounds: float | None) -> str:
    """Pounds as people read them; None is what nobody has priced."""
    return "not priced" if pounds is None else f"£{pounds:,.0f}"


def _value(value: object) -> str:
    """A figure as people read it, with its thousands apart."""
    if value is None:
        return "none"
    if isinstance(value, int | float):
        return f"{value:,}"
    return _utc(value) if isinstance(value, datetime) else str(value)


def _to_the_minute(instant: str) -> str:
    """An instant of the files, for a table of a printed page."""
    return instant[:16].replace("T", " ")


def _to_the_second(instant: str) -> str:
    """An instant of the files, in which a campaign's first minute can be followed."""
    return instant[:19].replace("T", " ")


def _local_time(instant: str) -> str:
    """An instant of the files in local time; its day is beside it, in UTC."""
    return datetime.fromisoformat(instant).astimezone(_LONDON).strftime("%H:%M %Z")


def _utc(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%d %H:%M UTC")


def _local(instant: datetime) -> str:
    return instant.astimezone(_LONDON).strftime("%A %d %B %Y, %H:%M %Z")


def _environment() -> Environment:
    template = files("stayon.apps.rehearse").joinpath("templates", _TEMPLATE).read_text("utf-8")
    environment = Environment(
        loader=DictLoader({_TEMPLATE: template}),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
    )
    environment.filters.update(
        duration=duration,
        money=_money,
        value=_value,
        minute=_to_the_minute,
        seconds=_to_the_second,
        local_time=_local_time,
        utc=_utc,
        local=_local,
    )
    return environment
