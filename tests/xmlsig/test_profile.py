"""What is accepted: the profile, and the liberties that peers take with it."""

import re
from unittest.mock import patch

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
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
    ieee_p1363,
    resigned,
    signature_of,
    with_signature,
)
from tests.xmlsig.trees import trees

from stayon import safexml, xmlsig
from stayon.xmlsig import IssuerName, XmlSignatureError, verifying


def canonical(root: etree._Element) -> bytes:
    return etree.tostring(root, method="c14n")


def test_what_is_signed_verifies_and_comes_back_without_its_signature() -> None:
    verified = accepted(SIGNED)
    assert (verified.issuer, verified.serial) == (IssuerName.parse(ISSUER), SERIAL)
    assert canonical(verified.root) == canonical(etree.fromstring(UNSIGNED))


def test_a_signed_document_is_compact_and_signed_last() -> None:
    assert SIGNED.startswith(b'<?xml version="1.0" encoding="UTF-8"?><sr:Request ')
    assert SIGNED.endswith(b"</ds:Signature></sr:Request>")
    assert b"\n" not in SIGNED


def test_the_digest_covers_namespaces_that_nothing_uses() -> None:
    with pytest.raises(XmlSignatureError) as caught:
        accepted(edited(f' xmlns:ns3="{DS}"', ""))
    assert caught.value.field == "DigestValue"


def test_signing_leaves_out_placeholder_comments_and_indentation() -> None:
    template = (
        b"<a>\n  <!-- note --><b>1<!-- note -->0 </b>\n  <c/>\n"
        b"  <Signature xmlns='" + DS.encode() + b"'>\n <SignedInfo/> </Signature>\n</a>"
    )
    root = etree.fromstring(template)
    before = etree.tostring(root)
    signed = xmlsig.sign(root, KEY, ISSUER, SERIAL)
    assert etree.tostring(root) == before
    assert signed.count(b"Signature xmlns") == 1
    assert etree.tostring(accepted(signed).root) == b"<a><b>10 </b><c/></a>"


def test_signing_keeps_white_space_that_is_content() -> None:
    root = safexml.parse("<a><b> </b><c>\u00a0<d/></c><e>x\r\n&#13;</e></a>".encode())
    verified = accepted(xmlsig.sign(root, KEY, ISSUER, SERIAL))
    assert [verified.root.findtext(name) for name in "bce"] == [" ", "\u00a0", "x\n\r"]


def test_a_comment_does_not_make_its_parent_one_of_elements() -> None:
    root = etree.fromstring("<a><b> <!-- note -->1</b></a>")
    assert accepted(xmlsig.sign(root, KEY, ISSUER, SERIAL)).root.findtext("b") == " 1"


def test_one_document_of_a_larger_tree_can_be_signed() -> None:
    outer = safexml.parse(b"<a xmlns:p='urn:q'><p:b>1</p:b>tail</a>")
    verified = accepted(xmlsig.sign(outer[0], KEY, ISSUER, SERIAL))
    assert verified.root.tag == "{urn:q}b"
    assert verified.root.text == "1"


