"""COSEM data: each type on the wire, what is refused, and the bounds on time and memory."""

from collections.abc import Callable

import pytest

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem import (
    MAX_DEPTH,
    Array,
    Bcd,
    BitString,
    Boolean,
    CompactArray,
    CosemData,
    Date,
    DateTime,
    DontCare,
    DoubleLong,
    DoubleLongUnsigned,
    Enumerated,
    Float32,
    Float64,
    Integer,
    Long,
    Long64,
    Long64Unsigned,
    LongUnsigned,
    Null,
    OctetString,
    Structure,
    Time,
    Unsigned,
    Utf8String,
    VisibleString,
    decode_data,
    decode_items,
    encode_data,
    encode_items,
)
from stayon.gbcs.cosem_compact import ArrayDescription, ScalarDescription, StructureDescription
from stayon.gbcs.errors import GbcsError

U8 = ScalarDescription(0x11)


@pytest.mark.parametrize(
    ("octets", "value"),
    [
        ("00", Null()),
        ("FF", DontCare()),
        ("03FF", Boolean(0xFF)),
        ("0301", Boolean(1)),
        ("0405C8", BitString.of("11001")),
        ("0400", BitString.of("")),
        ("0403E1", BitString(3, b"\xe1")),
        ("05FFFFFFFE", DoubleLong(-2)),
        ("06FFFFFFFE", DoubleLongUnsigned(0xFFFFFFFE)),
        ("09020102", OctetString(b"\x01\x02")),
        ("098180" + "00" * 128, OctetString(bytes(128))),
        ("0A0141", VisibleString(b"A")),
        ("0C02C3A9", Utf8String("é".encode())),
        ("0D42", Bcd(0x42)),
        ("0FFF", Integer(-1)),
        ("10FFFE", Long(-2)),
        ("11FF", Unsigned(255)),
        ("12FFFF", LongUnsigned(65535)),
        ("14FFFFFFFFFFFFFFFF", Long64(-1)),
        ("15FFFFFFFFFFFFFFFF", Long64Unsigned(2**64 - 1)),
        ("1602", Enumerated(2)),
        ("177FC00001", Float32(bytes.fromhex("7FC00001"))),
        ("183FF0000000000000", Float64(bytes.fromhex("3FF0000000000000"))),
        ("19" + "00" * 12, DateTime(bytes(12))),
        ("1A0000000000", Date(bytes(5))),
        ("1B00000000", Time(bytes(4))),
        ("0100", Array()),
        ("020211011102", Structure((Unsigned(1), Unsigned(2)))),
        ("1311020102", CompactArray(U8, (Unsigned(1), Unsigned(2)))),
        (
            "13 0202 11 010002 12 05 0100020003",
            CompactArray(
                StructureDescription((U8, ArrayDescription(2, ScalarDescription(0x12)))),
                (Structure((Unsigned(1), Array((LongUnsigned(2), LongUnsigned(3))))),),
            ),
        ),
        ("130000", CompactArray(ScalarDescription(0), ())),
        (
            "1302020011 02 0102",
            CompactArray(
                StructureDescription((ScalarDescription(0), U8)),
                (Structure((Null(), Unsigned(1))), Structure((Null(), Unsigned(2)))),
            ),
        ),
    ],
)
def test_on_the_wire(octets: str, value: CosemData) -> None:
    data = bytes.fromhex(octets)
    assert decode_data(data) == (value, len(data))
    assert encode_data(value) == data


