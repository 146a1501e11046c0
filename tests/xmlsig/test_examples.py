"""The published signed examples give the results that their names promise."""

import base64
import json
from contextlib import suppress
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from tests.reference import SHARED, needs_shared

from stayon import safexml, xmlsig
from stayon.xmlsig import IssuerName, NotSignedError, XmlSignatureError

pytestmark = [needs_shared, pytest.mark.shared]


@cache
def known() -> dict[tuple[IssuerName, int], ec.EllipticCurvePublicKey]:
    entries = json.loads((SHARED / "zaz1.json").read_bytes())["certificates"]
    found = {}
    for entry in entries:
        certificate = x509.load_der_x509_certificate(base64.b64decode(entry["certificate"]))
        key = certificate.public_key()
        assert isinstance(key, ec.EllipticCurvePublicKey)
        issuer = IssuerName.parse(certificate.issuer.rfc4514_string())
        found[issuer, certificate.serial_number] = key
    return found


def outcome(name: str) -> str:
    """``valid``, ``none``, ``no-key``, or the field that is refused."""
    root = safexml.parse((SHARED / "duis" / "signed" / name).read_bytes())
    try:
        claim = xmlsig.read_signature(root)
        key = known().get((claim.issuer, claim.serial))
        if key is None:
            return "no-key"
        xmlsig.verify(root, claim, key)
    except NotSignedError:
        return "none"
    except XmlSignatureError as error:
        return error.field
    return "valid"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("read-inventory-response-4g.xml", "valid"),
        ("read-inventory-response-5.4.xml", "valid"),
        ("readfw-response-resigned.xml", "valid"),
        ("readfw-response-invalid.xml", "DigestValue"),
        ("readfw-response-no-serial.xml", "KeyInfo"),
        ("readfw-response-no-signature.xml", "none"),
        ("readfw-response-nonexist-serial.xml", "no-key"),
        ("acknowledgement-error.xml", "none"),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS.XML", "none"),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-invalid.XML", "none"),
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-nonexist-businessid.XML", "none"),
        # Templates: what stands in their Signature is a placeholder.
        ("ECS17b_4.1.1_SINGLE_SUCCESS_REQUEST_DUIS-signed.XML", "DigestValue"),
        ("ECS50_9.1_SUCCESS_REQUEST_DUIS.XML", "DigestValue"),
        # Their signer's certificate is not among the published ones.
        ("readfw-response.xml", "no-key"),
        ("readfw-response-badsignature.xml", "no-key"),
    ],
)
def test_signed_examples(name: str, expected: str) -> None:
    assert outcome(name) == expected


@pytest.mark.parametrize("name", ["readfw-response.xml", "readfw-response-badsignature.xml"])
def test_the_digest_holds_where_the_signer_is_unknown(name: str) -> None:
    """With any other key they fail at the signature, and not before: the digest is right."""
    root = safexml.parse((SHARED / "duis" / "signed" / name).read_bytes())
    claim = xmlsig.read_signature(root)
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.verify(root, claim, next(iter(known().values())))
    assert caught.value.field == "SignatureValue"


def test_only_the_serial_is_wrong_in_the_example_with_an_unknown_one() -> None:
    document = (SHARED / "duis" / "signed" / "readfw-response-nonexist-serial.xml").read_bytes()
    signers = 0
    for key in known().values():
        root = safexml.parse(document)
        with suppress(XmlSignatureError):
            xmlsig.verify(root, xmlsig.read_signature(root), key)
            signers += 1
    assert signers == 1