def test_signing_refuses_what_nobody_could_verify() -> None:
    root = safexml.parse(UNSIGNED)
    for issuer, serial in (("Z1", 1), ("", 1), (ISSUER, 0), (ISSUER, -1), (ISSUER, 2**160)):
        with pytest.raises(XmlSignatureError):
            xmlsig.sign(root, KEY, issuer, serial)
    for unclean in (b"<a><?b?></a>", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"):
        tree = etree.fromstring(unclean, etree.XMLParser(resolve_entities=False))
        with pytest.raises(XmlSignatureError):
            xmlsig.sign(tree, KEY, ISSUER, SERIAL)


def test_a_key_elsewhere_can_sign() -> None:
    root = safexml.parse(UNSIGNED)
    asked = []

    def module(data: bytes) -> bytes:
        asked.append(data)
        return ieee_p1363(KEY.sign(data, ec.ECDSA(SHA256())))

    accepted(xmlsig.sign_with(root, module, ISSUER, SERIAL))
    assert len(asked) == 1
    with pytest.raises(XmlSignatureError) as caught:
        xmlsig.sign_with(root, lambda data: KEY.sign(data, ec.ECDSA(SHA256())), ISSUER, SERIAL)
    assert caught.value.field == "SignatureValue"


def test_the_same_document_is_signed_the_same() -> None:
    assert xmlsig.sign(safexml.parse(UNSIGNED), KEY, ISSUER, SERIAL) == SIGNED


def test_an_issuer_name_is_written_so_that_it_reads_back() -> None:
    issuer = r"O=A & B\, C \<D\>,CN=Z1"
    verified = accepted(xmlsig.sign(safexml.parse(UNSIGNED), KEY, issuer, 2**160 - 1))
    assert verified.issuer == IssuerName((("CN", "Z1"), ("O", "A & B, C <D>")))
    assert verified.serial == 2**160 - 1


@pytest.mark.parametrize("prefix", ["ds", "dsig", "\u00e4.-1", "sr", "ns3"])
def test_any_one_prefix_is_accepted(prefix: str) -> None:
    signature = signature_of().replace("ds:", f"{prefix}:").replace("xmlns:ds", f"xmlns:{prefix}")
    accepted(resigned(with_signature(signature)))


def test_no_prefix_is_accepted() -> None:
    signature = signature_of().replace("xmlns:ds", "xmlns").replace("ds:", "")
    accepted(resigned(with_signature(signature)))


def test_the_namespace_may_be_declared_at_the_root() -> None:
    signature = signature_of().replace(f' xmlns:ds="{DS}"', "").replace("ds:", "ns3:")
    accepted(resigned(with_signature(signature.replace("<ns3:Signature>", "<ns3:Signature >"))))


def test_a_declaration_that_the_signature_does_not_use_is_no_harm() -> None:
    accepted(edited("<ds:Signature ", f'<ds:Signature xmlns="{DS}" '))


@pytest.mark.parametrize("space", ["\n", "\n    ", "\t", " ", "&#13;\n", "\r\n"])
def test_white_space_between_elements_is_accepted(space: str) -> None:
    methods = re.sub(r"></ds:(\w*Method|Transform)>", "/>", signature_of())
    spaced = re.sub(r"(?<=>)(?=<)", lambda _: space, methods)
    accepted(resigned(with_signature(spaced)))


def test_comments_between_elements_are_no_part_of_the_document() -> None:
    accepted(edited("<ds:KeyInfo>", "<!-- placeholder --><ds:KeyInfo>"))
    accepted(edited("<sr:Body>", "<!-- safe --><sr:Body>"))


def test_a_comment_in_a_signed_text_does_not_change_what_is_read() -> None:
    verified = accepted(edited("1003", "10<!-- -->03"))
    assert verified.root.findtext(".//{*}Threshold") == "1003"


@pytest.mark.parametrize("wrap", ["&#13;\n", "\r\n", "\n", " ", "&#13; "])
def test_a_wrapped_signature_value_is_accepted(wrap: str) -> None:
    match = re.search(r"<ds:SignatureValue>([^<]*)<", SIGNED.decode())
    assert match
    accepted(edited(match[1], match[1][:76] + wrap + match[1][76:]))


@pytest.mark.parametrize("before", ["", "\n"])
@pytest.mark.parametrize("after", ["", "\n  "])
@pytest.mark.parametrize("content", ["", "<b/>", "text"])
def test_white_space_around_the_signature_belongs_to_the_digest(
    content: str, before: str, after: str
) -> None:
    signed = xmlsig.sign(safexml.parse(f"<a>{content}</a>".encode()), KEY, ISSUER, SERIAL)
    signature = signature_of(signed)
    spaced = edited(signature, before + signature + after, signed)
    if spaced != signed:
        with pytest.raises(XmlSignatureError) as caught:
            accepted(spaced)
        assert caught.value.field == "DigestValue"
    root = accepted(resigned(spaced)).root
    assert canonical(root) == canonical(etree.fromstring(f"<a>{content}{before}{after}</a>"))


def test_a_signed_document_travels_inside_another() -> None:
    inner = xmlsig.sign(
        safexml.parse(b'<p:b xmlns:p="urn:q" xmlns:r="urn:r"><p:c>1</p:c></p:b>'), KEY, ISSUER, 1
    )
    outer = safexml.parse(b'<p:a xmlns:p="urn:q" xmlns:r="urn:r"/>')
    outer.append(safexml.parse(inner))
    other = throwaway_key("another signer")
    signed = xmlsig.sign(outer, other, ISSUER, 2)

    root = safexml.parse(signed)
    with pytest.raises(XmlSignatureError, match=r"child of '\{urn:q\}b'"):
        xmlsig.read_signature(root)
    claim = xmlsig.read_signature(root, inner={"{urn:q}b"})
    assert claim.serial == 2
    verified = xmlsig.verify(root, claim, other.public_key())

    inner_root = xmlsig.inner_document(verified.root[0])
    inner_claim = xmlsig.read_signature(inner_root)
    assert inner_claim.serial == 1
    assert xmlsig.verify(inner_root, inner_claim, KEY.public_key()).root.findtext("{urn:q}c") == "1"


@settings(max_examples=100)
@given(trees())
def test_whatever_is_signed_verifies_and_comes_back(tree: etree._Element) -> None:
    signed = xmlsig.sign(tree, KEY, ISSUER, SERIAL)
    root = accepted(signed).root
    assert canonical(root) == canonical(tree)
    assert xmlsig.read_signature(safexml.parse(xmlsig.sign(root, KEY, ISSUER, 7))).serial == 7


def test_a_claim_can_be_kept_in_a_log() -> None:
    claim = xmlsig.read_signature(safexml.parse(SIGNED))
    assert repr(claim) == (
        "SignatureClaim(issuer=IssuerName(attributes=(('CN', 'Z1'), ('OU', '07'))), "
        f"serial={SERIAL})"
    )


@settings(max_examples=100)
@given(trees(), st.sampled_from(["", "\n", " "]), st.sampled_from(["ds", "x", ""]))
def test_the_usual_way_of_reading_gives_what_the_careful_one_gives(
    tree: etree._Element, space: str, prefix: str
) -> None:
    signature = signature_of(xmlsig.sign(tree, KEY, ISSUER, SERIAL))
    if prefix != "ds":
        signature = re.sub(r"(?<=[</ ])ds:", f"{prefix}:" if prefix else "", signature)
        signature = signature.replace("xmlns:ds=", f"xmlns:{prefix}=" if prefix else "xmlns=")
    signature = signature.replace("<ds:KeyInfo>", f"{space}<ds:KeyInfo>")
    whole = xmlsig.sign(tree, KEY, ISSUER, SERIAL)
    document = edited(signature_of(whole), signature, whole)
    document = document if prefix == "ds" else resigned(document)
    claim = xmlsig.read_signature(safexml.parse(document))
    with patch.object(verifying, "split_usual", lambda _: None):
        careful = xmlsig.read_signature(safexml.parse(document))
    usual = prefix == "ds" and not space
    assert (claim.content is not None, careful.content) == (usual, None)
    assert claim == careful
    assert canonical(accepted(document).root) == canonical(tree)
