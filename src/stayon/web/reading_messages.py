"""Messages as people read them: XML laid out, GBCS as fields, and the octets beside."""

import json
from dataclasses import dataclass
from functools import cache

from lxml import etree

from stayon import safexml
from stayon.adapters import package_data
from stayon.domain.errors import StayonError
from stayon.duis import lexical
from stayon.duis.names import SR
from stayon.gbcs.catalogue import PACKAGE_PATH, Catalogue, parse_catalogue
from stayon.gbcs.message import parse_message
from stayon.gbcs.text import describe

_PAYLOAD = f"{{{SR}}}GBCSPayload"


@dataclass(frozen=True, slots=True)
class Readable:
    """A message: ``xml`` laid out if it is XML, ``gbcs`` as JSON if it is GBCS or carries it.

    ``octets`` are those of the GBCS message, or of the whole where there is none. ``problem`` says
    why a part could not be read.
    """

    octets: bytes
    xml: str = ""
    gbcs: str = ""
    problem: str = ""


def readable(message: bytes) -> Readable:
    """The message in the forms that it has; what cannot be read is shown as octets."""
    if message.lstrip()[:1] != b"<":
        return _gbcs(message, "")
    try:
        root = safexml.parse(message)
    except StayonError as error:
        return Readable(message, problem=str(error))
    payload = next(root.iter(_PAYLOAD), None)
    etree.indent(root)
    xml = etree.tostring(root, encoding="unicode")
    if payload is None or not payload.text:
        return Readable(message, xml)
    try:
        octets = lexical.base64_octets(payload.text, "GBCSPayload")
    except StayonError as error:
        return Readable(message, xml, problem=str(error))
    return _gbcs(octets, xml)


def _gbcs(octets: bytes, xml: str) -> Readable:
    try:
        fields = describe(parse_message(octets), _catalogue())
    except StayonError as error:
        return Readable(octets, xml, problem=f"GBCS: {error}")
    return Readable(octets, xml, json.dumps(fields, indent=2, ensure_ascii=False))


@cache
def _catalogue() -> Catalogue:
    return parse_catalogue(package_data.read(PACKAGE_PATH))
