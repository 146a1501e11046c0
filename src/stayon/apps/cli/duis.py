"""``stayon duis``: validate, sign, verify and transform DUIS XML files."""

import json
from datetime import datetime
from pathlib import Path

import click

from stayon import safexml
from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.duis_signature import sign, verify
from stayon.apps.schemas import load_schemas, schema_dir_option
from stayon.domain.errors import StayonError
from stayon.domain.instants import parse_instant
from stayon.domain.metering import Fuel
from stayon.duis.errors import DuisError
from stayon.duis.request import parse_request
from stayon.duis.schema import SchemaSet
from stayon.duis.transform import transform
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.safexml import SafeXmlError

_FILES = click.argument(
    "files",
    metavar="FILE...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
_USE_CASES = {"ecs08": UseCase.ECS08, "ecs08a": UseCase.ECS08A}


@click.group()
def duis() -> None:
    """DUIS XML: the requests, responses and alerts between a User and the DCC.

    These commands work on files; nothing needs to be running.
    """


@duis.command("validate")
@_FILES
@schema_dir_option
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_context
def validate_files(
    ctx: click.Context, files: tuple[Path, ...], schema_dir: Path | None, *, as_json: bool
) -> None:
    """Check files against the schema of the DUIS version they say they are of.

    Prints one line a file: 'FILE: valid', or where and why it is not. Signatures are not verified
    ('stayon duis verify' does that), so unsigned files are fine. Stayon's own schemas are used
    unless --schema-dir points at the official ones. Exit status 1 if any file is not valid.
    """
    schemas = load_schemas(schema_dir)
    verdicts = [(file, _verdict(file, schemas)) for file in files]
    for file, reason in verdicts:
        if as_json:
            found = {"file": str(file), "valid": reason is None, "reason": reason}
            click.echo(json.dumps(found, ensure_ascii=False))
        else:
            click.echo(f"{file}: {reason or 'valid'}")
    if any(reason is not None for _, reason in verdicts):
        ctx.exit(1)


def _verdict(file: Path, schemas: SchemaSet) -> str | None:
    """Why the file is not valid, None if it is."""
    try:
        schemas.validate_own_version(safexml.parse(file.read_bytes()))
    except (DuisError, SafeXmlError) as error:
        return str(error)
    return None


def _instant(_ctx: click.Context, _option: click.Parameter, text: str | None) -> datetime:
    return SystemClock().now() if text is None else parse_instant(text, "--now")


@duis.command("transform")
@click.argument(
    "files",
    metavar="REQUEST.xml...",
    nargs=-1,
    required=True,
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
)
@click.option(
    "--use-case",
    type=click.Choice(list(_USE_CASES)),
    default="ecs08a",
    show_default=True,
    help="Which of the two the electricity meter takes; gas is always GCS05.",
)
@click.option(
    "--now",
    metavar="INSTANT",
    callback=_instant,
    help="The clock that GCS05 writes into its event ids, ISO 8601 with Z. Default: the present.",
)
@click.option(
    "--fuel",
    type=click.Choice([fuel.value for fuel in Fuel]),
    help="The meter's fuel, which a 1.6 does not say and needs.",
)
def transform_files(
    files: tuple[Path, ...], use_case: str, now: datetime, fuel: str | None
) -> None:
    """Turn Service Requests 2.1 and 1.6 into GBCS Pre-Commands, one a line in hex.

    Signatures are not looked at: unsigned requests are fine.
    """
    schemas = load_schemas()
    for file in files:
        try:
            root = safexml.parse(file.read_bytes())
            schemas.validate_own_version(root)
            pre_command = transform(
                parse_request(root),
                now=now,
                use_case=_USE_CASES[use_case],
                fuel=None if fuel is None else Fuel(fuel),
            )
        except StayonError as error:
            raise click.ClickException(f"{file}: {error}") from error
        click.echo(pre_command.hex().upper())


duis.add_command(sign)
duis.add_command(verify)
