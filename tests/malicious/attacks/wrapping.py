"""Signature wrapping: the signed content is still there, and the attacker's is what would be read."""

from collections.abc import Iterator

from tests.malicious.attacks.documents import (
    CONTENT,
    DS,
    ENVELOPED,
    EVIL,
    GOOD,
    SIGNATURE,
    evil,
    good,
    with_signature,
)
from tests.malicious.corpus import Attack

CLAUSE = "XML Signature 8.1 (only what is signed is secure); D5; McIntosh and Austel, XSW 1 to 8"
NOT_SIGNED = {"status": 200, "code": "E65", "check": "smki/xml_signature"}
NO_SCHEMA = {"status": 400}
WITH_ID = CONTENT.replace("<sr:Request ", '<sr:Request Id="signed" ')
BY_ID = SIGNATURE.replace('URI=""', 'URI="#signed"')


def _object(text: str, signature: str = SIGNATURE) -> str:
    return signature.replace("</ds:Signature>", f"<ds:Object>{text}</ds:Object></ds:Signature>")


def _around(text: str, signature: str = SIGNATURE) -> str:
    return signature.replace("</ds:Signature>", f"{text}</ds:Signature>")


_IN_PLACE = {
    "replaced": ("the attacker's content under the good signature", evil(last=SIGNATURE)),
    "replaced-by-id": ("the same with a reference by Id", evil(last=BY_ID)),
}
_WRAPPED = {
    "xsw1": ("the signed document inside the signature's parent, by Id, after the evil one",
        EVIL.replace("</sr:Request>", _around(WITH_ID, BY_ID) + "</sr:Request>")),
    "xsw2": ("the signed content before a detached signature", evil(last=WITH_ID + BY_ID)),
    "xsw3": ("the signed content as the first child of the evil one", evil(first=WITH_ID + BY_ID)),
    "xsw4": ("the evil content inside the signed one",
        CONTENT.replace("<sr:Header>", EVIL + "<sr:Header>", 1)
        .replace("</sr:Body></sr:Request>", "</sr:Body>" + SIGNATURE + "</sr:Request>")),
    "xsw5": ("the signed content behind the signature in the evil one", evil(last=BY_ID + WITH_ID)),
    "xsw6": ("the signed content inside the signature inside the evil one",
        evil(first=_around(WITH_ID, BY_ID))),
    "xsw7": ("the signed content inside an element of the evil one's",
        evil(first=f"<sr:Extensions>{WITH_ID}</sr:Extensions>", last=BY_ID)),
    "xsw8": ("the signed content in an Object of the signature", evil(last=_object(WITH_ID, BY_ID))),
    "enveloped-whole": ("the good request whole, inside the evil one", evil(first=GOOD)),
    "enveloped-last": ("the good request whole, at the end of the evil one", evil(last=GOOD)),
    "enveloped-in-body": ("the good request whole, in the evil one's body",
        EVIL.replace("<sr:Body>", f"<sr:Body>{GOOD}")),
    "object-of-enveloped": ("the signed content in an Object, no Id", evil(last=_object(CONTENT))),
    "enveloping": ("a signature around the evil document", _object(EVIL)),
    "in-header": ("the signature moved into the header",
        CONTENT.replace("</sr:Header>", SIGNATURE + "</sr:Header>")),
    "in-front": ("the signature moved to the front",
        CONTENT.replace("<sr:Header>", SIGNATURE + "<sr:Header>")),
    "element-behind": ("a body behind the signature", good("</sr:Request>", "<sr:Body/></sr:Request>")),
    "two-signatures-same": ("the same signature twice", with_signature(SIGNATURE * 2)),
    "two-signatures-one-empty": ("an empty signature before the good one",
        with_signature(f'<x:Signature xmlns:x="{DS}"/>' + SIGNATURE)),
    "signature-in-signature": ("a signature within the signature",
        with_signature(_around(SIGNATURE))),
    "signature-in-object": ("a signature in an Object of the signature",
        with_signature(_object(SIGNATURE))),
}  # fmt: skip


def _transform(algorithm: str, text: str = "") -> str:
    return good(ENVELOPED, f'<ds:Transform Algorithm="{algorithm}">{text}</ds:Transform>')


_SHEET = (
    '<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    '<xsl:template match="/"><a/></xsl:template></xsl:stylesheet>'
)
_BY_STATEMENT = {
    "no-transform": ("no enveloped-signature transform", good(ENVELOPED, "")),
    "xpath": ("an XPath transform that leaves out what is not signed", _transform(
        "http://www.w3.org/TR/1999/REC-xpath-19991116", "<ds:XPath>ancestor::ds:Object</ds:XPath>")),
    "xpath-filter": ("an XPath filter", _transform("http://www.w3.org/2002/06/xmldsig-filter2")),
    "xslt": ("an XSLT transform, which is a program",
        _transform("http://www.w3.org/TR/1999/REC-xslt-19991116", _SHEET)),
    "xslt-behind": ("an XSLT transform behind the right one", good(ENVELOPED, ENVELOPED
        + f'<ds:Transform Algorithm="http://www.w3.org/TR/1999/REC-xslt-19991116">{_SHEET}'
        "</ds:Transform>")),
    "base64": ("a base64 transform", _transform(DS + "base64")),
    "canonical-behind": ("a canonicalisation behind the right transform", good(ENVELOPED, ENVELOPED
        + '<ds:Transform Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315#WithComments">'
        "</ds:Transform>")),
    "reference-fragment": ("a reference by Id", good('URI=""', 'URI="#signed"')),
    "reference-xpointer": ("a reference by XPointer", good('URI=""', 'URI="#xpointer(/)"')),
    "reference-file": ("a reference to a file", good('URI=""', 'URI="file:///etc/hostname"')),
    "reference-network": ("a reference to the network", good('URI=""', 'URI="http://localhost:1/"')),
    "reference-twice": ("two references", good("</ds:SignedInfo>",
        '<ds:Reference URI="#a"></ds:Reference></ds:SignedInfo>')),
    "no-reference": ("no reference at all", with_signature(SIGNATURE.replace(
        SIGNATURE[SIGNATURE.index("<ds:Reference") : SIGNATURE.index("</ds:SignedInfo>")], ""))),
    "manifest": ("a Manifest, whose references nobody need check", with_signature(_object(
        '<ds:Manifest><ds:Reference URI=""></ds:Reference></ds:Manifest>'))),
    "comment-in-digest": ("a comment in the digest",
        good("{{digest}}", "<!-- a -->{{digest}}AAAA")),
    "comment-in-serial": ("a comment in the serial number", good("{{serial}}", "{{serial}}<!-- -->9")),
}  # fmt: skip


def wrapping() -> Iterator[Attack]:
    """Each of them once as a thief could make it, and once signed by the right key."""
    for name, (what, text) in _IN_PLACE.items():
        yield Attack(f"wrap-{name}", what, CLAUSE, text, expect=NOT_SIGNED,
            make={"service": "S", "signature": "of the good request"})  # fmt: skip
    for name, (what, text) in _WRAPPED.items():
        for how in ("of the good request", "again"):
            yield Attack(
                f"wrap-{name}" + ("-signed" if how == "again" else ""),
                what + (", and signed anew as it stands" if how == "again" else ""),
                CLAUSE, text, expect={"refused": True}, make={"service": "S", "signature": how},
            )  # fmt: skip
    for name, (what, text) in _BY_STATEMENT.items():
        yield Attack(f"statement-{name}", what, "XML Signature 4.4, 8.1; DUIS XML signature profile",
            text, expect={"refused": True}, make={"service": "S", "signature": "again"})  # fmt: skip
