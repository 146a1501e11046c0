"""What is refused: the ways in which XML signatures have been broken, one by one.

Where it can be done the attacker's Signature is even correct for the document he made
(``resigned``), so that the profile alone stands between him and success.
"""

import base64
import re
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
    edited,
    resigned,
    signature_of,
    with_signature,
)
from tests.xmlsig.trees import trees

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.safexml import SafeXmlError
from stayon.xmlsig import IssuerName, NotSignedError, XmlSignatureError
from stayon.xmlsig.verifying import MAX_SERIAL

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
CONTENT = re.sub(rb"<\?[^?]*\?>|<ds:Signature .*</ds:Signature>", b"", SIGNED).decode()
EVIL = CONTENT.replace("1003", "9999")
HEADER = "<sr:Header>"


def refused(document: bytes) -> XmlSignatureError:
    with pytest.raises(XmlSignatureError) as caught:
        accepted(document)
    return caught.value


def inside(element: str, root: str = EVIL) -> bytes:
    """The attacker's document with ``element`` as the first thing in it."""
    return root.replace(HEADER, element + HEADER).encode()


def base64_of(document: bytes, name: str) -> str:
    match = re.search(rf"<ds:{name}>([^<]*)<", document.decode())
    assert match
    return match[1]


WRAPPED = {
    "the signed document as a sibling before the content": inside(
        SIGNED.decode().partition("?>")[2]
    ),
    "the signed document as the last child": EVIL.replace(
        "</sr:Request>", SIGNED.decode().partition("?>")[2] + "</sr:Request>"
    ).encode(),
    "the Signature on evil content": (
        EVIL.replace("</sr:Request>", signature_of() + "</sr:Request>").encode()
    ),
    "the signed content in an Object of the Signature": EVIL.replace(
        "</sr:Request>",
        signature_of().replace(
            "</ds:Signature>", f"<ds:Object>{CONTENT}</ds:Object></ds:Signature>"
        )
        + "</sr:Request>",
    ).encode(),
    "the Signature around the signed content, inside the evil one": inside(
        signature_of().replace("</ds:Signature>", f"{CONTENT}</ds:Signature>")
    ),
    "the Signature moved into the header": inside("", CONTENT).replace(
        b"</sr:Header>", signature_of().encode() + b"</sr:Header>"
    ),
    "the Signature moved to the front": inside(signature_of(), CONTENT),
    "the Signature around the whole document": signature_of()
    .replace("</ds:Signature>", f"{EVIL}</ds:Signature>")
    .encode(),
    "an element after the Signature": edited("</sr:Request>", "<sr:Body/></sr:Request>"),
    "a text after the Signature": edited("</sr:Request>", "9999</sr:Request>"),
    "a reference by ID to the signed content kept aside": inside(
        CONTENT.replace("<sr:Request ", '<sr:Request Id="signed" ')
    ).replace(
        b"</sr:Request>",
        signature_of().replace('URI=""', 'URI="#signed"').encode() + b"</sr:Request>",
        1,
    ),
}


@pytest.mark.parametrize("attack", WRAPPED)
@pytest.mark.requirement("R5")
def test_wrapping_is_refused(attack: str) -> None:
    refused(WRAPPED[attack])


@pytest.mark.parametrize(
    "attack",
    [
        "the Signature around the signed content, inside the evil one",
        "the Signature moved into the header",
        "the Signature moved to the front",
        "the signed content in an Object of the Signature",
        "an element after the Signature",
        "a text after the Signature",
        "a reference by ID to the signed content kept aside",
    ],
)
def test_wrapping_is_refused_even_when_correctly_signed(attack: str) -> None:
    assert refused(resigned(WRAPPED[attack])).field not in {"DigestValue", "SignatureValue"}


TWO_SIGNATURES = {
    "twice the same": signature_of() * 2,
    "the right one last": signature_of().replace(str(SERIAL), "7") + signature_of(),
    "one in the other": signature_of().replace(
        "</ds:Signature>", signature_of() + "</ds:Signature>"
    ),
    "one in an Object of the other": signature_of().replace(
        "</ds:Signature>", f"<ds:Object>{signature_of()}</ds:Object></ds:Signature>"
    ),
    "one under another name": f"<sr:Body>{signature_of()}</sr:Body>{signature_of()}",
    "one without content": f'<x:Signature xmlns:x="{DS}"/>{signature_of()}',
}


