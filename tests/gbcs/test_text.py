"""The JSON form: what it looks like, and that nothing in it can be wrong unnoticed."""

import copy
import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from tests.gbcs.gbcs_strategies import CATALOGUE
from tests.gbcs.test_frame import COMMAND, DEVICE, ORIGINATOR

from stayon.domain.errors import FieldError
from stayon.gbcs.access import (
    AccessRequest,
    AccessResponse,
    Choice,
    RequestItem,
    ResponseItem,
    Selection,
    Specification,
)
from stayon.gbcs.alerts import Asn1Alert, DlmsAlert, DlmsOutcome, GbzAlert, GbzOutcome
from stayon.gbcs.cosem import (
    Array,
    BitString,
    Boolean,
    CompactArray,
    CosemData,
    DoubleLong,
    Null,
    OctetString,
    Structure,
    Unsigned,
    Utf8String,
)
from stayon.gbcs.cosem_compact import ArrayDescription, ScalarDescription, StructureDescription
from stayon.gbcs.cosem_date_time import IMMEDIATELY, NEVER
from stayon.gbcs.frame import NULL, Cra, Signature
from stayon.gbcs.gbz import Component, EncryptedFrame, GbzMessage
from stayon.gbcs.message import Asn1Payload, Message, Payload, encode_message
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.text import describe, restore, restore_line
from stayon.gbcs.zcl import RawCommand, ZclFrame
from stayon.gbcs.zcl_calendar import DayScheduleEntry, PublishDayProfile, PublishWeekProfile
from stayon.gbcs.zcl_foundation import (
    AttributeRecord,
    AttributeValue,
    ReadAttributes,
    ReadAttributesResponse,
)
from stayon.gbcs.zcl_prepayment import ConsumerTopUp, EmergencyCreditSetup

NAME = bytes.fromhex("00005E2C020A")
U8 = ScalarDescription(0x11)
COMPACT = CompactArray(
    StructureDescription((U8, ArrayDescription(1, U8))),
    (Structure((Unsigned(1), Array((Unsigned(2),)))),),
)
VALUES: tuple[CosemData, ...] = (
    Null(),
    Boolean(0xFF),
    Boolean(1),
    BitString.of("1100"),
    BitString(3, b"\xe1"),
    DoubleLong(-5),
    OctetString(b"\x01\x02"),
    Utf8String("é".encode()),
    Utf8String(b"\xff"),
    COMPACT,
)

REQUEST = AccessRequest(
    0x20000007,
    NEVER,
    (
        RequestItem(Specification(Choice.SET, 9000, NAME, 4), Structure(VALUES)),
        RequestItem(Specification(Choice.ACTION, 9, NAME, 1), Null()),
        RequestItem(
            Specification(Choice.GET_WITH_SELECTION, 7, NAME, 2, Selection(1, Unsigned(1))), Null()
        ),
    ),
)
RESPONSE = AccessResponse(
    0x20000007,
    None,
    (Specification(Choice.GET, 9000, NAME, 4),),
    (ResponseItem(Choice.GET, 0, Unsigned(1)), ResponseItem(Choice.GET, 7, Null())),
)
COMPONENTS = GbzMessage(
    (
        Component(0x0705, 0, ZclFrame(1, 0, EmergencyCreditSetup(7, 0x38818890, 1, 2))),
        Component(0x0705, None, ZclFrame(1, 1, ConsumerTopUp(1, b"1234"))),
        Component(0x0705, None, ZclFrame(1, 1, ConsumerTopUp(1, b"\xff"))),
        Component(0x0705, None, ZclFrame(0, 2, ReadAttributes((0x0239,)))),
        Component(
            0x0705,
            None,
            ZclFrame(
                8,
                3,
                ReadAttributesResponse(
                    (
                        AttributeRecord(1, 0x86, None),
                        AttributeRecord(2, 0, AttributeValue(0x2B, b"\xfe\xff\xff\xff")),
                        AttributeRecord(3, 0, AttributeValue(0x41, b"AB")),
                    )
                ),
            ),
        ),
        Component(
            0x0707,
            None,
            ZclFrame(9, 4, PublishDayProfile(0, 7, 7, 1, 1, 0, 1, 3, (DayScheduleEntry(480, 1),))),
        ),
        Component(0x0707, None, ZclFrame(9, 5, PublishWeekProfile(0, 7, 7, 1, (1,) * 7))),
        Component(0x1234, None, ZclFrame(1, 6, RawCommand(1, b"\x01"))),
        Component(
            0x0702, None, EncryptedFrame(0, 1, 0x18, 1, 1, bytes.fromhex("3100000000") + bytes(12))
        ),
    )
)


