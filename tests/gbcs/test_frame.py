"""The frame: every field that can be wrong is refused, by name and offset."""

from dataclasses import replace

import pytest

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, NULL, Cra, Frame, Signature, encode_frame, parse_frame
from stayon.gbcs.lengths import encode_length, read_length
from stayon.gbcs.other_information import OtherInformation

ORIGINATOR = Eui64(bytes.fromhex("90B3D51F30000001"))
DEVICE = Eui64(bytes.fromhex("00DB123456789000"))

COMMAND = Frame(
    Cra.COMMAND, 7, ORIGINATOR, DEVICE, None, OtherInformation(0x00DE), b"\x05\x00", ABSENT, None
)
BARE = encode_frame(COMMAND)
WRAPPED = encode_frame(replace(COMMAND, signature=NULL, mac=bytes(12)))
HEADER = BARE[:29]


def _refused(octets: bytes, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        parse_frame(octets)
    assert (caught.value.field, caught.value.offset) == (field, offset), str(caught.value)


def _patched(octets: bytes, at: int, *new: int) -> bytes:
    return octets[:at] + bytes(new) + octets[at + len(new) :]


def test_layout_of_a_pre_command() -> None:
    assert BARE.hex().upper() == (
        "DF090100000000000000070890B3D51F300000010800DB123456789000000200DE020500"
    )
    assert COMMAND.message_code == 0x00DE
    assert COMMAND.content_offset == 34


def test_layout_of_the_wrapper() -> None:
    inner = BARE + b"\x00"
    assert (
        bytes.fromhex("DD000000000000")
        + bytes((len(inner) + 17,))
        + bytes.fromhex("1100000000")
        + inner
        + bytes(12)
    ) == WRAPPED


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        (b"", "message", 0),
        (b"\xd9" + BARE[1:], "message", 0),
        (_patched(BARE, 1, 8), "grouping header", 0),
        (_patched(BARE, 11, 7), "grouping header", 0),
        (_patched(BARE, 20, 9), "grouping header", 0),
        (BARE[:20], "grouping header", 20),
        (_patched(BARE, 2, 4), "CRA flag", 2),
        (HEADER, "date-time", 29),
        (HEADER + b"\x0b" + bytes(11) + BARE[30:], "date-time", 30),
        (_patched(BARE, 30, 0x7F), "other information", 30),
        (HEADER + bytes.fromhex("00 03 00DE00 00"), "other information", 31),
        (HEADER + bytes.fromhex("00 0200DE 81020500"), "content", 33),
        (HEADER + bytes.fromhex("00 0200DE 82000205 00"), "content", 33),
        (HEADER + bytes.fromhex("00 0200DE 80"), "content", 33),
        (HEADER + bytes.fromhex("00 0200DE 85"), "content", 33),
        (HEADER + bytes.fromhex("00 0200DE 8200"), "content", 35),
        (_patched(BARE, 33, 3), "content", 33),
        (BARE + b"\x01", "signature", 36),
        (BARE + b"\x00\x00", "signature", 36),
        (BARE + b"\x40" + bytes(63), "signature", 36),
        (BARE + b"\x40" + bytes(65), "signature", 36),
        (_patched(BARE, 2, 2), "signature", 36),
        (_patched(BARE, 2, 3), "signature", 36),
        (WRAPPED[:6], "MAC wrapper", 1),
        (WRAPPED[:7], "MAC wrapper", 7),
        (_patched(WRAPPED, 3, 1), "MAC wrapper", 1),
        (_patched(WRAPPED, 7, WRAPPED[7] + 1), "MAC wrapper", 7),
        (WRAPPED + b"\x00", "MAC wrapper", 7),
        (WRAPPED[:7] + b"\x10" + bytes(16), "MAC wrapper", 8),
        (_patched(WRAPPED, 8, 0x10), "security header", 8),
        (_patched(WRAPPED, 12, 1), "security header", 8),
        (WRAPPED[:7] + bytes((WRAPPED[7] - 1,)) + WRAPPED[8:-13] + bytes(12), "signature", 49),
    ],
)
def test_refused(octets: bytes, field: str, offset: int) -> None:
    _refused(octets, field, offset)


def _with_other(octets: str) -> bytes:
    other = bytes.fromhex("00DE" + octets)
    return HEADER + b"\x00" + encode_length(len(other)) + other + b"\x00"


