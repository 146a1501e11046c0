"""What is refused: values, texts, keys and trees that are not those that were signed."""

import base64
from contextlib import suppress

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.support.throwaway_keys import throwaway_key
from tests.xmlsig.forging import (
    DS,
    ISSUER,
    KEY,
    SERIAL,
    SIGNED,
    UNSIGNED,
    accepted,
    base64_of,
    edited,
    refused,
)
from tests.xmlsig.trees import trees

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.safexml import SafeXmlError
from stayon.xmlsig import IssuerName, NotSignedError, XmlSignatureError

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
USUAL = xmlsig.sign(
    safexml.parse(UNSIGNED.replace(f' xmlns:ns3="{DS}"'.encode(), b"")), KEY, ISSUER, SERIAL
)
"""Without a second declaration of the Signature's namespace, so that it is read the quick way."""
DIGEST, VALUE = base64_of(SIGNED, "DigestValue"), base64_of(SIGNED, "SignatureValue")
RAW = base64.b64decode(VALUE)
R, S = RAW[:32], RAW[32:]
ZERO, TOO_LARGE, LARGEST = bytes(32), ORDER.to_bytes(32), b"\xff" * 32

VALUES = {
    "DER form": encode_dss_signature(int.from_bytes(R), int.from_bytes(S)),
    "empty": b"",
    "r alone": R,
    "one octet short": RAW[:-1],
    "one octet long": RAW + b"\0",
    "r and s of 48 octets": bytes(16) + R + bytes(16) + S,
    "an all-zero pair": ZERO + ZERO,
    "r is zero": ZERO + S,
    "s is zero": R + ZERO,
    "r is the order": TOO_LARGE + S,
    "s is the order": R + TOO_LARGE,
    "r and s are the largest": LARGEST + LARGEST,
    "s is s plus the order": R + LARGEST,
    "r and s exchanged": S + R,
}


@pytest.mark.parametrize("value", [b"", R, RAW[:-1], RAW + b"\0", RAW + RAW])
def test_the_size_of_a_value_is_known_before_any_key(value: bytes) -> None:
    root = safexml.parse(edited(VALUE, base64.b64encode(value).decode()))
    with pytest.raises(XmlSignatureError, match=f"has {len(value)} octets, not 64"):
        xmlsig.read_signature(root)


@pytest.mark.parametrize("attack", VALUES)
def test_any_other_signature_value_is_refused(attack: str) -> None:
    forged = edited(VALUE, base64.b64encode(VALUES[attack]).decode())
    assert refused(forged).field == "SignatureValue"


TEXTS = {
    "no padding": VALUE.rstrip("="),
    "more padding": VALUE + "==",
    "other last bits": VALUE[:-3] + chr(ord(VALUE[-3]) + 1) + "==",
    "not in the alphabet": "-" + VALUE[1:],
    "a word": "default",
    "other white space": VALUE[:40] + "\u00a0" + VALUE[40:],
    "an escaped character": VALUE[:40] + "&amp;" + VALUE[40:],
    "an element inside": VALUE[:40] + "<a/>" + VALUE[40:],
}


@pytest.mark.parametrize("attack", TEXTS)
def test_a_value_has_one_text(attack: str) -> None:
    assert refused(edited(VALUE, TEXTS[attack])).field == "SignatureValue"


@pytest.mark.parametrize(
    "digest",
    ["", "ZGVmYXVsdA==", DIGEST[:-1], "A" + DIGEST, base64.b64encode(bytes(64)).decode()],
)
def test_any_other_digest_value_is_refused(digest: str) -> None:
    assert refused(edited(DIGEST, digest)).field == "DigestValue"


def test_a_digest_of_something_else_is_refused_before_the_signature_is_looked_at() -> None:
    digest = base64.b64encode(bytes(32)).decode()
    assert refused(edited(DIGEST, digest)).field == "DigestValue"
    assert refused(edited("1003", "9999")).field == "DigestValue"


def test_another_key_is_refused() -> None:
    with pytest.raises(XmlSignatureError) as caught:
        accepted(SIGNED, key=throwaway_key("somebody else"))
    assert caught.value.field == "SignatureValue"


def test_a_key_on_another_curve_is_refused() -> None:
    key = ec.derive_private_key(7, ec.SECP384R1())
    with pytest.raises(XmlSignatureError, match="secp384r1"):
        accepted(SIGNED, key=key)
    with pytest.raises(XmlSignatureError, match="secp384r1"):
        xmlsig.sign(safexml.parse(UNSIGNED), key, ISSUER, SERIAL)


def test_an_unsigned_document_says_so() -> None:
    with pytest.raises(NotSignedError) as caught:
        accepted(UNSIGNED)
    assert caught.value.field == "Signature"


@pytest.mark.parametrize(
    "edit",
    [
        ("1003", "10<?a?>03"),
        ("<sr:Body>", "<?a?><sr:Body>"),
        ("<ds:KeyInfo>", "<ds:KeyInfo><?a?>"),
        ("?><sr:Request", "?><?a?><sr:Request"),
    ],
)
def test_processing_instructions_never_get_in(edit: tuple[str, str]) -> None:
    with pytest.raises(SafeXmlError):
        accepted(edited(*edit))


