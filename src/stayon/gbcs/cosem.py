"""Encode and decode COSEM data (A-XDR ``Data``).

The values are in ``cosem_numbers`` and ``cosem_values``; import them from here. Every value has
exactly one accepted encoding, so whatever decodes encodes to the same octets.
"""

import struct

from stayon.gbcs.cosem_compact import CompactArray, encode_compact_array, read_compact_array
from stayon.gbcs.cosem_numbers import (
    Bcd,
    Boolean,
    DoubleLong,
    DoubleLongUnsigned,
    Enumerated,
    Integer,
    Long,
    Long64,
    Long64Unsigned,
    LongUnsigned,
    Unsigned,
)
from stayon.gbcs.cosem_scalars import NUMBERS, SCALAR_READERS, SCALAR_WRITERS, Reader, make
from stayon.gbcs.cosem_value import CosemData
from stayon.gbcs.cosem_values import (
    Array,
    BitString,
    Date,
    DateTime,
    DontCare,
    Float32,
    Float64,
    Null,
    OctetString,
    Sequence,
    Structure,
    Time,
    Utf8String,
    VisibleString,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import encode_length, read_length

__all__ = [
    "MAX_DEPTH",
    "Array",
    "Bcd",
    "BitString",
    "Boolean",
    "CompactArray",
    "CosemData",
    "Date",
    "DateTime",
    "DontCare",
    "DoubleLong",
    "DoubleLongUnsigned",
    "Enumerated",
    "Float32",
    "Float64",
    "Integer",
    "Long",
    "Long64",
    "Long64Unsigned",
    "LongUnsigned",
    "Null",
    "OctetString",
    "Structure",
    "Time",
    "Unsigned",
    "Utf8String",
    "VisibleString",
    "decode_data",
    "decode_items",
    "encode_data",
    "encode_items",
]

MAX_DEPTH = 16
"""How deep values may nest; the reference messages nest six deep."""


def decode_data(data: bytes, position: int = 0, field: str = "COSEM data") -> tuple[CosemData, int]:
    """One value and the position after it; raises ``GbcsError`` naming ``field``."""
    items, position = decode_items(data, position, 1, field)
    return items[0], position


def decode_items(
    data: bytes, position: int, count: int, field: str
) -> tuple[tuple[CosemData, ...], int]:
    """``count`` values from ``position`` and the position after them.

    Raises ``GbcsError`` naming ``field``. Time and memory stay in proportion to what is there: a
    count is checked against the octets left, and nesting ends at ``MAX_DEPTH``.
    """
    try:
        return _read_items(data, position, count, 0)
    except (IndexError, struct.error):
        raise GbcsError(field, len(data), "the data ends inside a value") from None
    except GbcsError as error:
        raise GbcsError(f"{field}, {error.field}", error.offset, error.rule) from None


def _read_items(
    data: bytes, position: int, count: int, depth: int
) -> tuple[tuple[CosemData, ...], int]:
    """The inner loop of decoding: numbers are made here, without a further call."""
    if count > len(data) - position:
        raise GbcsError("count", position, f"{count} values cannot fit what is left")
    items: list[CosemData] = []
    append = items.append
    for _ in range(count):
        tag = data[position]
        number = _NUMBER_BY_TAG[tag]
        if number is not None:
            kind, unpack_from, size = number
            append(make(kind, unpack_from(data, position + 1)))
            position += size
            continue
        reader = _READER_BY_TAG[tag]
        if reader is None:
            raise GbcsError("tag", position, f"{tag:02X} is no type of COSEM data")
        item, position = reader(data, position + 1, depth)
        append(item)
    return tuple(items), position


def _sequence_reader(kind: type[Sequence]) -> Reader:
    def read(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
        if depth == MAX_DEPTH:
            raise GbcsError(kind.NAME, position - 1, f"nests deeper than {MAX_DEPTH}")
        count = data[position]
        start = position + 1
        if count >= 0x80:
            count, start = read_length(data, position, kind.NAME)
        items, end = _read_items(data, start, count, depth + 1)
        return make(kind, (items,)), end

    return read


_READERS: dict[int, Reader] = {
    **SCALAR_READERS,
    Array.TAG: _sequence_reader(Array),
    Structure.TAG: _sequence_reader(Structure),
    CompactArray.TAG: read_compact_array,
}

_NUMBER_BY_TAG = [NUMBERS.get(tag) for tag in range(0x100)]
_READER_BY_TAG = [_READERS.get(tag) for tag in range(0x100)]
"""The same as lists: the inner loop runs for every value of every message."""


def encode_data(value: CosemData) -> bytes:
    """Tag, length where there is one, value."""
    parts: list[bytes] = []
    _write(value, parts)
    return b"".join(parts)


def encode_items(values: tuple[CosemData, ...]) -> bytes:
    """The values one after the other, without a count."""
    parts: list[bytes] = []
    for value in values:
        _write(value, parts)
    return b"".join(parts)


def _write(value: CosemData, parts: list[bytes]) -> None:
    kind = type(value)
    tag, write_scalar = _WRITERS[kind]
    if write_scalar is not None:
        parts.append(tag + write_scalar(value))
    elif isinstance(value, Sequence):
        items = value.items
        parts.append(tag + encode_length(len(items)))
        for item in items:
            _write(item, parts)
    else:
        assert isinstance(value, CompactArray)  # noqa: S101 - the only kind left
        parts.append(tag + encode_compact_array(value))


_KINDS: tuple[type[CosemData], ...] = (*SCALAR_WRITERS, Array, Structure, CompactArray)
_WRITERS = {kind: (bytes((kind.TAG,)), SCALAR_WRITERS.get(kind)) for kind in _KINDS}
"""Type -> tag, and what writes the value where it holds no others."""
