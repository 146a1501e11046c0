"""Documents in Stayon's own form are taken apart by their octets, and verified all the same."""

import pytest
from tests.support.throwaway_keys import throwaway_key

from stayon import safexml, xmlsig
from stayon.xmlsig import XmlSignatureError

KEY = throwaway_key("usual document")
DOCUMENT = b'<a:Thing xmlns:a="urn:a"><a:Value>7</a:Value></a:Thing>'


def signed(issuer: str = "CN=Z1,OU=07", serial: int = 77) -> bytes:
    return xmlsig.sign(safexml.parse(DOCUMENT), KEY, issuer, serial)


def test_what_was_signed_and_by_whom() -> None:
    document = signed()
    usual = xmlsig.usual_document(document)
    assert usual is not None
    content, claim = usual
    root = safexml.parse(document)
    read = xmlsig.read_signature(root)
    assert (content, claim) == (DOCUMENT, read)
    verified = xmlsig.verify_octets(content, claim, KEY.public_key())
    assert verified == xmlsig.verify(root, read, KEY.public_key())


def test_what_was_changed_is_found_out() -> None:
    usual = xmlsig.usual_document(signed().replace(b">7<", b">8<"))
    assert usual is not None
    with pytest.raises(XmlSignatureError, match="DigestValue"):
        xmlsig.verify_octets(*usual, KEY.public_key())
    content, claim = xmlsig.usual_document(signed()) or pytest.fail("is usual")
    with pytest.raises(XmlSignatureError, match="SignatureValue"):
        xmlsig.verify_octets(content, claim, throwaway_key("another").public_key())


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'<?xml version="1.0" encoding="UTF-8"?>', b""),
        (b"<ds:KeyInfo>", b"<ds:KeyInfo> "),
        (b">77<", b">077<"),
        (b">77<", b">" + b"9" * 49 + b"<"),
        (b"CN=Z1", b"CN=&lt;"),
        (b"OU=07", b"OU"),
        (b"</ds:DigestValue>", b"=</ds:DigestValue>"),
        (b"</ds:Signature>", b"</ds:Signature><a:More></a:More>"),
    ],
)
def test_any_other_form_is_left_to_the_parser(old: bytes, new: bytes) -> None:
    document = signed()
    assert old in document
    assert xmlsig.usual_document(document.replace(old, new)) is None
