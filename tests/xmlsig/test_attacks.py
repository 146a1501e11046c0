"""What is refused: the ways in which XML signatures have been broken, one by one.

Where it can be done the attacker's Signature is even correct for the document he made
(``resigned``), so that the profile alone stands between him and success.
"""

import re

import pytest
from tests.xmlsig.forging import (
    DS,
    ISSUER,
    SERIAL,
    SIGNED,
    base64_of,
    edited,
    refused,
    resigned,
    signature_of,
    with_signature,
)

from stayon import safexml, xmlsig
from stayon.xmlsig import XmlSignatureError
from stayon.xmlsig.verifying import MAX_SERIAL

CONTENT = re.sub(rb"<\?[^?]*\?>|<ds:Signature .*</ds:Signature>", b"", SIGNED).decode()
EVIL = CONTENT.replace("1003", "9999")
HEADER = "<sr:Header>"


def inside(element: str, root: str = EVIL) -> bytes:
    """The attacker's document with ``element`` as the first thing in it."""
    return root.replace(HEADER, element + HEADER).encode()


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
@pytest.mark.requirement("R5", refuses=True)
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
