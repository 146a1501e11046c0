"""What SMETS1 service providers sign."""

import re

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import etree
from tests.duis.samples import (
    AT,
    REQUEST_ID,
    canonical,
    official_schemas,
    own_schemas,
    request,
    with_signature,
)
from tests.duis.strategies import eui64s, instants, printable, request_ids, words
from tests.reference import SHARED

from stayon import safexml, xmlsig
from stayon.domain.request_id import RequestId
from stayon.duis import answers
from stayon.duis.errors import DuisError
from stayon.duis.names import SR
from stayon.duis.response import Smets1Message, parse_response
from stayon.duis.response_writing import build_response
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1DeviceAlert,
    Smets1Error,
    Smets1Response,
    Smets1Result,
    build_s1sp_alert,
    build_smets1_response,
    parse_s1sp_alert,
    parse_signed_response,
    write_s1sp_alert,
    write_smets1_response,
)

OFFICIAL = (SHARED / "duis/schema").is_dir()

errors = st.builds(Smets1Error, st.integers(-99, 99), st.integers(1, 99), words)
results = st.builds(Smets1Result, st.booleans(), st.lists(errors, max_size=3).map(tuple))
device_alerts = st.builds(Smets1DeviceAlert, st.none() | st.integers(0, 0xFFFF), words, instants)
identities = st.builds(RequestId, eui64s, eui64s, st.integers(0, 2**64 - 1))
signed_responses = st.builds(
    lambda identity, service, at, result: Smets1Response(
        "5.4", identity, service, service, at, result
    ),
    identities,
    st.sampled_from(("1.6", "2.1", "4.13", "6.23")),
    st.none() | instants,
    results,
) | st.builds(
    lambda identity, at, alert: Smets1Response("5.4", identity, None, None, at, alert),
    identities,
    st.none() | instants,
    device_alerts,
)
s1sp_alerts = st.builds(
    S1spAlert,
    st.just("5.4"),
    printable,
    instants,
    st.none() | request_ids,
    st.none() | eui64s,
    st.none() | printable,
)


def check_schema(root: etree._Element) -> None:
    own_schemas().validate(root, "5.4")
    if OFFICIAL:
        official_schemas().validate(root, "5.4")


@given(signed_responses)
@settings(max_examples=100, deadline=None)
def test_responses_and_alerts_of_devices(response: Smets1Response) -> None:
    root = canonical(write_smets1_response(response))
    assert parse_signed_response(root) == response
    signed = with_signature(root)
    check_schema(signed)
    assert parse_signed_response(signed) == response


@given(s1sp_alerts)
@settings(max_examples=50, deadline=None)
def test_alerts_of_the_provider(alert: S1spAlert) -> None:
    root = canonical(write_s1sp_alert(alert))
    assert parse_s1sp_alert(root) == alert
    signed = with_signature(root)
    check_schema(signed)
    assert parse_s1sp_alert(signed) == alert


SUCCESS = Smets1Response("5.4", REQUEST_ID.response_id, "2.1", "2.1", AT, Smets1Result(True))
FAILURE = Smets1Response(
    *("5.4", REQUEST_ID.response_id, "2.1", "2.1", AT),
    Smets1Result(False, (Smets1Error(3, 1, "no"),)),
)


@pytest.mark.requirement("R7")
def test_both_signatures_hold_when_one_document_travels_in_the_other() -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    inner = xmlsig.sign(build_smets1_response(FAILURE), key, "CN=Z1,OU=07", 1)
    answer = answers.smets1_response(request(reference="2.1"), inner, AT)
    outer = safexml.parse(xmlsig.sign(build_response(answer), key, "CN=Z1,OU=07", 2))
    check_schema(outer)
    allowed = (f"{{{SR}}}SMETS1SignedResponse",)
    verified = xmlsig.verify(
        outer, xmlsig.read_signature(outer, inner=allowed), key.public_key()
    ).root
    body = parse_response(verified).body
    assert isinstance(body, Smets1Message)
    document = safexml.parse(body.signed_response)
    claim = xmlsig.read_signature(document)
    assert claim.serial == 1
    content = xmlsig.verify(document, claim, key.public_key()).root
    assert parse_signed_response(content) == FAILURE


REFUSED = [
    ("sr:SMETS1Response", "sr:Other", "SMETS1Response is missing"),
    ("sr:ResponseMessage", "sr:Other", "Other does not belong here"),
    (' MessageSuccess="true"', "", "@MessageSuccess: is missing"),
    ("true", "maybe", "is not true or false"),
    ("</ra:SMETSData>", "<ra:x/></ra:SMETSData>", "x does not belong here"),
]


@pytest.mark.parametrize(("pattern", "by", "rule"), REFUSED)
def test_what_is_no_signed_response(pattern: str, by: str, rule: str) -> None:
    xml = etree.tostring(build_smets1_response(SUCCESS)).decode()
    assert pattern in xml
    with pytest.raises(DuisError, match=re.escape(rule)):
        parse_signed_response(safexml.parse(xml.replace(pattern, by).encode()))


def test_an_error_without_its_number() -> None:
    xml = etree.tostring(build_smets1_response(FAILURE)).decode().replace(' Position="1"', "")
    with pytest.raises(DuisError, match="@Position: '' is not an integer"):
        parse_signed_response(safexml.parse(xml.encode()))


def test_other_documents() -> None:
    root = etree.fromstring(f'<Request xmlns="{SR}"/>')
    with pytest.raises(DuisError, match="Request: is not a SMETS1SignedResponse"):
        parse_signed_response(root)
    with pytest.raises(DuisError, match="Request: is not an S1SPAlert"):
        parse_s1sp_alert(root)


def test_a_service_that_no_smets1_device_executes_here() -> None:
    other = Smets1Response("5.4", REQUEST_ID, "2.2", "2.2", AT, Smets1Result(True))
    with pytest.raises(DuisError, match=r"2\.2 is not executed by SMETS1 devices here"):
        build_smets1_response(other)


def test_an_alert_with_a_utrn() -> None:
    alert = S1spAlert("5.4", "S1VE2", AT)
    xml = etree.tostring(build_s1sp_alert(alert)).decode()
    utrn = f"<sr:UTRN>{'1' * 20}</sr:UTRN><sr:DateTime>"
    root = safexml.parse(xml.replace("<sr:DateTime>", utrn).encode())
    assert parse_s1sp_alert(root) == alert