def _command(payload: Payload) -> Message:
    return Message.with_payload(replace(COMMAND, signature=NULL, mac=bytes(12)), payload)


def _alert(payload: Payload) -> Message:
    frame = replace(
        COMMAND,
        cra=Cra.ALERT,
        date_time=IMMEDIATELY,
        other_information=OtherInformation(0x00CC, ORIGINATOR, 2**64 - 1, 5),
        signature=Signature(bytes(64)),
    )
    return Message.with_payload(frame, payload)


CERTIFIED = replace(
    COMMAND,
    other_information=OtherInformation(0xFFFF, DEVICE, 4, None, b"\x30\x07" + bytes(7)),
)

MESSAGES = [
    _command(REQUEST),
    _command(RESPONSE),
    _command(COMPONENTS),
    Message.with_payload(CERTIFIED, Asn1Payload(b"\x05\x00")),
    _alert(DlmsAlert(0x20000007, None, 0x8F66, IMMEDIATELY, DlmsOutcome(0xDE, 4, 9000, NAME, 6))),
    _alert(DlmsAlert(0x20000007, IMMEDIATELY, 0x8F30, NEVER, (Unsigned(1),))),
    _alert(GbzAlert(0x8F67, 0x38818890, GbzOutcome(0x6F, 4, 0x0705, 1, 3))),
    _alert(GbzAlert(0x8F30, 0, b"")),
    _alert(GbzAlert(0x8F0A, 0, COMPONENTS.components[-1])),
    _alert(Asn1Alert(0x8F66, "20300115090000Z", b"\x05\x00", 3)),
]
ids = pytest.mark.parametrize("message", MESSAGES, ids=lambda m: type(m.payload).__name__)


def _described(message: Message) -> dict[str, Any]:
    described: dict[str, Any] = json.loads(json.dumps(describe(message, CATALOGUE)))
    return described


@ids
def test_there_and_back(message: Message) -> None:
    assert restore(_described(message), CATALOGUE) == encode_message(message)


def test_what_it_looks_like() -> None:
    described = _described(_command(REQUEST))
    payload = described.pop("payload")
    assert described == {
        "kind": "command",
        "message_code": "00DE",
        "use_cases": ["ECS08a"],
        "use_case_name": described["use_case_name"],
        "originator": "90-B3-D5-1F-30-00-00-01",
        "originator_counter": 7,
        "recipient": "00-DB-12-34-56-78-90-00",
        "date_time": None,
        "supplementary_party": None,
        "supplementary_party_counter": None,
        "supplementary_originator_counter": None,
        "supplementary_certificate": None,
        "signature": "null",
        "mac": "00" * 12,
    }
    assert payload["items"][0] == {
        "choice": "set",
        "class": 9000,
        "obis": "0-0:94.44.2.10",
        "attribute": 4,
        "data": {
            "structure": [
                {"null-data": None},
                {"boolean": True},
                {"boolean": {"true": "01"}},
                {"bit-string": "1100"},
                {"bit-string": {"bits": "111", "padding": "00001"}},
                {"double-long": -5},
                {"octet-string": "0102"},
                {"utf8-string": "é"},
                {"utf8-string": {"hex": "FF"}},
                {
                    "compact-array": {
                        "row": {"structure": ["unsigned", {"array": 1, "of": "unsigned"}]},
                        "rows": [
                            {"structure": [{"unsigned": 1}, {"array": [{"unsigned": 2}]}]},
                        ],
                    }
                },
            ]
        },
    }
    assert payload["date_time"]["year"] is None
    first = _described(_command(COMPONENTS))["payload"]["components"][0]
    assert first == {
        "cluster": "0705",
        "cluster_name": "Prepayment",
        "from_date_time": "2000-01-01T00:00:00Z",
        "frame_control": "01",
        "sequence": 0,
        "command": "03",
        "command_name": "Emergency Credit Setup",
        "payload": {
            "issuer_event_id": 7,
            "start_time": "2030-01-15T09:00:00Z",
            "emergency_credit_limit": 1,
            "emergency_credit_threshold": 2,
        },
    }


