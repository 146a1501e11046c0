"""Where the services of a running world are: ``--world DIR`` or ``--url``."""

import functools
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from stayon.domain.errors import StayonError

WORLD_FILE = "world.json"


class WorldError(StayonError):
    """A world's folder that does not say where its services are."""


def service_url(world: Path | None, url: str | None, service: str) -> str:
    """The base address of one service, without a slash at its end.

    ``url`` is taken as it is; otherwise ``services.<service>`` of the world.json in ``world``.
    """
    if url is not None:
        return url.rstrip("/")
    if world is None:
        raise click.UsageError(
            "say which world: --world DIR (what 'stayon serve' printed) or --url ADDRESS"
        )
    path = world / WORLD_FILE
    try:
        found = json.loads(path.read_bytes())["services"][service]
    except FileNotFoundError:
        raise WorldError(f"{path} does not exist: is a world running in {world}?") from None
    except (ValueError, KeyError, TypeError):
        raise WorldError(f"{path} does not say where the service {service!r} is") from None
    if not isinstance(found, str):
        raise WorldError(f"{path} does not say where the service {service!r} is")
    return found.rstrip("/")


def world_options(service: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Add ``--world`` and ``--url`` to a command; it gets the base address as ``base``."""

    def decorate(command: Callable[..., Any]) -> Callable[..., Any]:
        @click.option(
            "--world",
            type=click.Path(path_type=Path, file_okay=False),
            envvar="STAYON_WORLD",
            help="Folder of a running world, which has a world.json in it.",
        )
        @click.option("--url", help=f"Base address of the {service} service, instead of --world.")
        @functools.wraps(command)
        def wrapped(*, world: Path | None, url: str | None, **options: Any) -> Any:
            return command(base=service_url(world, url, service), **options)

        return wrapped

    return decorate
