"""Documents of a known form: read the short way, and as the plain way would have read them."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree
from tests.checks.cases import SRP_XML, contingency
from tests.checks.judging import KEY, judged, outcome, signed
from tests.duis import samples
from tests.duis.strategies import eui64s, requests, signed_pre_commands
from tests.reference import needs_shared
from tests.support.throwaway_keys import throwaway_key

from stayon import safexml
from stayon.checks import forms as forms_module
from stayon.checks.forms import KnownForms
from stayon.checks.outcome import Rejected
from stayon.checks.stages import Authenticated
from stayon.domain.request_id import RequestId
from stayon.duis.request import Request, SignedPreCommand, build_request
from stayon.xmlsig import sign

identities = st.builds(RequestId, eui64s, eui64s, st.integers(0, 10**18 - 1))


def is_known(body: bytes, forms: KnownForms) -> bool:
    return forms.read(body) is not None


ONE = contingency().request
DOCUMENT = signed(ONE)
OTHER = signed(replace(ONE, request_id=replace(ONE.request_id, counter=7)))


def learnt(body: bytes = DOCUMENT) -> KnownForms:
    forms = KnownForms()
    known, authenticated = judged(body, forms)
    assert not known
    assert isinstance(authenticated, Authenticated)
    return forms


@given(requests(), identities, identities, signed_pre_commands)
def test_the_short_way_says_what_the_plain_way_says(
    request: Request, first: RequestId, second: RequestId, payload: SignedPreCommand
) -> None:
    forms = learnt(signed(replace(request, request_id=first)))
    changes: dict[str, Any] = {"request_id": second}
    if isinstance(request.body, SignedPreCommand):
        changes["body"] = replace(request.body, gbcs_payload=payload.gbcs_payload)
    body = signed(replace(request, **changes))
    known, short = judged(body, forms)
    assert known
    plain = judged(body)[1]
    assert isinstance(short, Authenticated)
    assert isinstance(plain, Authenticated)
    assert short.request == plain.request
    assert (short.signer, str(short.frame)) == (plain.signer, str(plain.frame))


@given(identities, st.binary(min_size=1, max_size=90))
@needs_shared
def test_the_official_schema_takes_what_the_short_way_takes(
    identity: RequestId, payload: bytes
) -> None:
    request = replace(ONE, schema_version="5.4", service_reference_variant="2.1")
    request = replace(request, request_id=identity, body=SignedPreCommand(None, payload))
    samples.official_schemas().validate(safexml.parse(signed(request)), "5.4")


@pytest.mark.requirement("D5", refuses=True)
def test_no_altered_octet_is_judged_otherwise_than_by_the_plain_way() -> None:
    forms = learnt()
    shorter = signed(replace(ONE, body=SignedPreCommand(None, b"payload")))
    for position in range(len(shorter)):
        for flip in (0x01, 0x20):
            altered = bytearray(shorter)
            altered[position] ^= flip
            assert outcome(bytes(altered), forms) == outcome(bytes(altered)), position


@pytest.mark.requirement("D5", refuses=True)
def test_a_known_form_proves_nothing_of_the_signature() -> None:
    forms = learnt()
    forged = sign(build_request(ONE), throwaway_key("another"), SRP_XML.issuer, SRP_XML.serial)
    known, verdict = judged(forged, forms)
    assert known
    assert isinstance(verdict, Rejected)
    assert verdict.check == "smki/xml_signature"
    assert judged(forged)[1] == verdict


def edited(old: bytes, new: bytes) -> bytes:
    assert old in DOCUMENT
    return DOCUMENT.replace(old, new)


def signed_anew(body: bytes) -> bytes:
    """The document of ``body`` as another peer would sign it, whatever its layout."""
    root = safexml.parse(body)
    return sign(root, KEY, SRP_XML.issuer, SRP_XML.serial)


def test_what_is_not_verified_is_not_learnt() -> None:
    forms = KnownForms()
    forged = sign(build_request(ONE), throwaway_key("another"), SRP_XML.issuer, SRP_XML.serial)
    assert isinstance(judged(forged, forms)[1], Rejected)
    assert not is_known(DOCUMENT, forms)


def with_prefix(prefix: str) -> bytes:
    text = DOCUMENT.replace(b"<sr:", f"<{prefix}:".encode()).replace(
        b"</sr:", f"</{prefix}:".encode()
    )
    text = text.replace(b"xmlns:sr=", f"xmlns:{prefix}=".encode())
    return signed_anew(text)


@pytest.mark.parametrize(
    "body",
    [
        edited(b"<sr:Header>", b"<!-- a comment --><sr:Header>"),
        edited(b"<sr:Header>", b"<sr:Header >"),
        edited(b"?><sr:Request", b"?><!-- a comment --><sr:Request"),
        with_prefix("other"),
    ],
)
def test_what_is_not_in_canonical_form_is_not_learnt(body: bytes) -> None:
    forms = learnt(body)
    assert not is_known(body, forms)


def test_white_space_within_the_tags_of_a_signature_is_no_matter() -> None:
    """The Signature is not a part of what is signed, and SignedInfo is built anew."""
    body = edited(b"<ds:SignedInfo>", b"<ds:SignedInfo >")
    assert is_known(body, learnt(body))


def test_a_line_end_behind_the_document_is_no_matter() -> None:
    forms = learnt(DOCUMENT + b"\n")
    assert is_known(OTHER + b"\n", forms)
    assert not is_known(OTHER, forms)


@pytest.mark.parametrize(
    "identity",
    [
        replace(ONE.request_id, counter=10**18),
        replace(ONE.request_id, counter=2**64 - 1),
    ],
)
def test_a_counter_of_more_digits_goes_the_plain_way(identity: RequestId) -> None:
    forms = learnt()
    known, authenticated = judged(signed(replace(ONE, request_id=identity)), forms)
    assert not known
    assert isinstance(authenticated, Authenticated)
    assert authenticated.request.request_id == identity
    learning = KnownForms()
    judged(signed(replace(ONE, request_id=identity)), learning)
    assert not is_known(OTHER, learning)


def test_lower_case_and_white_space_go_the_plain_way() -> None:
    forms = learnt()
    identity = str(ONE.request_id).encode()
    assert identity != identity.lower()
    for other in (identity.lower(), identity + b" "):
        body = signed_anew(edited(identity, other))
        known, authenticated = judged(body, forms)
        assert not known
        assert isinstance(authenticated, Authenticated)
        assert authenticated.request == ONE


def test_a_wrong_digest_is_named_as_by_the_plain_way() -> None:
    altered = DOCUMENT.replace(str(ONE.request_id).encode(), str(REQUEST_ID_7).encode())
    known, verdict = judged(altered, learnt())
    assert known
    assert isinstance(verdict, Rejected)
    assert "DigestValue" in verdict.detail
    assert judged(altered)[1] == verdict


def test_base64_with_stray_bits_goes_the_plain_way() -> None:
    forms = learnt()
    assert forms.read(DOCUMENT) is not None
    start = DOCUMENT.index(b"</ds:DigestValue>") - 2
    last = DOCUMENT[start : start + 1]
    stray = DOCUMENT[:start] + bytes((last[0] + 1,)) + DOCUMENT[start + 1 :]
    assert not is_known(stray, forms)
    assert outcome(stray, forms) == outcome(stray)


REQUEST_ID_7 = replace(ONE.request_id, counter=7)


def test_a_tag_that_is_the_beginning_of_a_text_is_not_taken_for_one() -> None:
    """In canonical form ``<`` begins markup only; CDATA is not in canonical form."""
    body = edited(b"<sr:Body>", b"<sr:Body><![CDATA[]]>")
    assert not is_known(body, learnt(body))


def test_only_so_many_forms_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_module, "_MOST_FORMS", 2)
    forms = learnt()
    for variant in (6, 7):
        judged(signed(contingency(variant).request), forms)
    assert not is_known(OTHER, forms)
    assert is_known(signed(contingency(7).request), forms)


def test_a_large_document_goes_the_plain_way() -> None:
    body = signed(replace(ONE, body=SignedPreCommand(None, bytes(50_000))))
    assert not is_known(body, learnt())
    assert not is_known(body, learnt(body))


def test_a_large_form_is_not_learnt(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forms_module, "_LARGEST_FORM", 100)
    assert not is_known(OTHER, learnt())


def test_what_was_signed_is_what_is_used() -> None:
    forms = learnt()
    document = forms.read(OTHER)
    assert document is not None
    content = etree.tostring(safexml.parse(OTHER), method="c14n")
    start, end = content.index(b"<ds:Signature "), content.index(b"</ds:Signature>") + 15
    assert document.content == content[:start] + content[end:]
