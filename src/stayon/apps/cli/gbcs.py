"""``stayon gbcs``: GBCS messages to JSON and back, byte for byte."""

import importlib
import json

import click

from stayon.adapters import package_data
from stayon.apps.cli.gbcs_files import find_messages, read_bytes, shown_name
from stayon.domain.errors import FieldError, StayonError
from stayon.gbcs.catalogue import PACKAGE_PATH, Catalogue, parse_catalogue
from stayon.gbcs.message import parse_message
from stayon.gbcs.text import describe, restore_line

_ELSEWHERE = {"verify": "stayon.apps.cli.gbcs_verify"}
"""Commands that live in a module of their own, loaded on use."""


class _Group(click.Group):
    """A group that finds some of its commands elsewhere."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *_ELSEWHERE})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _ELSEWHERE:
            return super().get_command(ctx, cmd_name)
        command = getattr(importlib.import_module(_ELSEWHERE[cmd_name]), cmd_name)
        assert isinstance(command, click.Command)  # noqa: S101 - a table of ours, not input
        return command


@click.group(cls=_Group)
def gbcs() -> None:
    """Decode, encode and verify GBCS messages.

    GBCS is the format in which commands, responses and alerts travel between the DCC's Users and
    smart metering devices.
    """


@gbcs.command(epilog="Example: stayon gbcs decode command.hex | python3 -m json.tool")
@click.argument("files", metavar="FILE...|-", nargs=-1, required=True)
def decode(files: tuple[str, ...]) -> None:
    """Write each message as one line of JSON.

    A FILE is one binary message, or text with messages in hex or base64, one a line; - is standard
    input. The JSON is complete: 'stayon gbcs encode' makes the same octets of it again.
    """
    catalogue = _catalogue()
    for name in files:
        for found in find_messages(name):
            try:
                described = describe(parse_message(found.octets), catalogue)
            except StayonError as error:
                raise FieldError(found.place, str(error)) from None
            click.echo(json.dumps(described, ensure_ascii=False))


@gbcs.command()
@click.argument("file", metavar="FILE|-")
def encode(file: str) -> None:
    """Write each line of JSON as one message in hex, the inverse of 'decode'.

    FILE holds what 'stayon gbcs decode' wrote, edited or not; - is standard input. What the fields
    say decides the octets; lengths are worked out. A field that is missing, unknown or at odds
    with the others is refused by its path.
    """
    try:
        lines = read_bytes(file).decode("utf-8").split("\n")
    except UnicodeDecodeError:
        raise FieldError(shown_name(file), "is not UTF-8 text") from None
    catalogue = _catalogue()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            octets = restore_line(line, catalogue)
        except StayonError as error:
            raise FieldError(f"{shown_name(file)}, line {number}", str(error)) from None
        click.echo(octets.hex().upper())


def _catalogue() -> Catalogue:
    return parse_catalogue(package_data.read(PACKAGE_PATH))
