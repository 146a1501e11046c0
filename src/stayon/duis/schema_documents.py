"""Compiles schema documents that are handed in as octets: no file and no address is ever opened.

Two things of the official set need care: the file name of the Message Mapping Catalogue has
spaces, which libxml2 would want as ``%20`` where it is imported, and the XML signature schema has a
DOCTYPE that points at w3.org. So every document is parsed without its DTD and every reference is
rewritten to a name of ours before the compiler sees it.
"""

from collections.abc import Mapping
from typing import Any, Final

from lxml import etree

from stayon.duis.errors import DuisError

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_REFERENCES: Final = (f"{_XS}include", f"{_XS}import", f"{_XS}redefine")


class _Resolver(etree.Resolver):
    """Answers for the rewritten names."""

    def __init__(self, documents: dict[str, bytes]) -> None:
        super().__init__()
        self._documents = documents

    def resolve(self, system_url: str | None, public_id: str | None, context: object) -> Any:
        del public_id
        assert system_url is not None  # noqa: S101 - every reference has been given an address
        return self.resolve_string(self._documents[system_url], context, base_url=system_url)


def _parser() -> etree.XMLParser:
    return etree.XMLParser(
        resolve_entities=False, load_dtd=False, dtd_validation=False, no_network=True
    )


def compile_schema(root: str, documents: Mapping[str, bytes]) -> etree.XMLSchema:
    """The schema whose root document is ``documents[root]``; the others are what it refers to.

    Raises ``DuisError`` when a document is missing, not XML, or not a schema.
    """
    addresses = {name: f"stayon-schema:{number}" for number, name in enumerate(documents)}
    if root not in addresses:
        raise DuisError("schema", f"{root} is missing")
    prepared = {
        addresses[name]: _prepare(name, octets, addresses) for name, octets in documents.items()
    }
    parser = _parser()
    parser.resolvers.add(_Resolver(prepared))
    address = addresses[root]
    try:
        return etree.XMLSchema(etree.fromstring(prepared[address], parser, base_url=address))
    except etree.XMLSchemaParseError as error:
        raise DuisError(f"schema {root}", str(error)) from None


def _prepare(name: str, octets: bytes, addresses: Mapping[str, str]) -> bytes:
    try:
        document = etree.fromstring(octets, _parser())
    except etree.XMLSyntaxError as error:
        raise DuisError(f"schema {name}", f"is not XML: {error.msg}") from None
    for reference in document.iter(*_REFERENCES):
        location = reference.get("schemaLocation")
        if location is None:
            continue
        if location not in addresses:
            raise DuisError(f"schema {name}", f"refers to {location}, which is missing")
        reference.set("schemaLocation", addresses[location])
    return etree.tostring(document)
