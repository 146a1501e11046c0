"""Usual responses read from their octets say what the tree says, and nothing else is read so."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.duis.samples import AT, REQUEST_ID
from tests.duis.strategies import instants, request_ids

from stayon import safexml
from stayon.duis.response import (
    DeviceResponse,
    LocalCommand,
    PreCommand,
    Response,
    ServiceResponse,
    parse_response,
)
from stayon.duis.response_writing import write_response
from stayon.duis.usual_response import read_usual_response

payloads = st.binary(min_size=1, max_size=40)
contents = (
    st.none() | payloads.map(DeviceResponse) | payloads.map(lambda one: PreCommand("4.1", one))
)
usual = st.builds(
    Response,
    st.sampled_from(["5.4", "5.5"]),
    request_ids,
    st.none() | request_ids,
    st.sampled_from(["I0", "I99", "E4", "E65", "E020101"]),
    instants.map(lambda at: at.replace(microsecond=at.microsecond // 1000 * 1000)),
    st.builds(ServiceResponse, st.just("2.1"), st.just("2.1"), contents),
)


@given(response=usual)
def test_what_is_read_from_octets_is_what_the_tree_says(response: Response) -> None:
    octets = write_response(response)
    assert read_usual_response(octets) == response
    assert parse_response(safexml.parse(octets)) == response


@given(response=usual, at=st.integers(0, 2000), octet=st.integers(0, 255))
def test_octets_that_differ_are_read_the_same_in_both_ways_or_not_at_all(
    response: Response, at: int, octet: int
) -> None:
    octets = bytearray(write_response(response))
    octets[at % len(octets)] = octet
    found = read_usual_response(bytes(octets))
    if found is not None:
        assert parse_response(safexml.parse(bytes(octets))) == found
        assert write_response(found) == octets


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b"I99", b"I98"),
        (b"2027-01-15T", b"2027-02-30T"),
        (b":77<", b":18446744073709551616<"),
        (b"<sr:Header>", b"<sr:Header><!-- -->"),
        (b"2.1</sr:ServiceReference>", b"&#50;.1</sr:ServiceReference>"),
    ],
)
def test_everything_else_is_for_the_tree(old: bytes, new: bytes) -> None:
    response = Response(
        "5.5", replace(REQUEST_ID, counter=77), None, "I99", AT.replace(year=2027, month=1, day=15),
        ServiceResponse("2.1", "2.1", None),
    )  # fmt: skip
    octets = write_response(response)
    assert read_usual_response(octets) == response
    assert octets.count(old) >= 1
    assert read_usual_response(octets.replace(old, new)) is None


def test_a_local_command_is_not_usual() -> None:
    body = ServiceResponse("2.1", "2.1", LocalCommand(b"command"))
    assert (
        read_usual_response(write_response(Response("5.5", REQUEST_ID, None, "I0", AT, body)))
        is None
    )


@pytest.mark.parametrize("payload", [b"QQ=", b"QR==", b"Q", b"QQ==QQ=="])
def test_base64_has_one_form(payload: bytes) -> None:
    body = ServiceResponse("2.1", "2.1", DeviceResponse(b"A"))
    octets = write_response(Response("5.5", REQUEST_ID, None, "I0", AT, body))
    assert b">QQ==<" in octets
    assert read_usual_response(octets.replace(b">QQ==<", b">" + payload + b"<")) is None
