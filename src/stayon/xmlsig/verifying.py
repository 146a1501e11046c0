"""Reading and verifying the Signature of a document."""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from hashlib import sha256
from hmac import compare_digest
from typing import Final
from xml.sax.saxutils import unescape

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree

from stayon import safexml
from stayon.xmlsig import canonical
from stayon.xmlsig.errors import NotSignedError, XmlSignatureError
from stayon.xmlsig.issuer_name import IssuerName
from stayon.xmlsig.layout import SIGNATURE, recognise, signed_info, split_usual

MAX_SERIAL: Final = 2**160 - 1
"""RFC 5280 section 4.1.2.2: a serial number has at most 20 octets."""

SIGNATURE_OCTETS: Final = 64
"""r and s of P-256, 32 octets each."""

_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551  # of P-256
_ECDSA: Final = ec.ECDSA(SHA256())
_SERIAL: Final = re.compile(rb"[1-9][0-9]{0,48}")
_PLAIN_NAME: Final = re.compile(rb"[A-Za-z0-9=, .-]{1,200}")
_DECLARATION: Final = b'<?xml version="1.0" encoding="UTF-8"?>'


@dataclass(frozen=True, slots=True)
class SignatureClaim:
    """A Signature in the shape of the profile, whose statement is not verified yet.

    ``issuer`` and ``serial`` say whose certificate to verify with. They are not signed: that
    the certificate is the right one follows from the verification alone.
    """

    issuer: IssuerName
    serial: int
    digest: bytes = field(repr=False)
    value: bytes = field(repr=False)
    signed_info: bytes = field(repr=False)
    element: etree._Element | None = field(repr=False, compare=False)
    """The Signature in its tree; None if none was built."""
    content: bytes | None = field(default=None, repr=False, compare=False)
    """The document without its Signature in canonical form, if reading it gave that as well."""


@dataclass(frozen=True, slots=True)
class VerifiedDocument:
    """What was signed and nothing else, made by ``verify`` only.

    ``content`` is the document without its Signature, in the very octets that the digest is over
    (inclusive C14N 1.0).
    """

    content: bytes = field(repr=False)
    issuer: IssuerName
    serial: int

    @property
    def root(self) -> etree._Element:
        """The tree of ``content``, parsed anew each time: nothing else can have got into it."""
        return safexml.parse_canonical(self.content)


def read_signature(root: etree._Element, *, inner: Collection[str] = ()) -> SignatureClaim:
    """Read the Signature of a document that ``safexml.parse`` gave, by its ``root``.

    The document has exactly one Signature, the last child of the root, in the layout of the
    profile. ``inner`` names (in Clark notation) the elements that bring a Signature of their own
    as their last child, such as a SMETS1 response inside a Response; for those see
    ``inner_document``. Raises ``NotSignedError`` where there is no Signature anywhere, else
    ``XmlSignatureError``.
    """
    usual = content = None
    if len(root) and root[-1].tag == SIGNATURE:
        usual = split_usual(canonical.inclusive(root))
    if usual is None:
        element = _only_signature(root, inner)
        text = recognise(canonical.exclusive(element))
    else:
        element = root[-1]
        content, text = usual
    digest = canonical.octets("DigestValue", text.digest, 32)
    value = canonical.octets("SignatureValue", text.value, SIGNATURE_OCTETS)
    if _SERIAL.fullmatch(text.serial) is None or (serial := int(text.serial)) > MAX_SERIAL:
        raise XmlSignatureError("X509SerialNumber", "is not a decimal number of 1 to 20 octets")
    issuer = IssuerName.parse(unescape(text.issuer.decode(), {"&#xD;": "\r"}))
    return SignatureClaim(issuer, serial, digest, value, text.signed_info, element, content)


def verify(
    root: etree._Element, claim: SignatureClaim, public_key: ec.EllipticCurvePublicKey
) -> VerifiedDocument:
    """Verify that the owner of ``public_key`` (P-256) signed the document of ``root``.

    ``claim`` is what ``read_signature`` gave for this root. The tree is used up: its Signature is
    removed, and whatever the outcome only the answer may be used from now on. Raises
    ``XmlSignatureError``.
    """
    _check_key(public_key)
    _check_document(root)
    _detach(root, claim.element)
    content = canonical.inclusive(root) if claim.content is None else claim.content
    return _verified(content, claim, public_key)


