"""HTML from templates: escaped, with times in UTC and in local time, and one look for all."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from starlette.responses import HTMLResponse

from stayon.web import words

_LOCAL = ZoneInfo("Europe/London")


@dataclass(frozen=True, slots=True)
class Link:
    """A place to go to, in the navigation."""

    path: str
    title: str


@dataclass(frozen=True, slots=True)
class Said:
    """What the page says first: what came of the last action. ``well`` is false for a refusal."""

    words: str
    well: bool = True


class Templates:
    """The templates of the pages, compiled once."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=PackageLoader("stayon.web"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.filters.update(
            instant=instant,
            number=number,
            octets=octets,
            duration=duration,
            share=share,
            seconds=lambda value: duration(timedelta(seconds=value)),
            route=words.route,
            target=words.target,
            job=words.job,
            answer=words.answer,
            alert=words.alert,
        )

    def text(self, template: str, context: Mapping[str, Any]) -> str:
        """A template filled in; ``template`` is its path without ``.html.j2``."""
        return self._environment.get_template(f"{template}.html.j2").render(context)

    def response(
        self, template: str, context: Mapping[str, Any], status: int = 200
    ) -> HTMLResponse:
        """A whole page. It is never kept by the browser: it shows what was true at one moment."""
        return HTMLResponse(
            self.text(template, {"said": None, **context}),
            status,
            headers={"Cache-Control": "no-store"},
        )


def instant(at: datetime | None) -> Markup:
    """An instant in UTC, and in local time where that differs from it."""
    if at is None:
        return Markup('<span class="none">none</span>')
    at = at.astimezone(UTC)
    local = at.astimezone(_LOCAL)
    in_utc = f"{at:%-d %b %Y %H:%M:%S} UTC"
    in_local = f"{local:%H:%M} {local.tzname()}"
    if local.date() != at.date():
        in_local = f"{local:%-d %b} {in_local}"
    return Markup('<time datetime="{}">{} <span class="local">({})</span></time>').format(
        at.isoformat(), in_utc, in_local
    )


def number(value: int) -> str:
    """A whole number with its thousands apart, as British readers write it."""
    return f"{value:,}"


def duration(value: timedelta) -> str:
    """A duration in its two largest units: ``2 h 46 min``."""
    seconds = max(0, round(value.total_seconds()))
    parts = [
        (seconds // 86400, "d"),
        (seconds // 3600 % 24, "h"),
        (seconds // 60 % 60, "min"),
        (seconds % 60, "s"),
    ]
    first = next((index for index, (count, _) in enumerate(parts) if count), 3)
    return " ".join(f"{count} {unit}" for count, unit in parts[first : first + 2] if count) or "0 s"


def share(part: int, whole: int) -> str:
    """A part in per cent, which says 100 % only of all and 0 % only of nothing."""
    if not whole:
        return "0 %"
    value = 100 * part / whole
    if 0 < value < 0.1:
        return "< 0.1 %"
    if 99.9 < value < 100:
        return "> 99.9 %"
    return f"{value:.0f} %" if value in (0, 100) else f"{value:.1f} %"


def octets(value: bytes) -> str:
    """Octets in upper-case hex, thirty-two to a line."""
    text = value.hex().upper()
    return "\n".join(text[start : start + 64] for start in range(0, len(text), 64))