PARTY, COUNTER = "90B3D51F30000003", "0000000000000009"


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        ("", OtherInformation(0xDE)),
        (PARTY, OtherInformation(0xDE, Eui64.parse(PARTY))),
        (PARTY + COUNTER, OtherInformation(0xDE, Eui64.parse(PARTY), 9)),
        (PARTY + COUNTER + COUNTER, OtherInformation(0xDE, Eui64.parse(PARTY), 9, 9)),
        (
            PARTY + COUNTER + "3007" + "0203010203" + "0500",
            OtherInformation(
                0xDE, Eui64.parse(PARTY), 9, None, bytes.fromhex("300702030102030500")
            ),
        ),
    ],
)
def test_other_information(octets: str, expected: OtherInformation) -> None:
    message = _with_other(octets)
    frame = parse_frame(message)
    assert frame.other_information == expected
    assert encode_frame(frame) == message


@pytest.mark.parametrize(
    ("octets", "offset"),
    [
        ("00", 31),
        (PARTY + "00", 31),
        (PARTY + COUNTER + "3001", 31),
        (PARTY + COUNTER + "31070203010203" + "0500", 49),
        (PARTY + COUNTER + "3006" + "0203010203" + "0500", 49),
        (PARTY + COUNTER + "308107" + "0203010203" + "05", 50),
    ],
)
def test_other_information_refused(octets: str, offset: int) -> None:
    message = _with_other(octets)
    with pytest.raises(GbcsError) as caught:
        parse_frame(message)
    assert caught.value.offset == offset


@pytest.mark.parametrize(
    "arguments",
    [
        (-1,),
        (0x10000,),
        (0, None, 1),
        (0, ORIGINATOR, -1),
        (0, ORIGINATOR, 1, 2**64),
        (0, ORIGINATOR, None, 1),
        (0, ORIGINATOR, None, None, b"\x30\x00"),
        (0, ORIGINATOR, 1, 1, b"\x30\x00"),
    ],
)
def test_other_information_cannot_be_made(arguments: tuple[object, ...]) -> None:
    with pytest.raises(FieldError):
        OtherInformation(*arguments)  # type: ignore[arg-type]


def test_signatures() -> None:
    assert not ABSENT.present
    assert not NULL.present
    assert Signature(bytes(64)).present
    with pytest.raises(FieldError, match="signature: has 64 octets, not 63"):
        Signature(bytes(63))


@pytest.mark.parametrize(
    ("frame", "field"),
    [
        (replace(COMMAND, counter=2**64), "originator counter"),
        (replace(COMMAND, counter=-1), "originator counter"),
        (replace(COMMAND, signature=NULL, mac=bytes(11)), "MAC"),
        (replace(COMMAND, mac=bytes(12)), "signature"),
    ],
)
def test_what_cannot_be_encoded(frame: Frame, field: str) -> None:
    with pytest.raises(FieldError) as caught:
        encode_frame(frame)
    assert caught.value.field == field


def test_what_is_on_its_way_to_be_signed() -> None:
    response = replace(COMMAND, cra=Cra.RESPONSE)
    octets = encode_frame(response)
    with pytest.raises(GbcsError, match="its length is missing"):
        parse_frame(octets)
    assert parse_frame(octets, may_be_unsigned=True) == response


def test_a_long_content_has_a_long_length() -> None:
    for size, form in ((0x7F, "7F"), (0x80, "8180"), (0x100, "820100"), (0x10000, "83010000")):
        frame = replace(COMMAND, content=bytes(size), signature=NULL, mac=bytes(12))
        octets = encode_frame(frame)
        assert parse_frame(octets) == frame
        assert octets[: frame.content_offset].endswith(bytes.fromhex(form))


def test_lengths_are_bounded() -> None:
    with pytest.raises(FieldError):
        encode_length(2**32)
    with pytest.raises(FieldError):
        encode_length(-1)
    assert read_length(bytes.fromhex("84FFFFFFFF"), 0, "length") == (2**32 - 1, 5)


def test_an_error_reads_as_a_sentence() -> None:
    error = GbcsError("content", 33, "its length 3 passes the end of the frame")
    assert str(error) == "content at offset 33: its length 3 passes the end of the frame"
    assert error.shifted(10).offset == 43
