"""The XML signature profile of DUIS: what is accepted, what is written, nothing else.

Read a document with ``safexml.parse``, read whose signature it claims with ``read_signature``,
find that certificate, ``verify``; then use only the root of the ``VerifiedDocument``.
"""

from stayon.xmlsig.errors import NotSignedError, XmlSignatureError
from stayon.xmlsig.issuer_name import IssuerName
from stayon.xmlsig.signing import sign, sign_canonical, sign_with
from stayon.xmlsig.verifying import (
    SignatureClaim,
    VerifiedDocument,
    inner_document,
    read_signature,
    usual_claim,
    usual_document,
    verify,
    verify_octets,
)

__all__ = [
    "IssuerName",
    "NotSignedError",
    "SignatureClaim",
    "VerifiedDocument",
    "XmlSignatureError",
    "inner_document",
    "read_signature",
    "sign",
    "sign_canonical",
    "sign_with",
    "usual_claim",
    "usual_document",
    "verify",
    "verify_octets",
]
