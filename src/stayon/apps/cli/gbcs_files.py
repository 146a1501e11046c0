"""Read GBCS messages out of the files that people have: binary, hex or base64."""

import base64
import binascii
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import parse_frame

_BINARY_STARTS = (b"\xdd", b"\xdf")
_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+\Z")


@dataclass(frozen=True, slots=True)
class FoundMessage:
    """One message and where it was found, in words for an error."""

    place: str
    octets: bytes


def read_bytes(name: str) -> bytes:
    """A whole file, standard input for ``-``; raises ``OSError``."""
    return sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()


def shown_name(name: str) -> str:
    """How an error names the file."""
    return "standard input" if name == "-" else name


def find_messages(name: str) -> Iterator[FoundMessage]:
    """The messages of one file in order, as octets that nobody has checked yet.

    A file is one binary message, one message in hex or base64 (on one line or wrapped over
    several), or one message a line. Raises ``FieldError`` naming file and line, ``OSError``.
    """
    data = read_bytes(name)
    if data.startswith(_BINARY_STARTS):
        yield FoundMessage(shown_name(name), data)
        return
    lines = [
        (number, "".join(line.split()))
        for number, line in enumerate(_text(name, data).splitlines(), start=1)
        if line.strip()
    ]
    if not lines:
        raise FieldError(shown_name(name), "holds no message")
    if len(lines) > 1 and (wrapped := _wrapped("".join(line for _, line in lines))):
        yield FoundMessage(f"{shown_name(name)}, line {lines[0][0]}", wrapped)
        return
    for number, line in lines:
        place = f"{shown_name(name)}, line {number}"
        octets = _octets(line)
        if octets is None:
            raise FieldError(place, "is neither hex nor base64")
        yield FoundMessage(place, octets)


def _text(name: str, data: bytes) -> str:
    try:
        return data.decode("ascii")
    except UnicodeDecodeError:
        rule = "is neither a binary message (DD or DF first) nor hex or base64 text"
        raise FieldError(shown_name(name), rule) from None


def _octets(text: str) -> bytes | None:
    if _HEX.match(text):
        return bytes.fromhex(text)
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return None


def _wrapped(text: str) -> bytes | None:
    """The message that all lines make together, if they do."""
    octets = _octets(text)
    if not octets:
        return None
    try:
        parse_frame(octets)
    except GbcsError:
        return None
    return octets
