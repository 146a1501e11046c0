"""The DLMS access service: layout and refusals."""

import pytest

from stayon.domain.errors import FieldError
from stayon.gbcs.access import (
    AccessRequest,
    AccessResponse,
    Choice,
    RequestItem,
    ResponseItem,
    Selection,
    Specification,
    decode_access_request,
    decode_access_response,
    encode_access_request,
    encode_access_response,
    long_invoke_id,
)
from stayon.gbcs.cosem import Null, Unsigned
from stayon.gbcs.cosem_date_time import IMMEDIATELY
from stayon.gbcs.errors import GbcsError

NAME = bytes.fromhex("00000A006AFF")
GET = Specification(Choice.GET, 9, NAME, 2)
SELECT = Specification(Choice.GET_WITH_SELECTION, 7, NAME, 2, Selection(1, Unsigned(5)))


def test_request() -> None:
    request = AccessRequest(
        long_invoke_id(0x1234567), None, (RequestItem(GET, Null()), RequestItem(SELECT, Null()))
    )
    octets = bytes.fromhex(
        "D9 20234567 00 02 01000900000A006AFF02 04000700000A006AFF02 01 1105 02 00 00"
    )
    assert encode_access_request(request) == octets
    assert decode_access_request(octets) == request


def test_response_that_repeats_specifications() -> None:
    response = AccessResponse(
        0x20000001, IMMEDIATELY, (GET,), (ResponseItem(Choice.GET, 0, Unsigned(1)),)
    )
    octets = bytes.fromhex(
        f"DA 20000001 0C{IMMEDIATELY} 01 01 01000900000A006AFF02 01 1101 01 0100"
    )
    assert encode_access_response(response) == octets
    assert decode_access_response(octets) == response


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        ("", "DLMS tag", 0),
        ("DA", "DLMS tag", 0),
        ("D92000000000"[:10], "DLMS head", 5),
        ("D92000000001", "DLMS date-time", 5),
        ("D9200000000C00", "DLMS date-time", 6),
        ("D92000000000", "specification count", 6),
        ("D9200000000001", "specification count", 6),
        ("D920000000000107000900000A006AFF0200", "specification", 7),
        ("D920000000000104000700000A006AFF02", "selector", 17),
        ("D920000000000104000700000A006AFF0201", "selection, count", 18),
        (
            "D92000000000" + "02" + "04000700000A006AFF02" + "01" + "0904" + "00" * 7,
            "specification",
            24,
        ),
        ("D920000000000101000900000A006AFF02", "data count", 17),
        ("D920000000000101000900000A006AFF020200", "data count", 17),
        ("D920000000000101000900000A006AFF0201", "data, count", 18),
        ("D920000000000101000900000A006AFF02010000", "DLMS message", 19),
    ],
)
def test_requests_refused(octets: str, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_access_request(bytes.fromhex(octets))
    assert (caught.value.field, caught.value.offset) == (field, offset), str(caught.value)


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        ("DA2000000000", "specifications", 6),
        ("DA200000000002", "specifications", 6),
        ("DA2000000000000100", "result count", 9),
        ("DA200000000000010002", "result count", 9),
        ("DA20000000000001000102", "results", 10),
        ("DA200000000000010001020000", "results", 10),
        ("DA2000000000000100010600", "result", 10),
        ("DA20000000000002000002010006FA", "result", 13),
    ],
)
def test_responses_refused(octets: str, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_access_response(bytes.fromhex(octets))
    assert (caught.value.field, caught.value.offset) == (field, offset), str(caught.value)


@pytest.mark.parametrize(
    "specification",
    [
        GET._replace(selection=Selection(1, Null())),
        SELECT._replace(selection=None),
        GET._replace(logical_name=NAME[:5]),
        GET._replace(class_id=0x10000),
        SELECT._replace(selection=Selection(256, Null())),
    ],
)
def test_specifications_that_cannot_be_encoded(specification: Specification) -> None:
    with pytest.raises(FieldError):
        encode_access_request(AccessRequest(0, None, (RequestItem(specification, Null()),)))


def test_numbers_that_cannot_be_encoded() -> None:
    with pytest.raises(FieldError, match="invoke id"):
        encode_access_request(AccessRequest(2**32, None, ()))
    item = ResponseItem(Choice.GET, 256, Null())
    with pytest.raises(FieldError, match="result"):
        encode_access_response(AccessResponse(0, None, None, (item,)))
