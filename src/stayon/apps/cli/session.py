"""Who speaks to an interface of a running world: the options that its commands share."""

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


class PersonUnknownError(StayonError):
    """It is not known who wants to do something."""


@dataclass(frozen=True, slots=True)
class Session:
    """Where the interface is, and who asks."""

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


@dataclass(frozen=True, slots=True)
class Interface:
    """An interface and the people who may use it.

    ``people_file`` is in the world's folder and readable by its owner only; ``token_of`` takes what
    it holds under a person's name. ``person`` is what such a person is called.
    """

    service: str
    people_file: str
    person: str
    token_of: Callable[[Any], str]

    def command(self, command: Callable[..., None]) -> Callable[..., None]:
        """Add the options that every command has; it gets a ``session`` and ``as_json``."""
        variable = f"STAYON_{self.service.upper()}_TOKEN"

        @click.option(
            "--world",
            type=click.Path(path_type=Path, file_okay=False),
            envvar="STAYON_WORLD",
            help="Folder of a running world, which has a world.json in it.",
        )
        @click.option(
            "--url", help=f"Base address of the {self.service} service, instead of --world."
        )
        @click.option(
            "--as",
            "name",
            envvar=f"STAYON_{self.person.upper()}",
            help=f"Your name among the world's {self.person}s.",
        )
        @click.option("--token", envvar=variable, help="Your token, instead of --as.")
        @click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
        @functools.wraps(command)
        def wrapped(
            *,
            world: Path | None,
            url: str | None,
            name: str | None,
            token: str | None,
            **options: Any,
        ) -> None:
            base = service_url(world, url, self.service)
            command(session=Session(base, self._token(world, name, token)), **options)

        return wrapped

    def _token(self, world: Path | None, name: str | None, token: str | None) -> str:
        if token is not None:
            return token
        if world is None or name is None:
            raise click.UsageError("say who you are: --as NAME with --world DIR, or --token TOKEN")
        path = world / self.people_file
        try:
            return self.token_of(json.loads(path.read_bytes())[name])
        except FileNotFoundError:
            raise PersonUnknownError(
                f"{path} does not exist: which {self.person}s has this world?"
            ) from None
        except (ValueError, KeyError, TypeError):
            raise PersonUnknownError(f"{path} has no {self.person} {name!r}") from None


def _token_of_officer(person: Any) -> str:
    return str(person["token"])


ssmi_command = Interface("ssmi", "operators.json", "operator", str).command
"""For each command of ``stayon ssmi``; the file is ``{"name": "token", ...}``."""
ssi_command = Interface("ssi", "ssi-people.json", "officer", _token_of_officer).command
"""For each command of ``stayon ssi``; the file is ``{"name": {"token": "...", ...}, ...}``."""
