"""An independent implementation agrees: it verifies Stayon's signatures, and Stayon its."""

from datetime import UTC, datetime
from functools import cache

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from lxml import etree
from signxml.algorithms import (
    CanonicalizationMethod,
    DigestAlgorithm,
    SignatureConstructionMethod,
    SignatureMethod,
)
from signxml.exceptions import InvalidDigest, InvalidSignature
from signxml.signer import XMLSigner
from signxml.verifier import SignatureConfiguration, XMLVerifier
from tests.xmlsig.forging import DS, ISSUER, KEY, SERIAL, SIGNED, SR, UNSIGNED, accepted, edited
from tests.xmlsig.trees import trees

from stayon import safexml, xmlsig

PROFILE = SignatureConfiguration(
    signature_methods=frozenset({SignatureMethod.ECDSA_SHA256}),
    digest_algorithms=frozenset({DigestAlgorithm.SHA256}),
    default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0,
)
KEY_INFO = (
    f'<ds:KeyInfo xmlns:ds="{DS}"><ds:X509Data><ds:X509IssuerSerial>'
    f"<ds:X509IssuerName>{ISSUER}</ds:X509IssuerName>"
    f"<ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber>"
    "</ds:X509IssuerSerial></ds:X509Data></ds:KeyInfo>"
)


@cache
def certificate() -> x509.Certificate:
    name = x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATIONAL_UNIT_NAME, "07"),
            x509.NameAttribute(NameOID.COMMON_NAME, "Z1"),
        ]
    )
    assert name.rfc4514_string() == ISSUER
    return (
        x509.CertificateBuilder(name, name, KEY.public_key(), SERIAL)
        .not_valid_before(datetime(2020, 1, 1, tzinfo=UTC))
        .not_valid_after(datetime(2120, 1, 1, tzinfo=UTC))
        .sign(KEY, SHA256())
    )


def verified_by_signxml(document: bytes) -> etree._Element:
    result = XMLVerifier().verify(document, x509_cert=certificate(), expect_config=PROFILE)
    assert not isinstance(result, list)
    assert result.signed_xml is not None
    return result.signed_xml


def signed_by_signxml(root: etree._Element) -> bytes:
    """In the profile, where both canonical forms of the document are the same.

    signxml digests with the method that it writes for SignedInfo: the exclusive form. That is the
    profile's digest for a document without namespaces that its root does not use.
    """
    signer = XMLSigner(
        method=SignatureConstructionMethod.enveloped,
        signature_algorithm=SignatureMethod.ECDSA_SHA256,
        digest_algorithm=DigestAlgorithm.SHA256,
        c14n_algorithm=CanonicalizationMethod.EXCLUSIVE_XML_CANONICALIZATION_1_0,
    )
    signed = signer.sign(
        root,
        key=KEY,
        cert=[certificate()],
        key_info=etree.fromstring(KEY_INFO),
        exclude_c14n_transform_element=True,
    )
    return etree.tostring(signed, encoding="UTF-8", xml_declaration=True)


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


def test_signxml_verifies_what_stayon_signs() -> None:
    assert canonical(verified_by_signxml(SIGNED)) == canonical(accepted(SIGNED).root)


@settings(max_examples=25)
@given(trees(ascii_names=True))
def test_signxml_verifies_whatever_stayon_signs(tree: etree._Element) -> None:
    """Names in ASCII: signxml does not read others back."""
    signed = xmlsig.sign(tree, KEY, ISSUER, SERIAL)
    assert canonical(verified_by_signxml(signed)) == canonical(tree)


def test_signxml_refuses_what_stayon_refuses() -> None:
    with pytest.raises(InvalidDigest):
        verified_by_signxml(edited("1003", "9999"))
    with pytest.raises(InvalidSignature):
        verified_by_signxml(edited("<ds:Reference ", "<ds:Reference  Id='a' "))


@pytest.mark.parametrize(
    "document",
    [
        UNSIGNED.replace(f' xmlns:ns3="{DS}"'.encode(), b""),
        f'<Request xmlns="{SR}" a="5.5"><Body>a &amp; \u20ac&#13;</Body></Request>'.encode(),
        b"<a>\n  <b c='d'/>\n</a>",
    ],
)
def test_stayon_verifies_what_signxml_signs(document: bytes) -> None:
    signed = signed_by_signxml(safexml.parse(document))
    verified = accepted(signed)
    assert canonical(verified.root) == canonical(safexml.parse(document))
    assert verified.serial == SERIAL
