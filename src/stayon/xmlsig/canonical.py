"""The two canonical forms of the profile, and the values that a Signature writes."""

import binascii
import re
from typing import Final

from lxml import etree

from stayon.xmlsig.errors import XmlSignatureError

_WHITE_SPACE: Final = re.compile(rb"[ \t\n]+|&#xD;")


def inclusive(root: etree._Element) -> bytes:
    """Canonical XML 1.0 without comments: what the digest of a document is over.

    Raises ``XmlSignatureError`` where the recommendation defines no such form (relative
    namespace URIs).
    """
    return _canonical(root, exclusive=False)


def exclusive(element: etree._Element) -> bytes:
    """Exclusive canonical XML 1.0 without comments: the form in which SignedInfo is signed."""
    return _canonical(element, exclusive=True)


def _canonical(element: etree._Element, *, exclusive: bool) -> bytes:
    try:
        return etree.tostring(element, method="c14n", exclusive=exclusive, with_comments=False)
    except etree.C14NError:
        raise XmlSignatureError(
            "document", "has no canonical form: is a namespace URI relative?"
        ) from None


def octets(field: str, text: bytes, size: int) -> bytes:
    """Decode base64 of exactly ``size`` octets, as canonical XML writes it.

    White space is allowed, since peers wrap long values; any other freedom of base64 is not: two
    texts of one value would let a signed document be altered unnoticed. Raises
    ``XmlSignatureError``.
    """
    # As long as it is without white space, it has none.
    unwrapped = len(text) == (size + 2) // 3 * 4
    compact = text if unwrapped else _WHITE_SPACE.sub(b"", text)
    try:
        value = binascii.a2b_base64(compact, strict_mode=True)
    except binascii.Error:
        raise XmlSignatureError(field, "is not base64") from None
    if len(value) != size:
        raise XmlSignatureError(field, f"has {len(value)} octets, not {size}")
    if binascii.b2a_base64(value, newline=False) != compact:
        raise XmlSignatureError(field, "is not base64 in its only correct form")
    return value