def test_an_edited_field_decides_the_octets() -> None:
    described = _described(_command(REQUEST))
    described["originator_counter"] = 2**64 - 1
    described["payload"]["items"][0]["data"]["structure"][5]["double-long"] = 70_000
    octets = restore(described, CATALOGUE)
    assert octets.count(bytes(8)) == encode_message(_command(REQUEST)).count(bytes(8))
    assert b"\xff" * 8 in octets
    assert bytes.fromhex("0500011170") in octets


def _places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    if isinstance(value, dict):
        for key, member in value.items():
            yield from _places(member, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _places(item, (*path, index))


def _holder(value: Any, path: tuple[str | int, ...]) -> Any:
    for step in path[:-1]:
        value = value[step]
    return value


@ids
def test_a_missing_member_is_named(message: Message) -> None:
    described = _described(message)
    for path in _places(described):
        if isinstance(path[-1], int):
            continue
        tampered = copy.deepcopy(described)
        del _holder(tampered, path)[path[-1]]
        with pytest.raises(FieldError) as caught:
            restore(tampered, CATALOGUE)
        assert caught.value.field.startswith("$"), path


@ids
def test_an_unknown_member_is_named(message: Message) -> None:
    described = _described(message)
    for path in _places(described):
        holder = _holder(described, path)
        if isinstance(holder, dict):
            tampered = copy.deepcopy(described)
            _holder(tampered, path)["surprise"] = 1
            with pytest.raises(FieldError) as caught:
                restore(tampered, CATALOGUE)
            assert caught.value.field.startswith("$"), path


@ids
@pytest.mark.parametrize("other", [None, True, -1, 2**70, 1.5, "zz", [], {}, [1, 2], {"a": 1}])
def test_another_type_is_refused_or_decides_the_octets(message: Message, other: object) -> None:
    described, octets = _described(message), encode_message(message)
    for path in _places(described):
        tampered = copy.deepcopy(described)
        _holder(tampered, path)[path[-1]] = other
        try:
            changed = restore(tampered, CATALOGUE)
        except FieldError as error:
            assert error.field.startswith("$")  # noqa: PT017 - nothing need be raised
        else:
            assert (changed == octets) == (tampered == described), path


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("message_code",), "00dE", "$.message_code: must be pairs of upper-case hex digits"),
        (("message_code",), "00", "$.message_code: must be 4 hex digits"),
        (("use_cases",), ["ECS08"], '$.use_cases[0]: must be "ECS08a" beside the other fields'),
        (("use_cases",), [], "$.use_cases: must have 1 elements"),
        (("originator",), "90", "$.originator: '90' is not sixteen hex digits"),
        (("originator_counter",), 2**64, "$.originator_counter: must be in 0..1844"),
        (("kind",), "pre", "$.kind: must be one of command, response, alert"),
        (("signature",), "00", "$.signature: signature: has 64 octets, not 1"),
        (("signature",), "absent", "$: signature: cannot be absent inside a MAC wrapper"),
        (("mac",), "00", "$: MAC: has 12 octets, not 1"),
        (("payload", "family"), "DLSM", "$.payload: is none of DLMS access-request"),
        (
            ("payload", "items", 0, "obis"),
            "0-0:94.44.2",
            "$.payload.items[0].obis: must be",
        ),
        (("payload", "items", 0, "obis"), "0-0:94.44.2.a", "$.payload.items[0].obis: must be"),
        (("payload", "items", 0, "obis"), "00-0:94.44.2.1", "$.payload.items[0].obis: must be"),
        (("payload", "items", 0, "choice"), "put", "$.payload.items[0].choice: must be one of get"),
        (
            ("payload", "items", 0, "data", "structure", 4, "bit-string", "padding"),
            "0",
            '$.payload.items[0].data.structure[4].bit-string: must be "111" beside',
        ),
        (
            ("payload", "items", 0, "data", "structure", 3),
            {"bits": ""},
            "$.payload.items[0].data.structure[3]: 'bits' is no type of COSEM data",
        ),
        (
            ("payload", "items", 0, "data", "structure", 7, "utf8-string"),
            "\ud800",
            "$.payload.items[0].data.structure[7].utf8-string: has half of a surrogate pair",
        ),
        (
            ("payload", "items", 0, "data", "structure", 9, "compact-array", "rows", 0),
            {"unsigned": 1},
            "$: compact-array: Unsigned(1) is not of the described type",
        ),
        (
            ("payload", "date_time", "month"),
            255,
            "$.payload.date_time.month: must be null beside the other fields",
        ),
    ],
)
def test_errors_name_the_path(path: tuple[str | int, ...], value: object, error: str) -> None:
    described = _described(_command(REQUEST))
    _holder(described, path)[path[-1]] = value
    with pytest.raises(FieldError) as caught:
        restore(described, CATALOGUE)
    assert str(caught.value).startswith(error)


