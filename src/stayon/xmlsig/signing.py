"""Making signed documents."""

import base64
import copy
from collections.abc import Callable
from hashlib import sha256
from typing import Final
from xml.sax.saxutils import escape

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from stayon.xmlsig import canonical, layout
from stayon.xmlsig.errors import XmlSignatureError
from stayon.xmlsig.issuer_name import IssuerName
from stayon.xmlsig.verifying import MAX_SERIAL, SIGNATURE_OCTETS

_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>'
_ECDSA: Final = ec.ECDSA(SHA256(), deterministic_signing=True)
_WHITE_SPACE: Final = " \t\n"


def sign(
    root: etree._Element, private_key: ec.EllipticCurvePrivateKey, issuer: str, serial: int
) -> bytes:
    """The signed document of ``root``, with a key (on P-256) that is in this process.

    The signature is deterministic (RFC 6979). Otherwise like ``sign_with``.
    """
    return sign_with(root, _signer_with(private_key), issuer, serial)


def _signer_with(private_key: ec.EllipticCurvePrivateKey) -> Callable[[bytes], bytes]:
    if not isinstance(private_key.curve, ec.SECP256R1):
        raise XmlSignatureError("KeyInfo", f"the signer's key is on {private_key.curve.name}")

    def signer(data: bytes) -> bytes:
        r, s = decode_dss_signature(private_key.sign(data, _ECDSA))
        return r.to_bytes(32) + s.to_bytes(32)

    return signer


def sign_with(
    root: etree._Element, signer: Callable[[bytes], bytes], issuer: str, serial: int
) -> bytes:
    """The signed document of ``root``: UTF-8, compact, the Signature as its last child.

    ``signer`` gives the ECDSA signature (P-256, SHA-256; ``r || s``, 64 octets) of its argument,
    from wherever the key lies; ``issuer`` (RFC 2253) and ``serial`` name the certificate and are
    written as given. A Signature that the root already has, such as the placeholder of a
    template, is left out; so are comments, and white space between elements, which some peers
    drop before they verify. ``root`` is not changed. Raises ``XmlSignatureError``.
    """
    return _signed(canonical.inclusive(_unsigned(root)), signer, issuer, serial)


def sign_canonical(
    document: bytes, signer: Callable[[bytes], bytes], issuer: str, serial: int
) -> bytes:
    """Like ``sign_with``, for a document that is in canonical form (inclusive C14N 1.0) already.

    Whoever writes a document can write it so; then no tree is built and copied to sign it. That
    it is in that form and well-formed, without a Signature, is the caller's part.
    """
    return _signed(document, signer, issuer, serial)


def _signed(document: bytes, signer: Callable[[bytes], bytes], issuer: str, serial: int) -> bytes:
    if not 0 < serial <= MAX_SERIAL:
        raise XmlSignatureError("X509SerialNumber", f"{serial} is not a number of 1 to 20 octets")
    IssuerName.parse(issuer)
    signed_info = layout.signed_info(base64.b64encode(sha256(document).digest()))
    value = signer(signed_info)
    if len(value) != SIGNATURE_OCTETS:
        raise XmlSignatureError("SignatureValue", f"has {len(value)} octets from the signer")
    signature = layout.signature(
        signed_info, base64.b64encode(value), escape(issuer).encode(), str(serial).encode()
    )
    # A canonical form is a document itself, and its last "</" is the root's end tag.
    end = document.rindex(b"</")
    return b"".join((_DECLARATION, document[:end], signature, document[end:]))


def _unsigned(root: etree._Element) -> etree._Element:
    """A compact copy without Signature and comments."""
    document = copy.deepcopy(root)
    for element in document.findall(layout.SIGNATURE):
        document.remove(element)
    etree.strip_tags(document, etree.Comment)
    if next(document.iter(etree.ProcessingInstruction, etree.Entity), None) is not None:
        raise XmlSignatureError("document", "holds instructions or entities")
    for element in document.iter():
        if len(element):
            element.text = _significant(element.text)
            for child in element:
                child.tail = _significant(child.tail)
    return document


def _significant(text: str | None) -> str | None:
    return text if text and text.strip(_WHITE_SPACE) else None