@pytest.mark.parametrize("attack", TWO_SIGNATURES)
def test_two_signatures_are_refused(attack: str) -> None:
    refused(with_signature(TWO_SIGNATURES[attack]))


def test_two_signatures_are_refused_in_an_element_that_may_bring_one() -> None:
    root = safexml.parse(inside(f"<b>{signature_of() * 2}</b>", SIGNED.decode().partition("?>")[2]))
    with pytest.raises(XmlSignatureError):
        xmlsig.read_signature(root, inner={"b"})


def transform(algorithm: str, content: str = "") -> str:
    return f'<ds:Transform Algorithm="{algorithm}">{content}</ds:Transform>'


ENVELOPED = transform(DS + "enveloped-signature")
XSLT = "http://www.w3.org/TR/1999/REC-xslt-19991116"
SHEET = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    '<xsl:template match="/"><a/></xsl:template></xsl:stylesheet>'
)
EC_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
EXCLUSIVE = "http://www.w3.org/2001/10/xml-exc-c14n#"

# Name of the edit: the element that the refusal names, what is replaced, by what.
STATEMENTS = {
    "no transform": ("Transform", ENVELOPED, ""),
    "xpath": ("Transform", ENVELOPED, transform("http://www.w3.org/TR/1999/REC-xpath-19991116",
        "<ds:XPath>not(ancestor-or-self::ds:Signature)</ds:XPath>")),
    "xpath filter": ("Transform", ENVELOPED, transform("http://www.w3.org/2002/06/xmldsig-filter2")),
    "xslt": ("Transform", ENVELOPED, transform(XSLT, SHEET)),
    "base64": ("Transform", ENVELOPED, transform(DS + "base64")),
    "enveloped twice": ("Transforms", ENVELOPED, ENVELOPED * 2),
    "exclusive c14n after enveloped": ("Transforms", ENVELOPED, ENVELOPED + transform(EXCLUSIVE)),
    "inclusive c14n after enveloped": ("Transforms", ENVELOPED,
        ENVELOPED + transform("http://www.w3.org/TR/2001/REC-xml-c14n-20010315")),
    "c14n before enveloped": ("Transform", ENVELOPED, transform(EXCLUSIVE) + ENVELOPED),
    "xslt after enveloped": ("Transforms", ENVELOPED, ENVELOPED + transform(XSLT, SHEET)),
    "content in the transform": ("Transform", ENVELOPED,
        transform(DS + "enveloped-signature", "1")),
    "empty Transforms": ("Transforms", f"<ds:Transforms>{ENVELOPED}</ds:Transforms>", ""),
    "reference by ID": ("Reference", 'URI=""', 'URI="#a"'),
    "reference by XPointer": ("Reference", 'URI=""', 'URI="#xpointer(/)"'),
    "reference to a file": ("Reference", 'URI=""', 'URI="file:///etc/hostname"'),
    "reference to the network": ("Reference", 'URI=""', 'URI="http://localhost/"'),
    "reference without URI": ("Reference", ' URI=""', ""),
    "reference with a type": ("Reference", 'URI=""', f'URI="" Type="{DS}Manifest"'),
    "reference with an Id": ("Reference", 'URI=""', 'URI="" Id="a"'),
    "two references": ("SignedInfo", "</ds:SignedInfo>",
        '<ds:Reference URI="#a"></ds:Reference></ds:SignedInfo>'),
    "HMAC": ("SignatureMethod", EC_SHA256, "http://www.w3.org/2001/04/xmldsig-more#hmac-sha256"),
    "HMAC-SHA1": ("SignatureMethod", EC_SHA256, DS + "hmac-sha1"),
    "RSA": ("SignatureMethod", EC_SHA256, "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"),
    "ECDSA with SHA-1": ("SignatureMethod", EC_SHA256, EC_SHA256.replace("256", "1")),
    "ECDSA with SHA-512": ("SignatureMethod", EC_SHA256, EC_SHA256.replace("256", "512")),
    "ECDSA in capitals": ("SignatureMethod", EC_SHA256, EC_SHA256.upper()),
    "HMACOutputLength": ("SignatureMethod", "</ds:SignatureMethod>",
        "<ds:HMACOutputLength>0</ds:HMACOutputLength></ds:SignatureMethod>"),
    "no SignatureMethod": ("SignatureMethod",
        f'<ds:SignatureMethod Algorithm="{EC_SHA256}"></ds:SignatureMethod>', ""),
    "digest with SHA-1": ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256", DS + "sha1"),
    "digest with MD5": ("DigestMethod", "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/04/xmldsig-more#md5"),
    "inclusive c14n of SignedInfo": ("CanonicalizationMethod", EXCLUSIVE,
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"),
    "c14n with comments": ("CanonicalizationMethod", EXCLUSIVE, EXCLUSIVE + "WithComments"),
    "inclusive namespaces": ("CanonicalizationMethod", "</ds:CanonicalizationMethod>",
        f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="ns3"/></ds:CanonicalizationMethod>'),
    "an Id on SignedInfo": ("SignedInfo", "<ds:SignedInfo>", '<ds:SignedInfo Id="a">'),
    "an Id on the Signature": ("Signature", "<ds:Signature ", '<ds:Signature Id="a" '),
    "text in the Signature": ("SignedInfo", "<ds:SignedInfo>", "a<ds:SignedInfo>"),
    "text in SignedInfo": ("CanonicalizationMethod", "<ds:SignedInfo>", "<ds:SignedInfo>a"),
    "a foreign attribute": ("Reference", 'URI=""', 'URI="" sr:a=""'),
    "a foreign element": ("Reference", "<ds:Reference ", "<sr:Body></sr:Body><ds:Reference "),
    "a foreign namespace": ("Transforms", "<ds:Transforms>", '<ds:Transforms xmlns:ds="urn:a">'),
    "two prefixes": ("Transforms", f"<ds:Transforms>{ENVELOPED}</ds:Transforms>",
        f"<ns3:Transforms>{ENVELOPED}</ns3:Transforms>"),
    "two digests": ("Reference", "</ds:DigestValue>",
        "</ds:DigestValue><ds:DigestValue></ds:DigestValue>"),
    "an element in the digest": ("DigestValue", "<ds:DigestValue>", "<ds:DigestValue><a></a>"),
}  # fmt: skip


@pytest.mark.parametrize("attack", STATEMENTS)
def test_any_other_statement_is_refused_even_when_correctly_signed(attack: str) -> None:
    field, old, new = STATEMENTS[attack]
    forged = edited(old, new)
    assert refused(forged).field == field
    assert refused(resigned(forged)).field == field


KEY_INFOS = {
    "no serial": ("X509SerialNumber", f"<ds:X509SerialNumber>{SERIAL}</ds:X509SerialNumber>", ""),
    "no KeyInfo": ("KeyInfo", signature_of()[signature_of().index("<ds:KeyInfo>") :],
        "</ds:Signature>"),
    "no SignatureValue": ("SignatureValue",
        f"<ds:SignatureValue>{base64_of(SIGNED, 'SignatureValue')}</ds:SignatureValue>", ""),
    "no issuer": ("X509IssuerName", f"<ds:X509IssuerName>{ISSUER}</ds:X509IssuerName>", ""),
    "empty issuer": ("X509IssuerName", ISSUER, ""),
    "an issuer that is no name": ("X509IssuerName", ISSUER, "Z1"),
    "empty serial": ("X509SerialNumber", str(SERIAL), ""),
    "hexadecimal serial": ("X509SerialNumber", str(SERIAL), "0x07"),
    "negative serial": ("X509SerialNumber", str(SERIAL), "-7"),
    "serial with a sign": ("X509SerialNumber", str(SERIAL), "+7"),
    "serial with a leading zero": ("X509SerialNumber", str(SERIAL), "07"),
    "serial zero": ("X509SerialNumber", str(SERIAL), "0"),
    "serial with a fraction": ("X509SerialNumber", str(SERIAL), "7.0"),
    "serial in other digits": ("X509SerialNumber", str(SERIAL), "\u0667"),
    "serial of 161 bits": ("X509SerialNumber", str(SERIAL), str(MAX_SERIAL + 1)),
    "serial of 5,000 digits": ("X509SerialNumber", str(SERIAL), "9" * 5000),
    "two serials": ("X509IssuerSerial", "</ds:X509IssuerSerial>",
        "<ds:X509SerialNumber>7</ds:X509SerialNumber></ds:X509IssuerSerial>"),
    "two X509IssuerSerial": ("X509Data", "</ds:X509Data>", "<ds:X509IssuerSerial/></ds:X509Data>"),
    "two X509Data": ("KeyInfo", "</ds:KeyInfo>", "<ds:X509Data/></ds:KeyInfo>"),
    "two KeyInfo": ("Signature", "</ds:KeyInfo>", "</ds:KeyInfo><ds:KeyInfo/>"),
    "two SignatureValues": ("KeyInfo", "<ds:KeyInfo>", "<ds:SignatureValue/><ds:KeyInfo>"),
    "a key in KeyInfo": ("KeyInfo", "</ds:KeyInfo>", "<ds:KeyValue/></ds:KeyInfo>"),
    "a key before X509Data": ("X509Data", "<ds:KeyInfo>", "<ds:KeyInfo><ds:KeyValue/>"),
    "a certificate in X509Data": ("X509Data", "</ds:X509Data>",
        "<ds:X509Certificate>AA==</ds:X509Certificate></ds:X509Data>"),
    "a RetrievalMethod": ("X509Data", "<ds:KeyInfo>",
        '<ds:KeyInfo><ds:RetrievalMethod URI="http://localhost/"/>'),
    "an Id on KeyInfo": ("KeyInfo", "<ds:KeyInfo>", '<ds:KeyInfo Id="a">'),
    "an Object": ("Signature", "</ds:Signature>", "<ds:Object/></ds:Signature>"),
    "a Manifest": ("Signature", "</ds:Signature>",
        "<ds:Object><ds:Manifest><ds:Reference URI=''/></ds:Manifest></ds:Object></ds:Signature>"),
    "an Id on SignatureValue": ("SignatureValue", "<ds:SignatureValue>",
        '<ds:SignatureValue Id="a">'),
}  # fmt: skip


@pytest.mark.parametrize("attack", KEY_INFOS)
def test_anything_else_about_the_key_is_refused(attack: str) -> None:
    field, old, new = KEY_INFOS[attack]
    assert refused(edited(old, new)).field == field


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
    claim = xmlsig.read_signature(root)
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.verify(root, claim, KEY.public_key())
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


def test_no_altered_octet_gives_another_meaning() -> None:
    """Every octet, altered in three ways: refused, or the same content from the same signer."""
    content = etree.tostring(accepted(SIGNED).root, method="c14n")
    survivors = set()
    for position in range(len(SIGNED)):
        for flip in (0x01, 0x20, 0x80):
            altered = bytearray(SIGNED)
            altered[position] ^= flip
            try:
                verified = accepted(bytes(altered))
            except StayonError:
                continue
            if verified.serial != SERIAL:
                continue  # not signed, but nobody's certificate, or that of another key
            assert etree.tostring(verified.root, method="c14n") == content
            assert verified.issuer == IssuerName.parse(ISSUER) or position in span(ISSUER)
            survivors.add(position)
    assert survivors.isdisjoint({*span("1003"), *span(DIGEST), *span(VALUE)})


def span(text: str) -> range:
    start = SIGNED.index(text.encode())
    return range(start, start + len(text))


@settings(max_examples=60)
@given(trees(), st.data())
def test_no_altered_tree_is_accepted(tree: etree._Element, data: st.DataObject) -> None:
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
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.verify(root, claim, KEY.public_key())
    assert caught.value.field == "DigestValue"


@settings(max_examples=150)
@given(st.text(max_size=30) | st.from_regex(r"(CN|OU|2\.5\.4\.3) ?= ?[\w, ]{0,8}", fullmatch=True))
def test_any_issuer_is_a_name_or_the_one_error(text: str) -> None:
    with suppress(XmlSignatureError):
        assert IssuerName.parse(text).attributes
