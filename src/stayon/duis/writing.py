"""Writes compact XML in the two DUIS namespaces, as text that is parsed once at the end.

Building text and parsing it costs a third of building the tree call by call.
"""

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
_ESCAPES: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;"}
    | {character: f"&#{ord(character)};" for character in "\t\n\r"}
)


def escape(text: str) -> str:
    """``text`` for use between tags or in an attribute with double quotes."""
    return text if text.isalnum() else text.translate(_ESCAPES)


def leaf(name: str, value: str | int, prefix: str = "sr") -> str:
    """An element that holds text, or nothing if ``value`` is empty."""
    text = escape(str(value))
    return f"<{prefix}:{name}>{text}</{prefix}:{name}>" if text else f"<{prefix}:{name}/>"


def node(name: str, *children: str, prefix: str = "sr") -> str:
    """An element that holds elements (already written)."""
    inner = "".join(children)
    return f"<{prefix}:{name}>{inner}</{prefix}:{name}>" if inner else f"<{prefix}:{name}/>"


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


def document(
    name: str, schema_version: str, *children: str, with_ra: bool = False
) -> etree._Element:
    """A root element with its ``schemaVersion``; ``with_ra`` declares the second namespace too.

    Raises ``DuisError`` if a value holds a character that XML cannot carry.
    """
    namespaces = f'xmlns:sr="{SR}"' + (f' xmlns:ra="{RA}"' if with_ra else "")
    text = (
        f'<sr:{name} {namespaces} schemaVersion="{escape(schema_version)}">'
        f"{''.join(children)}</sr:{name}>"
    )
    try:
        return etree.fromstring(text, _PARSER)
    except (etree.XMLSyntaxError, ValueError):
        raise DuisError(name, "a value holds a character that XML cannot carry") from None
