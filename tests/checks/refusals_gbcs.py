"""Signed Pre-Commands stopped because of their form, signature, header or code."""

from dataclasses import replace
from datetime import timedelta

from tests.checks import cases
from tests.checks.cases import (
    NOW,
    OTHER_METER,
    OTHER_SUPPLIER,
    SRP,
    SUPPLIER,
    Case,
    certificate,
    contingency,
    ordinary,
)
from tests.checks.refusal import Refusal

from stayon.checks.facts import (
    Revocation,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import NULL, Cra, Frame
from stayon.gbcs.other_information import OtherInformation
from stayon.smki_profile import KeyUsage, RemotePartyRole


def _frame(case: Case) -> Frame:
    assert isinstance(case.frame, Frame)
    return case.frame


def _anchored(**changes: object) -> Case:
    case = contingency()
    return case.with_anchor(
        certificate=replace(cases.SUPPLIER_GBCS, **changes)  # type: ignore[arg-type]
    )


SUPPLIER_KEY_FOR_XML = certificate("srp one key", SRP, RemotePartyRole.XML_SIGN, "supplier gbcs")


def _supplementary(frame: Frame) -> Frame:
    return replace(frame, other_information=OtherInformation(frame.message_code, SUPPLIER, 1))


def _coded(code: int) -> Case:
    return contingency().with_frame(
        lambda frame: replace(frame, other_information=OtherInformation(code))
    )


GBCS = (
    Refusal(
        "gbcs/pre_command_form", "E65",
        replace(contingency(), frame=GbcsError("message", 0, "begins with neither")),
        "no GBCS at all",
    ),
    Refusal(
        "gbcs/pre_command_form", "E65",
        contingency().with_frame(lambda frame: replace(frame, cra=Cra.RESPONSE)),
        "a signed response",
    ),
    Refusal(
        "gbcs/pre_command_form", "E65",
        replace(contingency(), frame=replace(_frame(contingency()), mac=bytes(12))),
        "it brings a MAC of its own",
    ),
    Refusal(
        "gbcs/pre_command_form", "E65",
        replace(contingency(), frame=replace(_frame(contingency()), signature=NULL)),
        "no signature",
    ),
    Refusal(
        "gbcs/signature", "E65",
        contingency().with_frame(lambda frame: frame, key="srp xml"),
        "signed with another key",
    ),
    Refusal(
        "gbcs/signature", "E65",
        replace(contingency(), frame=replace(_frame(contingency()), counter=cases.COUNTER + 1)),
        "the signature does not cover this counter",
    ),
    Refusal(
        "gbcs/signature", "E65", contingency().with_anchor(revocation=Revocation.KEY_COMPROMISE),
        "revoked for key compromise",
    ),
    Refusal(
        "gbcs/signature", "E65", contingency().with_anchor(revocation=Revocation.UNKNOWN),
        "nothing is known about revocation",
    ),
    Refusal(
        "gbcs/signature", "E65", contingency().with_anchor(chain_verified=False),
        "the chain was not verified",
    ),
    Refusal(
        "gbcs/signature", "E65", ordinary().with_anchor(revocation=Revocation.REVOKED),
        "a revoked certificate counts for nobody else",
    ),
    Refusal(
        "gbcs/signature", "E65", _anchored(not_after=NOW - timedelta(seconds=1)), "expired"
    ),
    Refusal(
        "gbcs/signature", "E65", _anchored(not_before=NOW + timedelta(seconds=1)), "not valid yet"
    ),
    Refusal(
        "gbcs/signature", "E65", _anchored(role=RemotePartyRole.NETWORK_OPERATOR),
        "not a supplier's certificate",
    ),
    Refusal(
        "gbcs/signature", "E65", _anchored(usage=KeyUsage.KEY_AGREEMENT),
        "not a certificate for signing",
    ),
    Refusal(
        "gbcs/signature", "E65", _anchored(eui64=OTHER_SUPPLIER), "another supplier's certificate"
    ),
    Refusal(
        "gbcs/signature", "E65", contingency().with_device(supplier_certificate=None),
        "the trust anchor cell's certificate is not known",
    ),
    Refusal(
        "gbcs/header", "E65",
        contingency().with_frame(lambda frame: replace(frame, originator=OTHER_SUPPLIER)),
        "the signed originator is another",
    ),
    Refusal(
        "gbcs/header", "E65",
        contingency().with_frame(lambda frame: replace(frame, recipient=OTHER_METER)),
        "the signed recipient is another",
    ),
    Refusal(
        "gbcs/header", "E65",
        ordinary().with_frame(lambda frame: replace(frame, counter=frame.counter + 1)),
        "the signed counter is another",
    ),
    Refusal(
        "gbcs/header", "E65", ordinary().with_frame(_supplementary),
        "a supplementary remote party",
    ),
    Refusal(
        "mp104/distinct_keys", "E65", replace(contingency(), signer=SUPPLIER_KEY_FOR_XML),
        "one key for XML and GBCS",
    ),
    Refusal(
        "gbcs/service_message_code", "E2",
        ordinary().with_frame(
            lambda frame: replace(frame, other_information=OtherInformation(0x001A))
        ),
        "2.1 in the header, 1.6 in the payload",
    ),
    Refusal("mp134b/message_code", "E020101", _coded(0x001F), "ECS08"),
    Refusal("mp134b/message_code", "E020101", _coded(0x006F), "the code of the other fuel"),
    Refusal(
        "mp134b/message_code", "E2",
        _coded(0x001A).with_request(schema_version="5.4"),
        "another code, in a DUIS version before E020101",
    ),
)  # fmt: skip
