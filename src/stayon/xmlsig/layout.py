"""The one layout of a Signature, from which it is both written and recognised.

The profile fixes every element, attribute and algorithm; only four values vary. So a Signature
is read by comparing its canonical form with the layout, in which nothing can hide: what the
layout does not have is refused, whatever it is. Two liberties that peers take are allowed: any
one namespace prefix (or none) for the whole Signature, and white space between elements.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from stayon.xmlsig.errors import XmlSignatureError

NAMESPACE: Final = "http://www.w3.org/2000/09/xmldsig#"
SIGNATURE: Final = f"{{{NAMESPACE}}}Signature"


def _method(name: str, algorithm: str) -> str:
    return f'<{name} Algorithm="{algorithm}"></{name}>'


# One row an element's start or end, or a whole leaf; braces stand for a value.
_SIGNED_INFO: Final = (
    _method("CanonicalizationMethod", "http://www.w3.org/2001/10/xml-exc-c14n#"),
    _method("SignatureMethod", "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"),
    '<Reference URI="">',
    "<Transforms>",
    '<Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signature"></Transform>',
    "</Transforms>",
    _method("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256"),
    "<DigestValue>{}</DigestValue>",
    "</Reference>",
    "</SignedInfo>",
)
_AFTER_SIGNED_INFO: Final = (
    "<SignatureValue>{}</SignatureValue>",
    "<KeyInfo>",
    "<X509Data>",
    "<X509IssuerSerial>",
    "<X509IssuerName>{}</X509IssuerName>",
    "<X509SerialNumber>{}</X509SerialNumber>",
    "</X509IssuerSerial>",
    "</X509Data>",
    "</KeyInfo>",
    "</Signature>",
)
_START: Final = re.compile(
    rb'<(?:(?P<prefix>[^\s:<>/="&]{1,64}):)?Signature'
    rb' xmlns(?(prefix):(?P=prefix))="' + re.escape(NAMESPACE.encode()) + rb'">'
)
_WHITE_SPACE: Final = re.compile(rb"(?:[ \t\n]|&#xD;)+")
_LOCAL_NAME: Final = re.compile(rb"([A-Za-z0-9]+)[ >]")


@dataclass(frozen=True, slots=True)
class SignatureText:
    """A recognised Signature: its canonical SignedInfo, and its values as they are written."""

    signed_info: bytes
    digest: bytes
    value: bytes
    issuer: bytes
    serial: bytes


@dataclass(frozen=True, slots=True)
class _Layout:
    """The layout under one namespace prefix."""

    signed_info_parent: bytes
    """SignedInfo's start tag inside the Signature, which declares the namespace."""
    signed_info_apex: bytes
    """SignedInfo's start tag by itself, as it is signed: it declares the namespace."""
    signed_info: tuple[tuple[bytes, bytes], ...]
    """Rows; each is what stands before the value, and after it (nothing: there is no value)."""
    after_signed_info: tuple[tuple[bytes, bytes], ...]


@lru_cache(maxsize=32)
def _layout(prefix: bytes) -> _Layout:
    tag = b"%b:" % prefix if prefix else b""
    declaration = b" xmlns:%b" % prefix if prefix else b" xmlns"

    def rows(texts: tuple[str, ...]) -> tuple[tuple[bytes, bytes], ...]:
        halves = (re.sub(rb"</?", rb"\g<0>" + tag, row.encode()).partition(b"{}") for row in texts)
        return tuple((before, after) for before, _, after in halves)

    return _Layout(
        b"<%bSignedInfo>" % tag,
        b'<%bSignedInfo%b="%b">' % (tag, declaration, NAMESPACE.encode()),
        rows(_SIGNED_INFO),
        rows(_AFTER_SIGNED_INFO),
    )


def recognise(canonical: bytes) -> SignatureText:
    """Read the exclusive canonical form of a Signature element.

    Raises ``XmlSignatureError`` that names the first element which is not as the layout has it.
    """
    start = _START.match(canonical)
    if start is None:
        raise _difference(b"<Signature>", canonical, 0)
    layout = _layout(start["prefix"] or b"")
    _, begin = _take(((layout.signed_info_parent, b""),), canonical, start.end())
    (digest,), end = _take(layout.signed_info, canonical, begin)
    (value, issuer, serial), _ = _take(layout.after_signed_info, canonical, end)
    signed_info = layout.signed_info_apex + canonical[begin:end]
    return SignatureText(signed_info, digest, value, issuer, serial)


