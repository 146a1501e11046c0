"""From bytes to a request whose signer is known: parsing, the XML signature, the certificate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from tests.checks.cases import (
    NOW,
    SRP_XML,
    SUPPLIER,
    SUPPLIER_XML,
    Case,
    contingency,
    ordinary,
)
from tests.checks.documents import GOOD_SIGNER, document, parsed
from tests.duis.samples import own_schemas
from tests.policy.shipped import changed, shipped_policy

from stayon.checks import admission
from stayon.checks.admission import admit, authenticate, parse
from stayon.checks.facts import Revocation, SignerFacts
from stayon.checks.order import SIGNER_CHECKS
from stayon.checks.outcome import Rejected
from stayon.checks.stages import Admitted, Authenticated, Parsed, Received
from stayon.domain.metering import Fuel
from stayon.duis.errors import DuisError, SchemaError, VersionNotServed
from stayon.duis.request import SignedPreCommand
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Frame
from stayon.policy import Service
from stayon.safexml import SafeXmlError
from stayon.smki_profile import KeyUsage, RemotePartyRole
from stayon.xmlsig import SignatureClaim, XmlSignatureError


def signer(**changes: Any) -> SignerFacts:
    certificate = replace(GOOD_SIGNER.certificate, **changes)
    return replace(GOOD_SIGNER, certificate=certificate)


def certified(**changes: Any) -> SignerFacts:
    return signer(certificate=replace(SRP_XML, **changes))


@pytest.mark.requirement("R6.B", "R6.C", "D5", "T4")
@pytest.mark.parametrize("fuel", list(Fuel))
@pytest.mark.parametrize("variant", [1, 4, 5, 6, 7])
@pytest.mark.parametrize("make", [contingency, ordinary])
def test_from_bytes_to_admitted(make: Callable[..., Case], variant: int, fuel: Fuel) -> None:
    case = make(variant, fuel)
    read = parsed(document(case), case.received.service)
    assert isinstance(read.claim, SignatureClaim)
    assert read.claim.serial == case.signer.serial
    assert (read.request_id, read.schema_version) == (case.request.request_id, "5.5")
    facts = signer(certificate=case.signer)
    authenticated = authenticate(read, facts, shipped_policy())
    assert isinstance(authenticated, Authenticated)
    assert authenticated.request == case.request
    assert authenticated.signer is case.signer
    admitted = admit(authenticated, case.facts, shipped_policy())
    assert isinstance(admitted, Admitted)
    assert admitted.request == case.request
    assert admitted.received is read.received


def refusal(read: Parsed, facts: SignerFacts | None) -> tuple[str, str]:
    verdict = authenticate(read, facts, shipped_policy())
    assert isinstance(verdict, Rejected)
    assert verdict.detail
    return verdict.check, verdict.code


SIGNERS = [
    ("smki/xml_signature", None, "no such certificate"),
    ("smki/xml_signature", certified(public_key=SUPPLIER_XML.public_key), "another key"),
    ("smki/chain", signer(chain_verified=False), "the chain does not hold"),
    ("smki/xml_sign_role", certified(role=RemotePartyRole.SUPPLIER), "role 02"),
    ("smki/xml_sign_role", certified(role=RemotePartyRole.DSP_XML_SIGN), "role 89"),
    ("smki/xml_sign_role", certified(usage=KeyUsage.KEY_AGREEMENT), "key agreement"),
    ("smki/signer_valid", certified(not_after=NOW - timedelta(seconds=1)), "expired"),
    ("smki/signer_valid", certified(not_before=NOW + timedelta(seconds=1)), "not valid yet"),
    ("smki/signer_valid", signer(revocation=Revocation.REVOKED), "revoked"),
    ("smki/signer_valid", signer(revocation=Revocation.KEY_COMPROMISE), "compromised"),
    ("smki/signer_valid", signer(revocation=Revocation.UNKNOWN), "unknown"),
    ("mp104/key_of_one_role", replace(GOOD_SIGNER, key_has_other_role=True), "also signs GBCS"),
]


@pytest.mark.requirement("R2", "R6.B", "R6.C", "D5", "D6", "D15", "T7", refuses=True)
@pytest.mark.parametrize(
    ("check", "facts"), [row[:2] for row in SIGNERS], ids=[r[2] for r in SIGNERS]
)
def test_signers_that_do_not_count(check: str, facts: SignerFacts | None) -> None:
    assert refusal(parsed(document(contingency())), facts) == (check, "E65")


@pytest.mark.parametrize("module", SIGNER_CHECKS, ids=lambda module: module.CHECK.check_id)
def test_a_signer_check_that_is_switched_off_is_missed(
    module: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [facts for check, facts, _ in SIGNERS if check == module.CHECK.check_id]
    others = tuple(m.check for m in SIGNER_CHECKS if m is not module)
    monkeypatch.setattr(admission, "_SIGNER", others)
    assert rows
    for facts in rows:
        verdict = authenticate(parsed(document(contingency())), facts, shipped_policy())
        assert isinstance(verdict, Authenticated)


@pytest.mark.requirement("D5", "T7", refuses=True)
def test_a_document_that_was_changed_after_signing() -> None:
    body = document(contingency(4))
    forged = body.replace(b"MaxMeterBalance>50000000<", b"MaxMeterBalance>50000001<")
    assert forged != body
    assert refusal(parsed(forged), GOOD_SIGNER) == ("smki/xml_signature", "E65")


@pytest.mark.requirement("D5", "T7", refuses=True)
def test_a_document_without_signature() -> None:
    body = document(contingency())
    start, end = body.index(b"<ds:Signature"), body.index(b"</ds:Signature>")
    unsigned = body[:start] + body[end + len(b"</ds:Signature>") :]
    read = parsed(unsigned)
    assert isinstance(read.claim, XmlSignatureError)
    assert refusal(read, None) == ("smki/xml_signature", "E65")


def test_what_is_no_request_is_refused_before_any_check() -> None:
    body = document(contingency())
    with pytest.raises(SafeXmlError):
        parsed(b"<!DOCTYPE x>" + body)
    with pytest.raises(SchemaError):
        parsed(body.replace(b"CommandVariant>5<", b"CommandVariant>55<"))
    with pytest.raises(DuisError, match="Response: is not a Request"):
        parsed(b'<Response xmlns="http://www.dccinterface.co.uk/ServiceUserGateway"/>')


@pytest.mark.requirement("decision 19", refuses=True)
def test_a_duis_version_that_is_not_served() -> None:
    body = document(contingency())
    for version in (b"5.3", b"6.0", b"", b"5.50"):
        other = body.replace(b'schemaVersion="5.5"', b'schemaVersion="' + version + b'"')
        assert other != body
        with pytest.raises(VersionNotServed):
            parsed(other)
    only_new = changed("duis_versions.toml", ('["5.4", "5.5"]', '["5.5"]'))
    received = Received(document(contingency(version="5.4")), Service.SEND_COMMAND, NOW)
    with pytest.raises(VersionNotServed, match=r"5\.5"):
        parse(received, own_schemas(), only_new)


@pytest.mark.requirement("R5", refuses=True)
def test_a_payload_that_is_no_gbcs_is_kept_as_its_error() -> None:
    case = contingency().with_request(body=SignedPreCommand(None, b"\xdf\x09"))
    authenticated = authenticate(parsed(document(case)), GOOD_SIGNER, shipped_policy())
    assert isinstance(authenticated, Authenticated)
    assert isinstance(authenticated.frame, GbcsError)
    whole = authenticate(parsed(document(contingency())), GOOD_SIGNER, shipped_policy())
    assert isinstance(whole, Authenticated)
    assert isinstance(whole.frame, Frame)
    assert whole.frame.originator == SUPPLIER


@pytest.mark.requirement("D8")
def test_the_digest_is_of_the_bytes_received() -> None:
    body = document(contingency())
    assert Received(body, Service.SEND_COMMAND, NOW).digest == parsed(body).received.digest
    assert Received(body + b" ", Service.SEND_COMMAND, NOW).digest != parsed(body).received.digest
