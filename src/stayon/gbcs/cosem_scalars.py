"""Encode and decode the COSEM values that hold no other values, without their tag."""

from collections.abc import Callable
from typing import Any

from stayon.gbcs.cosem_numbers import Number
from stayon.gbcs.cosem_value import CosemData
from stayon.gbcs.cosem_values import (
    BitString,
    Date,
    DateTime,
    DontCare,
    Float32,
    Float64,
    Null,
    Octets,
    OctetString,
    Time,
    Utf8String,
    VisibleString,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import encode_length, read_length

Reader = Callable[[bytes, int, int], tuple[CosemData, int]]
"""From the data, the position after the tag and the depth: the value, the position after it.

Running off the end raises ``IndexError`` or ``struct.error``, which the caller names.
"""

make = tuple.__new__
"""Builds a value from octets that cannot break its constructor's rule, without the rule's cost."""

NUMBERS: dict[int, tuple[type[Number], Callable[[bytes, int], tuple[int]], int]] = {
    kind.TAG: (kind, kind.LAYOUT.unpack_from, 1 + kind.LAYOUT.size)
    for kind in Number.__subclasses__()
}
"""Tag -> type, ``unpack_from``, size with the tag."""

_STRINGS = (OctetString, VisibleString, Utf8String)
_FIXED = (Float32, Float64, DateTime, Date, Time)


def _constant_reader(value: CosemData) -> Reader:
    def read(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
        del data, depth
        return value, position

    return read


def _string_reader(kind: type[Octets]) -> Reader:
    def read(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
        del depth
        length = data[position]
        start = position + 1
        if length >= 0x80:
            length, start = read_length(data, position, kind.NAME)
        end = start + length
        if end > len(data):
            raise GbcsError(kind.NAME, position, f"its length {length} passes the end of the data")
        return make(kind, (data[start:end],)), end

    return read


def _fixed_reader(kind: type[Octets], size: int) -> Reader:
    def read(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
        del depth
        end = position + size
        if end > len(data):
            raise GbcsError(kind.NAME, position, f"its {size} octets pass the end of the data")
        return make(kind, (data[position:end],)), end

    return read


def _read_bit_string(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
    del depth
    size = data[position]
    start = position + 1
    if size >= 0x80:
        size, start = read_length(data, position, BitString.NAME)
    end = start + (size + 7) // 8
    if end > len(data):
        raise GbcsError(BitString.NAME, position, f"its {size} bits pass the end of the data")
    return make(BitString, (size, data[start:end])), end


def _number_reader(tag: int) -> Reader:
    kind, unpack_from, size = NUMBERS[tag]

    def read(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
        del depth
        return make(kind, unpack_from(data, position)), position + size - 1

    return read


SCALAR_READERS: dict[int, Reader] = {
    Null.TAG: _constant_reader(Null()),
    DontCare.TAG: _constant_reader(DontCare()),
    BitString.TAG: _read_bit_string,
    **{kind.TAG: _string_reader(kind) for kind in _STRINGS},
    **{kind.TAG: _fixed_reader(kind, kind.SIZE or 0) for kind in _FIXED},
    **{tag: _number_reader(tag) for tag in NUMBERS},
}

SMALLEST: dict[int, int] = {
    Null.TAG: 0,
    DontCare.TAG: 0,
    BitString.TAG: 1,
    **{kind.TAG: kind.SIZE or 1 for kind in _STRINGS + _FIXED},
    **{tag: size - 1 for tag, (_, _, size) in NUMBERS.items()},
}
"""Tag -> the fewest octets a value of that type takes, its tag aside."""


def _encode_number(value: Number) -> bytes:
    return value.LAYOUT.pack(*value)


def _encode_string(value: Octets) -> bytes:
    octets: bytes = value[0]
    return encode_length(len(octets)) + octets


def _encode_fixed(value: Octets) -> bytes:
    return value.octets


def _encode_bit_string(value: BitString) -> bytes:
    octets: bytes = value[1]
    return encode_length(value[0]) + octets


def _encode_nothing(value: CosemData) -> bytes:
    del value
    return b""


SCALAR_WRITERS: dict[type[CosemData], Callable[[Any], bytes]] = {
    Null: _encode_nothing,
    DontCare: _encode_nothing,
    BitString: _encode_bit_string,
    **dict.fromkeys(_STRINGS, _encode_string),
    **dict.fromkeys(_FIXED, _encode_fixed),
    **{kind: _encode_number for kind, _, _ in NUMBERS.values()},
}
"""Type -> what writes its value without the tag."""
