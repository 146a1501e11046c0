"""The one error of this package, and the rules it can name."""

from enum import StrEnum

from stayon.domain.errors import StayonError


class Rule(StrEnum):
    """What an XML document has to keep to before Stayon looks at its content."""

    SIZE = "size"
    DECLARATION = "XML declaration"
    ENCODING = "encoding"
    DOCTYPE = "DOCTYPE"
    PROCESSING_INSTRUCTION = "processing instruction"
    ENTITY = "entity"
    WELL_FORMED = "well-formedness"
    XINCLUDE = "XInclude"
    DEPTH = "depth"
    ELEMENTS = "number of elements"
    ATTRIBUTES = "number of attributes"
    NAMESPACES = "number of namespace declarations"
    NAME = "length of a name"
    TEXT = "length of a text"


class SafeXmlError(StayonError):
    """XML that breaks ``rule``; the message says how."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(f"XML: {rule}: {detail}")
        self.rule = rule
