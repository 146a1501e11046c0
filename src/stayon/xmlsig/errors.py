"""The errors of this package."""

from stayon.domain.errors import FieldError


class XmlSignatureError(FieldError):
    """A signature that is refused: ``field`` is the element at fault, ``rule`` what it breaks."""


class NotSignedError(XmlSignatureError):
    """The document has no Signature at all."""

    def __init__(self) -> None:
        super().__init__("Signature", "the document is not signed")
