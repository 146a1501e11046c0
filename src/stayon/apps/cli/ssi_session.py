"""Who speaks to which SSI: the options that every ``stayon ssi`` command has."""

import base64
import functools
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from stayon.adapters.keys.files import read_private_key
from stayon.apps.cli.ssmi_session import OperatorError, Session
from stayon.apps.cli.world_address import service_url
from stayon.domain.errors import StayonError
from stayon.smki_profile.cms import build_detached
from stayon.smki_profile.pem import from_pem

PEOPLE_FILE = "ssi-people.json"
SIGNATURE_SUFFIX = ".p7s"


def sign_file(file: Path, key: Path, certificate: Path) -> Path:
    """Write the detached CMS signature of ``file`` beside it, as ``<file>.p7s``."""
    der = from_pem("CERTIFICATE", certificate.read_text(encoding="ascii"))
    signature = build_detached(
        file.read_bytes(), der, read_private_key(key).sign, datetime.now(UTC).replace(microsecond=0)
    )
    target = file.with_name(file.name + SIGNATURE_SUFFIX)
    target.write_bytes(signature)
    return target


def signed_document(file: Path, signature: Path | None) -> dict[str, str]:
    """A file and its signature as the SSI and the SSMI take them."""
    signature = signature or file.with_name(file.name + SIGNATURE_SUFFIX)
    if not signature.exists():
        raise StayonError(f"{signature} does not exist: sign the file, or name its --signature")
    return {
        "file": base64.b64encode(file.read_bytes()).decode("ascii"),
        "signature": base64.b64encode(signature.read_bytes()).decode("ascii"),
    }


def _token(world: Path | None, person: str | None, token: str | None) -> str:
    if token is not None:
        return token
    if world is None or person is None:
        raise click.UsageError("say who you are: --as NAME with --world DIR, or --token TOKEN")
    path = world / PEOPLE_FILE
    try:
        found = json.loads(path.read_bytes())[person]["token"]
    except FileNotFoundError:
        raise OperatorError(f"{path} does not exist: which people has this world?") from None
    except (ValueError, KeyError, TypeError):
        raise OperatorError(f"{path} has nobody called {person!r}") from None
    return str(found)


def ssi_command(command: Callable[..., None]) -> Callable[..., None]:
    """Add the options that every command has; it gets a ``session`` and ``as_json``."""

    @click.option(
        "--world",
        type=click.Path(path_type=Path, file_okay=False),
        envvar="STAYON_WORLD",
        help="Folder of a running world, which has a world.json in it.",
    )
    @click.option("--url", help="Base address of the ssi service, instead of --world.")
    @click.option(
        "--as", "person", envvar="STAYON_OFFICER", help="Your name among the world's officers."
    )
    @click.option("--token", envvar="STAYON_SSI_TOKEN", help="Your token, instead of --as.")
    @click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
    @functools.wraps(command)
    def wrapped(
        *,
        world: Path | None,
        url: str | None,
        person: str | None,
        token: str | None,
        **options: Any,
    ) -> None:
        base = service_url(world, url, "ssi")
        command(session=Session(base, _token(world, person, token)), **options)

    return wrapped