def verify_octets(
    content: bytes, claim: SignatureClaim, public_key: ec.EllipticCurvePublicKey
) -> VerifiedDocument:
    """Like ``verify``, for a document whose ``content`` is at hand.

    That is the document without its Signature in canonical form (inclusive C14N 1.0); that it is
    in that form is the caller's part, like the Signature that ``usual_claim`` was made of.
    """
    _check_key(public_key)
    return _verified(content, claim, public_key)


def usual_claim(
    written: bytes, digest: bytes, value: bytes, issuer: IssuerName, serial: int
) -> SignatureClaim:
    """The claim of a Signature in Stayon's own layout, by its values.

    ``written`` is the digest (32 octets) in canonical base64, ``value`` r and s, 64 octets.
    """
    return SignatureClaim(issuer, serial, digest, value, signed_info(written), None)


def usual_document(document: bytes) -> tuple[bytes, SignatureClaim] | None:
    """A document as ``sign_canonical`` writes it: what is signed of it, and the claim.

    Nothing is parsed: whoever goes on with the first part has to know that it is well-formed and
    in canonical form, from its octets, and verifies it by ``verify_octets``. None for a document
    that is written in any other way.
    """
    if not document.startswith(_DECLARATION):
        return None
    usual = split_usual(document[len(_DECLARATION) :])
    if usual is None:
        return None
    content, text = usual
    if _SERIAL.fullmatch(text.serial) is None or _PLAIN_NAME.fullmatch(text.issuer) is None:
        return None
    try:
        digest = canonical.octets("DigestValue", text.digest, 32)
        value = canonical.octets("SignatureValue", text.value, SIGNATURE_OCTETS)
        issuer = IssuerName.parse(text.issuer.decode("ascii"))
    except XmlSignatureError:
        return None
    serial = int(text.serial)
    if serial > MAX_SERIAL:
        return None
    return content, SignatureClaim(issuer, serial, digest, value, text.signed_info, None)


def _check_key(public_key: ec.EllipticCurvePublicKey) -> None:
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise XmlSignatureError("KeyInfo", f"the signer's key is on {public_key.curve.name}")


def _verified(
    content: bytes, claim: SignatureClaim, public_key: ec.EllipticCurvePublicKey
) -> VerifiedDocument:
    if not compare_digest(sha256(content).digest(), claim.digest):
        raise XmlSignatureError("DigestValue", "is not the digest of this document")
    r, s = int.from_bytes(claim.value[:32]), int.from_bytes(claim.value[32:])
    if not (0 < r < _ORDER and 0 < s < _ORDER):
        raise XmlSignatureError("SignatureValue", "is out of the range of the curve")
    try:
        public_key.verify(encode_dss_signature(r, s), claim.signed_info, _ECDSA)
    except InvalidSignature:
        raise XmlSignatureError("SignatureValue", "does not verify with the signer's key") from None
    return VerifiedDocument(content, claim.issuer, claim.serial)


def inner_document(element: etree._Element) -> etree._Element:
    """The root of a document of its own, made of an element of a verified document.

    For the signed documents that travel inside another one. Namespaces in scope at the element
    are declared at the new root, so the outer document has to declare the same ones as the inner
    document did when it was signed.
    """
    return safexml.parse(canonical.inclusive(element))


def _check_document(root: etree._Element) -> None:
    """Refuse a tree in which the digest would not cover all that a reader sees."""
    if root.getparent() is not None or root.getprevious() is not None or root.getnext() is not None:
        raise XmlSignatureError("document", "the root is not all of the document")
    if next(root.iter(etree.Comment, etree.ProcessingInstruction, etree.Entity), None) is not None:
        raise XmlSignatureError("document", "holds comments, instructions or entities")


def _only_signature(root: etree._Element, inner: Collection[str]) -> etree._Element:
    found: etree._Element | None = None
    for element in root.iter(SIGNATURE):
        parent = element.getparent()
        if parent is None or element.getnext() is not None or (element.tail or "").strip():
            raise XmlSignatureError("Signature", "is not the last child of its parent")
        if parent is root:
            found = element
        elif parent.tag not in inner:
            raise XmlSignatureError("Signature", f"is a child of {parent.tag!r}, not of the root")
    if found is None:
        raise NotSignedError
    return found


def _detach(root: etree._Element, signature: etree._Element | None) -> None:
    """Remove the Signature but not the white space behind it, which belongs to the digest."""
    if signature is None or signature.getparent() is not root:
        raise XmlSignatureError("Signature", "is not one of this document")
    space = signature.tail
    if space is not None:
        before = signature.getprevious()
        if before is None:
            root.text = (root.text or "") + space
        else:
            before.tail = (before.tail or "") + space
    root.remove(signature)