@pytest.mark.parametrize(
    ("octets", "field", "offset"),
    [
        ("", "value, count", 0),
        ("07", "value, tag", 0),
        ("0112", "value, count", 2),
        ("01", "value", 1),
        ("0184FFFFFFFF00", "value, count", 6),
        ("01810100", "value, array", 1),
        ("0511", "value", 2),
        ("12FF", "value", 2),
        ("09", "value", 1),
        ("0902FF", "value, octet-string", 1),
        ("098102FFFF", "value, octet-string", 1),
        ("0409FF", "value, bit-string", 1),
        ("04", "value", 1),
        ("0481", "value, bit-string", 2),
        ("0181", "value, array", 2),
        ("1A00000000", "value, date", 1),
        ("13", "value", 1),
        ("1307", "value, type description", 1),
        ("1311", "value, compact-array contents", 2),
        ("131105", "value, compact-array contents", 2),
        ("13120101", "value, type description", 3),
        ("1312030102FF", "value, compact-array contents", 6),
        ("1309020201", "value, octet-string", 3),
        ("13000100", "value, type description", 3),
        ("1301FFFF01FFFF110100", "value, type description", 9),
        ("13" + "020211" * 20, "value, type description", 25),
    ],
)
def test_refused(octets: str, field: str, offset: int) -> None:
    with pytest.raises(GbcsError) as caught:
        decode_data(bytes.fromhex(octets), field="value")
    assert (caught.value.field, caught.value.offset) == (field, offset), str(caught.value)


def test_nesting_is_bounded() -> None:
    deepest = b"\x02\x01" * MAX_DEPTH + b"\x00"
    value, _ = decode_data(deepest)
    assert encode_data(value) == deepest
    with pytest.raises(GbcsError, match="nests deeper than 16"):
        decode_data(b"\x02\x01" + deepest)
    with pytest.raises(GbcsError, match="nests deeper than 16"):
        decode_data(b"\x01\x01" * 30_000)


def test_a_compact_array_cannot_grow_out_of_proportion() -> None:
    nulls = bytes.fromhex("1302 8203E9 11") + bytes(1000)
    rows = encode_data(OctetString(bytes(1000)))[1:]
    with pytest.raises(GbcsError, match="too many values"):
        decode_data(nulls + rows)


def test_items_end_where_they_say() -> None:
    items = (Unsigned(1), Structure((Null(),)))
    octets = encode_items(items)
    assert decode_items(octets, 0, 2, "items") == (items, len(octets))


@pytest.mark.parametrize(
    ("make", "argument"),
    [
        (Unsigned, 256),
        (Unsigned, -1),
        (Integer, 128),
        (Long, -0x8001),
        (DoubleLongUnsigned, 2**32),
        (Long64, 2**63),
        (Boolean, 256),
        (Date, b"1234"),
        (Float64, b"1234"),
        (BitString.of, "012"),
        (lambda octets: BitString(9, octets), b"1"),
        (lambda octets: BitString(-1, octets), b""),
    ],
)
def test_what_cannot_be_made(make: Callable[..., CosemData], argument: object) -> None:
    with pytest.raises(FieldError):
        make(argument)


@pytest.mark.parametrize(
    "value",
    [
        CompactArray(U8, (LongUnsigned(1),)),
        CompactArray(ArrayDescription(2, U8), (Array((Unsigned(1),)),)),
        CompactArray(StructureDescription((U8,)), (Array((Unsigned(1),)),)),
        CompactArray(ArrayDescription(0x10000, U8), ()),
    ],
)
def test_rows_must_be_as_described(value: CosemData) -> None:
    with pytest.raises(FieldError):
        encode_data(value)


def test_values_of_two_types_are_never_equal() -> None:
    assert Unsigned(1) == Unsigned(1)
    assert Unsigned(1) != Enumerated(1)
    assert Array((Unsigned(1),)) != Array((Enumerated(1),))
    assert OctetString(b"") != VisibleString(b"")
    assert len({Unsigned(1), Enumerated(1), Unsigned(1)}) == 2
    assert repr(Structure((Unsigned(1), Null()))) == "Structure((Unsigned(1), Null()))"


def test_views() -> None:
    bits = BitString(3, b"\xe1")
    assert (bits.size, bits.bits, bits.padding) == (3, "111", "00001")
    assert Boolean(1).true
    assert not Boolean(0).true
    assert Array((Null(),)).items == (Null(),)
    assert OctetString(b"x").octets == b"x"
    compact = CompactArray(U8, (Unsigned(4),))
    assert (compact.description, compact.rows) == (U8, (Unsigned(4),))