def _take(
    rows: tuple[tuple[bytes, bytes], ...], canonical: bytes, position: int
) -> tuple[list[bytes], int]:
    """Step over the rows from ``position``; give their values, and where they end."""
    values: list[bytes] = []
    for before, after in rows:
        if not canonical.startswith(b"<", position):
            position = _after_white_space(canonical, position)
        if not canonical.startswith(before, position):
            raise _difference(before, canonical, position)
        position += len(before)
        if after:
            end = canonical.index(b"<", position)
            if not canonical.startswith(after, end):
                raise _difference(after, canonical, end)
            values.append(canonical[position:end])
            position = end + len(after)
    return values, position


def _after_white_space(canonical: bytes, position: int) -> int:
    match = _WHITE_SPACE.match(canonical, position)
    return position if match is None else match.end()


def _difference(expected: bytes, canonical: bytes, position: int) -> XmlSignatureError:
    name = _LOCAL_NAME.search(expected)
    assert name is not None  # noqa: S101 - every row of the layout has a name
    found = canonical[position : position + 80].decode("utf-8", "replace")
    return XmlSignatureError(name[1].decode(), f"expected {expected.decode()}, found {found!r}")


def split_usual(document: bytes) -> tuple[bytes, SignatureText] | None:
    """A canonical document without its Signature, and that, if it is written in the usual way.

    The usual way is Stayon's own: prefix ``ds``, no white space, the last child of the root, and
    nothing else in its namespace. None says nothing but that ``recognise`` has to look.
    """
    end = document.rfind(b"</")
    start = document.rfind(_USUAL_START, 0, end)
    if start < 0:
        return None
    match = _USUAL.fullmatch(document, start, end)
    content = document[:start] + document[end:]
    # An element is in the namespace only where that is declared, and in canonical form that is
    # written in one way.
    if match is None or _USUAL_DECLARATION in content or b"<?" in content:
        return None
    digest, value, issuer, serial = match.groups()
    return content, SignatureText(signed_info(digest), digest, value, issuer, serial)


def signed_info(digest: bytes) -> bytes:
    """The canonical SignedInfo for a digest in base64: what is signed."""
    return digest.join(_SIGNED_INFO_HALVES)


def signature(signed_info: bytes, value: bytes, issuer: bytes, serial: bytes) -> bytes:
    """A whole Signature around what ``signed_info`` gave; the values are written as they are."""
    start, before_value, before_issuer, before_serial, end = _SIGNATURE_PARTS
    inside = signed_info[len(_SIGNED_INFO_APEX) :]
    return b"".join(
        (start, inside, before_value, value, before_issuer, issuer, before_serial, serial, end)
    )


def _parts(rows: tuple[tuple[bytes, bytes], ...]) -> list[bytes]:
    """What stands before, between and after the values of the rows."""
    value = b"{}"
    joined = b"".join(before + value + after if after else before for before, after in rows)
    return joined.split(value)


_DS: Final = _layout(b"ds")
_SIGNED_INFO_APEX: Final = _DS.signed_info_apex
_SIGNED_INFO_START, _SIGNED_INFO_END = _parts(_DS.signed_info)
_SIGNED_INFO_HALVES: Final = (_SIGNED_INFO_APEX + _SIGNED_INFO_START, _SIGNED_INFO_END)
_SIGNATURE_PARTS: Final = (
    _SIGNED_INFO_APEX.replace(b"SignedInfo", b"Signature") + _DS.signed_info_parent,
    *_parts(_DS.after_signed_info),
)
_USUAL_DECLARATION: Final = f'="{NAMESPACE}"'.encode()
_USUAL_START: Final = b"<ds:Signature xmlns:ds" + _USUAL_DECLARATION + b">"
_USUAL: Final = re.compile(
    re.escape(signature(signed_info(b"@"), b"@", b"@", b"@")).replace(b"@", rb"([^<]*)")
)
