"""The messages that a scenario exchanged, whole and decoded, for the report."""

import json
from base64 import b64decode
from binascii import Error as Base64Error
from dataclasses import dataclass
from datetime import datetime

from lxml import etree

from stayon import safexml
from stayon.domain.errors import StayonError
from stayon.gbcs.catalogue import Catalogue
from stayon.gbcs.message import parse_message
from stayon.gbcs.text import describe

_HEADER = ("RequestID", "ResponseID", "ResponseCode", "CommandVariant", "ServiceReferenceVariant")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A GBCS message inside a document: its octets, and what they say as JSON."""

    octets: bytes
    text: str


@dataclass(frozen=True, slots=True)
class Exchanged:
    """One message: when (UTC), from whom to whom, in a line, and every octet of it."""

    at: datetime
    sender: str
    receiver: str
    body: bytes

    @property
    def summary(self) -> str:
        """The header's fields in a line."""
        root = self._root()
        if root is None:
            return f"{len(self.body)} octets that are no XML"
        said = []
        for element in root.iter():
            name = etree.QName(element).localname if isinstance(element.tag, str) else ""
            if name in _HEADER or name.endswith("AlertCode"):
                said.append(f"{name} {element.text}")
        return ", ".join(dict.fromkeys(said))

    @property
    def text(self) -> str:
        """The document, indented for reading; the octets in ``body`` are what was signed."""
        root = self._root()
        if root is None:
            return self.body.decode("utf-8", "replace")
        etree.indent(root)
        return etree.tostring(root, encoding="unicode")

    def gbcs(self, catalogue: Catalogue) -> tuple[Decoded, ...]:
        """The GBCS messages inside, decoded where they can be."""
        root = self._root()
        if root is None:
            return ()
        found = []
        for element in root.iter("{*}GBCSPayload", "{*}SignedPreCommand"):
            if len(element) == 0 and element.text:
                try:
                    octets = b64decode(element.text)
                except Base64Error:
                    continue
                found.append(Decoded(octets, _decode(octets, catalogue)))
        return tuple(found)

    def _root(self) -> etree._Element | None:
        try:
            return safexml.parse(self.body)
        except StayonError:
            return None


def _decode(octets: bytes, catalogue: Catalogue) -> str:
    try:
        return json.dumps(describe(parse_message(octets), catalogue), indent=2)
    except StayonError as error:
        return f"not decoded: {error}"
