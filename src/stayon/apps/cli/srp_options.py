"""Values that people give to ``stayon srp``."""

import re
from datetime import timedelta

import click

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_DURATION = re.compile(r"([0-9]{1,6})([smhd])")


class Pace(click.ParamType[float]):
    """Requests a second, as ``20`` or ``20/s``."""

    name = "N/s"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> float:
        """See ``click.ParamType``."""
        if isinstance(value, float):
            return value
        text = str(value).removesuffix("/s")
        try:
            pace = float(text)
        except ValueError:
            pace = 0.0
        if not 0 < pace <= 10_000:
            self.fail(f"{str(value)[:40]!r} is not a number of requests a second", param, ctx)
        return pace


class Durations(click.ParamType[tuple[timedelta, ...]]):
    """Durations between commas, as ``30s,5m,4h,2d``; ``none`` for none at all."""

    name = "1h,4h,..."

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[timedelta, ...]:
        """See ``click.ParamType``."""
        if isinstance(value, tuple):
            return value
        if value == "none":
            return ()
        parts = [_DURATION.fullmatch(part) for part in str(value).split(",")]
        if None in parts:
            self.fail(f"{str(value)[:40]!r}: write durations as 30s, 5m, 4h or 2d", param, ctx)
        return tuple(timedelta(**{_UNITS[part[2]]: int(part[1])}) for part in parts if part)
