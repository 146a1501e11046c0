"""Who speaks to which SSMI: the options that every ``stayon ssmi`` command has."""

import functools
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from stayon.adapters.http import json_client
from stayon.apps.cli.world_address import service_url
from stayon.domain.errors import StayonError

OPERATORS_FILE = "operators.json"
"""In a world's folder: ``{"name": "token", ...}``, readable by its owner only."""


class OperatorError(StayonError):
    """It is not known who wants to do something."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where the SSMI is, and who asks."""

    base: str
    token: str

    def get(self, path: str, **query: str | None) -> Any:
        """GET below the API; what is None is not asked for."""
        given = {name: value for name, value in query.items() if value is not None}
        return json_client.get(f"{self.base}/api/v1/{path}", given or None, token=self.token)

    def upload(self, path: str, content: bytes, content_type: str) -> Any:
        """POST a file below the API."""
        address = f"{self.base}/api/v1/{path}"
        return json_client.post_bytes(address, content, content_type, token=self.token)

    def post(self, path: str, document: Any) -> Any:
        """POST a JSON document below the API."""
        return json_client.post(f"{self.base}/api/v1/{path}", document, token=self.token)


def _token(world: Path | None, operator: str | None, token: str | None) -> str:
    if token is not None:
        return token
    if world is None or operator is None:
        raise click.UsageError("say who you are: --as NAME with --world DIR, or --token TOKEN")
    path = world / OPERATORS_FILE
    try:
        found = json.loads(path.read_bytes())[operator]
    except FileNotFoundError:
        raise OperatorError(f"{path} does not exist: which operators has this world?") from None
    except (ValueError, KeyError, TypeError):
        raise OperatorError(f"{path} has no operator {operator!r}") from None
    return str(found)


def ssmi_command(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command has; it gets a ``session`` and ``as_json``."""

    @click.option(
        "--world",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="STAYON_WORLD",
        help="Folder of a running world, which has a world.json in it.",
    )
    @click.option("--url", help="Base address of the ssmi service, instead of --world.")
    @click.option(
        "--as", "operator", envvar="STAYON_OPERATOR", help="Your name among the world's operators."
    )
    @click.option("--token", envvar="STAYON_SSMI_TOKEN", help="Your token, instead of --as.")
    @click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
    @functools.wraps(command)
    def wrapped(
        *,
        world: Path | None,
        url: str | None,
        operator: str | None,
        token: str | None,
        **options: Any,
    ) -> None:
        base = service_url(world, url, "ssmi")
        command(session=Session(base, _token(world, operator, token)), **options)

    return wrapped