@pytest.mark.parametrize(
    "document",
    [
        edited("1003", "10<!-- -->03"),
        edited("1003", "1003<?a?>"),
        edited("?><sr:Request", "?><!-- --><sr:Request"),
        SIGNED + b"<!-- -->",
        edited("?><sr:Request", "?><!DOCTYPE a [<!ENTITY b 'c'>]><sr:Request").replace(
            b"1003", b"1003&b;"
        ),
    ],
)
def test_a_tree_that_came_in_by_another_door_is_refused(document: bytes) -> None:
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False))
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.verify(root, xmlsig.read_signature(root), KEY.public_key())
    assert caught.value.field == "document"


def test_a_part_of_a_document_is_not_verified_as_if_it_were_all() -> None:
    root = safexml.parse(b"<a>" + SIGNED.partition(b"?>")[2] + b"</a>")[0]
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.verify(root, xmlsig.read_signature(root), KEY.public_key())
    assert caught.value.field == "document"


def test_a_claim_serves_once_and_for_its_own_document() -> None:
    root = safexml.parse(SIGNED)
    claim = xmlsig.read_signature(root)
    with pytest.raises(XmlSignatureError, match="not one of this document"):
        xmlsig.verify(safexml.parse(SIGNED), claim, KEY.public_key())
    xmlsig.verify(root, claim, KEY.public_key())
    with pytest.raises(XmlSignatureError, match="not one of this document"):
        xmlsig.verify(root, claim, KEY.public_key())
    with pytest.raises(NotSignedError):
        xmlsig.read_signature(root)


def test_a_relative_namespace_has_no_canonical_form() -> None:
    for document in (
        edited("<sr:Header>", '<sr:Header xmlns:a="b">'),
        edited("<ds:KeyInfo>", '<b:KeyInfo xmlns:b="c"></b:KeyInfo><ds:KeyInfo>'),
    ):
        assert refused(document).field == "document"


def test_rebinding_a_prefix_changes_the_digest() -> None:
    body = '<sr:Body xmlns:sr="urn:other">'
    assert refused(edited("<sr:Body>", body)).field == "DigestValue"
    assert refused(edited(f' xmlns:ns3="{DS}"', ' xmlns:ns3="urn:other"')).field == "DigestValue"
    default = edited(" schemaVersion", ' xmlns="urn:other" schemaVersion')
    assert refused(default).field == "DigestValue"


def test_a_signature_in_another_namespace_is_none() -> None:
    with pytest.raises(NotSignedError):
        accepted(edited(f'xmlns:ds="{DS}"', 'xmlns:ds="urn:other"'))
    with pytest.raises(NotSignedError):
        accepted(edited(f'xmlns:ds="{DS}"', f'xmlns:ds="{DS.upper()}"'))


def test_a_certificate_is_found_by_issuer_and_serial_alone() -> None:
    """The caller's part: an unknown serial finds no key, another's serial finds another key."""
    known = {(IssuerName.parse("OU=07, CN=Z1"), SERIAL): KEY.public_key()}
    claim = xmlsig.read_signature(safexml.parse(SIGNED))
    assert (claim.issuer, claim.serial) in known
    claim = xmlsig.read_signature(safexml.parse(edited(str(SERIAL), "7")))
    assert (claim.issuer, claim.serial) not in known


@pytest.mark.parametrize("usual", [False, True])
def test_no_altered_octet_gives_another_meaning(usual: bool) -> None:
    """Every octet, altered in three ways: refused, or the same content from the same signer."""
    signed = USUAL if usual else SIGNED
    assert (xmlsig.read_signature(safexml.parse(signed)).content is not None) is usual
    content = etree.tostring(accepted(signed).root, method="c14n")
    survivors = set()
    for position in range(len(signed)):
        for flip in (0x01, 0x20, 0x80):
            altered = bytearray(signed)
            altered[position] ^= flip
            try:
                verified = accepted(bytes(altered))
            except StayonError:
                continue
            if verified.serial != SERIAL:
                continue  # not signed, but nobody's certificate, or that of another key
            assert etree.tostring(verified.root, method="c14n") == content
            assert verified.issuer == IssuerName.parse(ISSUER) or position in span(signed, ISSUER)
            survivors.add(position)
    digest, value = base64_of(signed, "DigestValue"), base64_of(signed, "SignatureValue")
    assert survivors.isdisjoint(
        {*span(signed, "1003"), *span(signed, digest), *span(signed, value)}
    )


def span(document: bytes, text: str) -> range:
    start = document.index(text.encode())
    return range(start, start + len(text))


@settings(max_examples=60)
@given(trees(), st.data())
def test_nothing_that_is_done_to_the_tree_is_taken_for_signed(
    tree: etree._Element, data: st.DataObject
) -> None:
    root = safexml.parse(xmlsig.sign(tree, KEY, ISSUER, SERIAL))
    claim = xmlsig.read_signature(root)
    content = [element for element in root.iter() if DS not in str(element.tag)]
    element = data.draw(st.sampled_from(content))
    match data.draw(st.integers(0, 3)):
        case 0:
            element.text = (element.text or "") + " "
        case 1:
            element.set("new", "")
        case 2:
            element.tag = "other"
        case _:
            element.insert(0, etree.Element("new"))
    verified = xmlsig.verify(root, claim, KEY.public_key())
    assert etree.tostring(verified.root, method="c14n") == etree.tostring(tree, method="c14n")
    assert verified.root is not root


@settings(max_examples=150)
@given(st.text(max_size=30) | st.from_regex(r"(CN|OU|2\.5\.4\.3) ?= ?[\w, ]{0,8}", fullmatch=True))
def test_any_issuer_is_a_name_or_the_one_error(text: str) -> None:
    with suppress(XmlSignatureError):
        assert IssuerName.parse(text).attributes
