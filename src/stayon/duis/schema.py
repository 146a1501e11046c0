"""Which DUIS versions are served, and whether a document is valid in its version.

Stayon's own schemas describe what Stayon serves, in 5.4 and in the version that adds response code
E020101; elements of other services are named in them and not described. Whoever has the official
schemas of 5.4 uses these for 5.4 instead.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Self

from lxml import etree

from stayon.duis.errors import DuisError, SchemaError, VersionNotServed
from stayon.duis.lexical import WHITE_SPACE
from stayon.duis.names import local_name
from stayon.duis.schema_documents import compile_schema

OWN_DOCUMENTS: Final = (
    "duis.xsd",
    "duis-e020101.xsd",
    "names.xsd",
    "values.xsd",
    "prepayment.xsd",
    "requests.xsd",
    "responses.xsd",
    "smets1.xsd",
    "signature.xsd",
)
OFFICIAL_ROOT: Final = "DUIS Schema V5.4.xsd"
OFFICIAL_DOCUMENTS: Final = (OFFICIAL_ROOT, "MMC Schema V5.4.xsd", "xmldsig-core-schema.xsd")
VERSION: Final = "5.4"
VERSION_WITH_E020101: Final = "5.5"
"""Decided here (D8): no published version has the code yet, so which one adds it is configured."""


@dataclass(frozen=True, slots=True)
class SchemaSet:
    """Compiled schemas by the ``schemaVersion`` they are for.

    A verdict is safe across threads; the words of a ``SchemaError`` come from a log that lxml keeps
    per schema, so threads that want them right keep a set each.
    """

    schemas: Mapping[str, etree.XMLSchema]

    @classmethod
    def own(
        cls, read: Callable[[str], bytes], *, version_with_e020101: str = VERSION_WITH_E020101
    ) -> Self:
        """Stayon's schemas; ``read`` gives the octets of a document of ``OWN_DOCUMENTS``."""
        documents = {name: read(name) for name in OWN_DOCUMENTS}
        return cls(
            {
                VERSION: compile_schema("duis.xsd", documents),
                version_with_e020101: compile_schema("duis-e020101.xsd", documents),
            }
        )

    def with_official(self, read: Callable[[str], bytes]) -> Self:
        """The same versions with the official schemas for 5.4.

        ``read`` gives the octets of a document of ``OFFICIAL_DOCUMENTS``.
        """
        documents = {name: read(name) for name in OFFICIAL_DOCUMENTS}
        official = compile_schema(OFFICIAL_ROOT, documents)
        return type(self)({**self.schemas, VERSION: official})

    @property
    def versions(self) -> tuple[str, ...]:
        """The versions that are served."""
        return tuple(self.schemas)

    def validate(self, root: etree._Element, version: str) -> None:
        """Return if ``root`` is valid in ``version``.

        Raises ``VersionNotServed``, or ``SchemaError`` with the first thing that is wrong.
        """
        schema = self.schemas.get(version)
        if schema is None:
            served = ", ".join(self.schemas)
            raise VersionNotServed(
                "schemaVersion", f"{version[:40]!r} is not served (served: {served})"
            )
        if not schema.validate(root):
            raise _first_error(root, schema)

    def validate_own_version(self, root: etree._Element) -> str:
        """Validate ``root`` in the version it says it is of, and return that version."""
        version = root.get("schemaVersion")
        if version is None:
            raise DuisError(local_name(root), "has no schemaVersion")
        version = version.strip(WHITE_SPACE)
        self.validate(root, version)
        return version


_NAMESPACE: Final = re.compile(r"\{[^}]*\}")
_ABOUT: Final = re.compile(r"Element '[^']*'(?:, attribute '(?P<attribute>[^']*)')?: ")
_FACET: Final = re.compile(
    r"\[facet '(?P<facet>\w+)'\] (?P<whole>The value (?P<value>'.*?') .*)", re.DOTALL
)
_FACET_RULES: Final = {
    "pattern": "is not in the form that belongs here",
    "enumeration": "is not one of the values that may stand here",
}
_LONGEST: Final = 300


def _first_error(root: etree._Element, schema: etree.XMLSchema) -> SchemaError:
    entries = list(schema.error_log)
    if not entries:
        return SchemaError(local_name(root), 0, "is not valid")
    entry = entries[0]
    return SchemaError(entry.path or local_name(root), entry.line, _in_words(entry.message))


def _in_words(message: str) -> str:
    """libxml2's message without namespaces, types and the expressions behind patterns."""
    text = _ABOUT.sub(_attribute, _NAMESPACE.sub("", message), count=1)
    text = _FACET.sub(_facet_rule, text)
    text = text.rstrip().rstrip(".")
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."


def _attribute(about: re.Match[str]) -> str:
    return f"attribute {about['attribute']}: " if about["attribute"] else ""


def _facet_rule(facet: re.Match[str]) -> str:
    rule = _FACET_RULES.get(facet["facet"])
    return facet["whole"] if rule is None else f"{facet['value']} {rule}"
