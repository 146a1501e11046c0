"""``stayon doctor``: look at an installation and say what is wrong, in words."""

import asyncio
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import click
from sqlalchemy import URL

from stayon.adapters.malware.clamd import Clamd
from stayon.adapters.storage.examination import StoreState, examine_store
from stayon.apps.database_url import DatabaseUrl
from stayon.apps.doctor.content import examine_stored
from stayon.apps.doctor.findings import Finding, Verdict, ill, warning, well
from stayon.apps.doctor.folder import examine_folder, world_time
from stayon.apps.doctor.telemetry import examine_telemetry
from stayon.apps.policy_files import policy_dir_option, read_policy
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.domain.errors import StayonError
from stayon.policy.warnings import warnings
from stayon.ports.scanning import ScannerUnavailable


@click.command()
@click.option(
    "--world",
    "folder",
    type=click.Path(path_type=Path),
    default=Path("world"),
    show_default=True,
    envvar="STAYON_WORLD",
    help="Folder of the world.",
)
@click.option(
    "--database-url",
    type=DatabaseUrl(),
    envvar="STAYON_DATABASE_URL",
    help="PostgreSQL, where the world is kept there.",
)
@click.option("--clamd", type=click.Path(path_type=Path), help="Socket of ClamAV's daemon.")
@policy_dir_option
@schema_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def doctor(
    *,
    folder: Path,
    database_url: URL | None,
    clamd: Path | None,
    policy_dir: Path | None,
    schema_dir: Path | None,
    as_json: bool,
) -> None:
    """Look at an installation and say what is wrong, and what to do about it.

    Nothing is changed; it may be served meanwhile. Exit status 1 if anything is ill. Give the
    same options as to 'stayon serve'.
    """
    now = datetime.now(UTC)
    found = [
        *examine_folder(folder, now),
        *_database(folder, database_url, now, policy_dir),
        *examine_telemetry(os.environ),
        *_policy(policy_dir),
        _schemas(schema_dir),
        _scanner(clamd),
    ]
    for each in found:
        if as_json:
            document = {
                "verdict": each.verdict.name.lower(),
                "subject": each.subject,
                "words": each.words,
            }
            click.echo(json.dumps(document))
        else:
            click.echo(f"{each.verdict.value:8} {each.subject}: {each.words}")
    if any(each.verdict is Verdict.ILL for each in found):
        sys.exit(1)


def _database(
    folder: Path, given: URL | None, now: datetime, policy_dir: Path | None
) -> Iterator[Finding]:
    file = folder / "dsp.sqlite"
    if given is None and not file.exists():
        yield ill("database", f"{file} is not there; 'stayon serve' makes it")
        return
    url = given or URL.create("sqlite", database=str(file))
    state = examine_store(url)
    yield _state(url, state)
    if state is StoreState.UP_TO_DATE:
        yield from examine_stored(url, world_time(folder, now), now, _fingerprint(policy_dir))


def _state(url: URL, state: StoreState) -> Finding:
    match state:
        case StoreState.UP_TO_DATE:
            return well("database", "it answers, and its tables are of this version")
        case StoreState.OLDER:
            return warning("database", "its tables are older; 'stayon serve' brings them on")
        case StoreState.UNKNOWN:
            return ill("database", "its tables are of a newer version of Stayon, or not Stayon's")
        case StoreState.EMPTY:
            return warning("database", "it has no tables yet; 'stayon serve' makes them")
        case StoreState.AWAY:
            return ill("database", f"{url.render_as_string()} does not answer, or is broken")


def _fingerprint(policy_dir: Path | None) -> int | None:
    try:
        return read_policy(policy_dir).fingerprint
    except StayonError:
        return None  # ``_policy`` says what is wrong with it


def _policy(folder: Path | None) -> Iterator[Finding]:
    try:
        found = warnings(read_policy(folder))
    except StayonError as error:
        yield ill("policy", str(error))
        return
    for words in found:
        yield warning("policy", words)
    yield well("policy", "valid, and its safe set keeps a home on supply")


def _schemas(folder: Path | None) -> Finding:
    try:
        load_schemas(folder)
    except (StayonError, OSError) as error:
        return ill("schemas", str(error))
    if folder is None:
        return well("schemas", "Stayon's own; --schema-dir names the official ones")
    return well("schemas", f"the official ones of {folder}")


def _scanner(socket: Path | None) -> Finding:
    if socket is None:
        return warning("scanner", "none: Failed Suppliers files are not scanned; give --clamd")
    try:
        asyncio.run(Clamd(socket, timeout_seconds=5).scan(b"nothing"))
    except ScannerUnavailable as error:
        return ill("scanner", f"{error}: no Failed Suppliers file will be taken")
    return well("scanner", f"clamd answers at {socket}")
