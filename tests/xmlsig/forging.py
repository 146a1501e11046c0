"""Signed documents, and the edits of somebody who wants to pass off another one.

``resigned`` gives the attacker more than he has: after an edit of SignedInfo it is signed anew
with the right key, so that only the rule under test can refuse the document.
"""

import base64
import re
from hashlib import sha256

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from lxml import etree
from tests.support.throwaway_keys import throwaway_key

from stayon import safexml, xmlsig

DS = "http://www.w3.org/2000/09/xmldsig#"
SR = "http://www.dccinterface.co.uk/ServiceUserGateway"
ISSUER = "CN=Z1,OU=07"
SERIAL = 27572613927499351639968579586655397031
KEY = throwaway_key("the signer")
_SIGNATURE = re.compile(rb"<([^\s<>:/]+:)?Signature[ >].*</(?(1)\1)Signature>", re.DOTALL)

UNSIGNED = (
    f'<sr:Request xmlns:sr="{SR}" xmlns:ns3="{DS}" schemaVersion="5.5">'
    "<sr:Header><sr:RequestID>90-B3-D5-1F-30-01-00-00:00-DB-12-34-56-78-90-A0:1000</sr:RequestID>"
    "<sr:CommandVariant>4</sr:CommandVariant></sr:Header>"
    "<sr:Body><sr:Threshold>1003</sr:Threshold></sr:Body></sr:Request>"
).encode()

SIGNED = xmlsig.sign(safexml.parse(UNSIGNED), KEY, ISSUER, SERIAL)


def accepted(document: bytes, *, key: ec.EllipticCurvePrivateKey = KEY) -> xmlsig.VerifiedDocument:
    """Take a document through the whole verification."""
    root = safexml.parse(document)
    return xmlsig.verify(root, xmlsig.read_signature(root), key.public_key())


def edited(old: str, new: str, document: bytes = SIGNED) -> bytes:
    """The document with its one occurrence of ``old`` replaced."""
    assert document.count(old.encode()) == 1, old
    return document.replace(old.encode(), new.encode())


def signature_of(document: bytes = SIGNED) -> str:
    """The Signature element as it is written."""
    match = re.search(rb"<ds:Signature .*</ds:Signature>", document, re.DOTALL)
    assert match
    return match[0].decode()


def with_signature(signature: str) -> bytes:
    """The document with another Signature element in the place of its own."""
    return edited(signature_of(), signature)


def ieee_p1363(der: bytes) -> bytes:
    """The octets r || s of a DER signature on P-256."""
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)


def resigned(document: bytes) -> bytes:
    """The document with digest and signature value made anew for whatever SignedInfo it has.

    The Signature is cut out of the octets, so that what stood around it stays.
    """
    content = _SIGNATURE.sub(b"", document)
    canonical = etree.tostring(etree.fromstring(content), method="c14n", with_comments=False)
    document = _replaced(document, "DigestValue", sha256(canonical).digest())
    signed_info = etree.fromstring(document).find(f".//{{{DS}}}SignedInfo")
    assert signed_info is not None
    statement = etree.tostring(signed_info, method="c14n", exclusive=True, with_comments=False)
    made = ieee_p1363(KEY.sign(statement, ec.ECDSA(SHA256())))
    return _replaced(document, "SignatureValue", made)


def _replaced(document: bytes, name: str, value: bytes) -> bytes:
    pattern = rf"({name}>)[^<]*(</)".encode()
    return re.sub(pattern, rb"\g<1>" + base64.b64encode(value) + rb"\g<2>", document, count=1)


def refused(document: bytes) -> xmlsig.XmlSignatureError:
    """The error with which the document is refused."""
    with pytest.raises(xmlsig.XmlSignatureError) as caught:
        accepted(document)
    return caught.value


def base64_of(document: bytes, name: str) -> str:
    """The text of a value of the Signature."""
    match = re.search(rf"<ds:{name}>([^<]*)<", document.decode())
    assert match
    return match[1]