@pytest.mark.parametrize(
    ("path", "value", "error"),
    [
        (("from_date_time",), "1999-12-31T23:59:59Z", "from_date_time: must be from 2000"),
        (("from_date_time",), "2000-01-01", "from_date_time: time: '2000-01-01' has no time zone"),
        (("from_date_time",), "2000-01-01T00:00:00+00:00", 'from_date_time: must be "2000-01-01T'),
        (("cluster",), "0707", "payload.provider_id: is missing"),
        (("cluster_name",), "Price", 'cluster_name: must be "Prepayment"'),
        (
            ("payload", "issuer_event_id"),
            2**32,
            "payload.issuer_event_id: must be in 0..4294967295",
        ),
    ],
)
def test_errors_in_components(path: tuple[str, ...], value: object, error: str) -> None:
    described = _described(_command(COMPONENTS))
    component = described["payload"]["components"][0]
    _holder(component, path)[path[-1]] = value
    if path == ("cluster",):
        component["command"] = "02"
        component["frame_control"] = "09"
    with pytest.raises(FieldError) as caught:
        restore(described, CATALOGUE)
    assert str(caught.value).startswith(f"$.payload.components[0].{error}")


def test_a_payload_that_decodes_as_another_is_refused() -> None:
    described = _described(MESSAGES[3])
    described["payload"]["octets"] = "D9"
    with pytest.raises(FieldError, match="describes no well-formed message: DLMS head"):
        restore(described, CATALOGUE)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("", "$: is not JSON: Expecting value at column 1"),
        ("{", "$: is not JSON: Expecting property name"),
        ("1", "$: must be an object"),
        ('{"kind": 1, "kind": 2}', "$: an object has two members of one name"),
        ('{"kind": NaN}', "$: NaN is not JSON"),
        ("[" * 100_000, "$: is not JSON that a message needs"),
        ("1" * 5000, "$: is not JSON that a message needs"),
    ],
)
def test_lines_refused(line: str, error: str) -> None:
    with pytest.raises(FieldError) as caught:
        restore_line(line, CATALOGUE)
    assert str(caught.value).startswith(error)


def test_deep_values_are_refused() -> None:
    described = _described(_command(REQUEST))
    deep: Any = {"null-data": None}
    for _ in range(20):
        deep = {"array": [deep]}
    described["payload"]["items"][0]["data"] = deep
    with pytest.raises(FieldError, match="nests deeper than 16"):
        restore(described, CATALOGUE)
    for _ in range(2000):
        deep = {"array": [deep]}
    described["payload"]["items"][0]["data"] = deep
    with pytest.raises(FieldError, match="nests too deep"):
        restore(described, CATALOGUE)
