"""Writes compact XML in the two DUIS namespaces, as text in canonical form (inclusive C14N 1.0).

The form in which it is written is the form in which it is signed: what is built here is signed as
it is, without a tree. Who wants a tree parses the text, which costs a third of building the tree
call by call.
"""

import re
from binascii import b2a_base64
from datetime import datetime
from typing import Final

from lxml import etree

from stayon.domain.instants import format_instant
from stayon.duis.errors import DuisError
from stayon.duis.names import RA, SR

# What is parsed here was written here; the options hold all the same.
_PARSER: Final = etree.XMLParser(
    resolve_entities=False, load_dtd=False, no_network=True, collect_ids=False
)
_IN_TEXT: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#xD;"}
_IN_ATTRIBUTE: Final = {
    "&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#x9;", "\n": "&#xA;", "\r": "&#xD;",
}  # fmt: skip
_TEXT: Final = str.maketrans(_IN_TEXT)
_ATTRIBUTE: Final = str.maketrans(_IN_ATTRIBUTE)
_SPECIAL: Final = re.compile(r"[&<>\r]")
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def escape(text: str) -> str:
    """``text`` as canonical XML has it between tags."""
    return text if _SPECIAL.search(text) is None else text.translate(_TEXT)


def escape_attribute(text: str) -> str:
    """``text`` as canonical XML has it in an attribute."""
    return text if text.isalnum() else text.translate(_ATTRIBUTE)


def leaf(name: str, value: str | int, prefix: str = "sr") -> str:
    """An element that holds text, or nothing if ``value`` is empty."""
    return f"<{prefix}:{name}>{escape(str(value))}</{prefix}:{name}>"


def node(name: str, *children: str, prefix: str = "sr") -> str:
    """An element that holds elements (already written)."""
    return f"<{prefix}:{name}>{''.join(children)}</{prefix}:{name}>"


def optional(name: str, value: object | None, prefix: str = "sr") -> str:
    """A leaf, or nothing where there is no value."""
    return "" if value is None else leaf(name, str(value), prefix)


def octets(name: str, value: bytes) -> str:
    """A leaf in base64."""
    return f"<sr:{name}>{b2a_base64(value, newline=False).decode()}</sr:{name}>"


def optional_octets(name: str, value: bytes | None) -> str:
    """A leaf in base64, or nothing where there is no value."""
    return "" if value is None else octets(name, value)


def boolean(name: str, value: bool, prefix: str = "sr") -> str:
    """A leaf that says true or false."""
    return f"<{prefix}:{name}>{'true' if value else 'false'}</{prefix}:{name}>"


def moment(name: str, instant: datetime | None, prefix: str = "sr") -> str:
    """A leaf that holds an instant in UTC, to the millisecond; nothing where there is none."""
    return (
        "" if instant is None else f"<{prefix}:{name}>{format_instant(instant)}</{prefix}:{name}>"
    )


def document(name: str, schema_version: str, *children: str, with_ra: bool = False) -> bytes:
    """A document with its ``schemaVersion``; ``with_ra`` declares the second namespace too.

    Raises ``DuisError`` if a value holds a character that XML cannot carry.
    """
    namespaces = (f'xmlns:ra="{RA}" ' if with_ra else "") + f'xmlns:sr="{SR}"'
    text = (
        f'<sr:{name} {namespaces} schemaVersion="{escape_attribute(schema_version)}">'
        f"{''.join(children)}</sr:{name}>"
    )
    # Printable ASCII, which almost every document is, needs no search.
    if not (text.isascii() and text.isprintable()) and _NOT_XML.search(text) is not None:
        raise DuisError(name, "a value holds a character that XML cannot carry")
    return text.encode()


def tree(octets: bytes) -> etree._Element:
    """The root element of what ``document`` has written."""
    return etree.fromstring(octets, _PARSER)
