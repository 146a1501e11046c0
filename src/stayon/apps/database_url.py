"""The address of a PostgreSQL database, as commands take it."""

import click
from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVER = "postgresql+psycopg"


class DatabaseUrl(click.ParamType[URL]):
    """``postgresql+psycopg://user@host:port/name``; the driver may be left out."""

    name = "URL"

    def convert(
        self, value: str | URL, param: click.Parameter | None, ctx: click.Context | None
    ) -> URL:
        """The parsed address; a usage error for anything else."""
        try:
            url = make_url(value)
        except ArgumentError:
            self.fail(f"{value!r} is not {_DRIVER}://user@host:port/name", param, ctx)
        if url.drivername in ("postgresql", "postgres"):
            url = url.set(drivername=_DRIVER)
        if url.drivername != _DRIVER:
            self.fail(f"{url.drivername} is not served; {_DRIVER} is", param, ctx)
        return url
