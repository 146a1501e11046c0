"""ZCL commands that every cluster has: read attributes, its response, default response.

Source: ZigBee Cluster Library, chapter 2.
"""

import struct
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.zcl_layout import U8, ZclCommand


@dataclass(frozen=True, slots=True)
class ReadAttributes(ZclCommand):
    """Ask for attributes, by number."""

    attributes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DefaultResponse(ZclCommand):
    """The outcome of a command that has no response of its own.

    A ``command_id`` of FF with status 01 stands for "not attempted because an earlier one failed".
    """

    command_id: U8
    status: U8


@dataclass(frozen=True, slots=True)
class AttributeValue:
    """``data_type`` is the ZCL type; ``octets`` the value as on the wire, without its length."""

    data_type: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class AttributeRecord:
    """``value`` is there for, and only for, status 0."""

    attribute: int
    status: int
    value: AttributeValue | None


@dataclass(frozen=True, slots=True)
class ReadAttributesResponse(ZclCommand):
    """What was read, or why not."""

    records: tuple[AttributeRecord, ...]


_SIZES = {
    **{0x08 + i: i + 1 for i in range(8)},  # data
    **{0x18 + i: i + 1 for i in range(8)},  # bitmap
    **{0x20 + i: i + 1 for i in range(8)},  # unsigned
    **{0x28 + i: i + 1 for i in range(8)},  # signed
    0x00: 0,  # no data
    0x10: 1,  # boolean
    0x30: 1,  # enumeration
    0x31: 2,
    0x38: 2,  # floating point
    0x39: 4,
    0x3A: 8,
    0xE0: 4,  # time of day
    0xE1: 4,  # date
    0xE2: 4,  # UTC
    0xE8: 2,  # cluster
    0xE9: 2,  # attribute
    0xEA: 4,  # BACnet identifier
    0xF0: 8,  # address
    0xF1: 16,  # key
    0xFF: 0,  # unknown
}
"""ZCL type -> octets of its values, for the types of fixed size."""

_LENGTH_OCTETS = {0x41: 1, 0x42: 1, 0x43: 2, 0x44: 2}
"""Octet and character strings, short and long."""

_SIGNED = range(0x28, 0x30)
_INTEGERS = {*range(0x18, 0x30), 0x30, 0x31, 0xE2}


def attribute_number(value: AttributeValue) -> int | None:
    """The value as a number, or None where its type is not one of a number."""
    if value.data_type not in _INTEGERS:
        return None
    return int.from_bytes(value.octets, "little", signed=value.data_type in _SIGNED)


def attribute_octets(data_type: int, number: int) -> bytes:
    """The inverse of ``attribute_number``; raises ``FieldError``."""
    if data_type not in _INTEGERS:
        raise FieldError("attribute value", f"type {data_type:02X} is not one of a number")
    try:
        return number.to_bytes(_SIZES[data_type], "little", signed=data_type in _SIGNED)
    except OverflowError:
        raise FieldError("attribute value", f"{number} does not fit type {data_type:02X}") from None


def decode_read_attributes(payload: bytes) -> ReadAttributes:
    """Read all of ``payload``; raises ``GbcsError``."""
    if len(payload) % 2:
        raise GbcsError("attribute", len(payload) - 1, "the payload ends inside it")
    return ReadAttributes(struct.unpack(f"<{len(payload) // 2}H", payload))


def encode_read_attributes(command: ReadAttributes) -> bytes:
    """The payload; raises ``FieldError`` for a number that does not fit."""
    try:
        return struct.pack(f"<{len(command.attributes)}H", *command.attributes)
    except struct.error:
        raise FieldError("attribute", "does not fit two octets") from None


def decode_read_attributes_response(payload: bytes) -> ReadAttributesResponse:
    """Read all of ``payload``; raises ``GbcsError`` with offsets in it."""
    records, position = [], 0
    while position < len(payload):
        if position + 3 > len(payload):
            raise GbcsError("attribute record", len(payload), "ends early")
        attribute = int.from_bytes(payload[position : position + 2], "little")
        status, position = payload[position + 2], position + 3
        value = None
        if status == 0:
            value, position = _read_value(payload, position)
        records.append(AttributeRecord(attribute, status, value))
    return ReadAttributesResponse(tuple(records))


def _read_value(payload: bytes, position: int) -> tuple[AttributeValue, int]:
    if position >= len(payload):
        raise GbcsError("attribute type", position, "the payload ends before it")
    data_type, start = payload[position], position + 1
    if data_type in _SIZES:
        end = start + _SIZES[data_type]
    elif data_type in _LENGTH_OCTETS:
        head = start
        start = head + _LENGTH_OCTETS[data_type]
        end = start + int.from_bytes(payload[head:start], "little")
    else:
        raise GbcsError("attribute type", position, f"{data_type:02X} is not a known ZCL type")
    if end > len(payload):
        raise GbcsError("attribute value", start, "passes the end of the payload")
    return AttributeValue(data_type, payload[start:end]), end


def encode_read_attributes_response(response: ReadAttributesResponse) -> bytes:
    """The payload; raises ``FieldError`` for a value that has no encoding."""
    return b"".join(map(_encode_record, response.records))


def _encode_record(record: AttributeRecord) -> bytes:
    if (record.status == 0) != (record.value is not None):
        raise FieldError("attribute record", "a value goes with status 0 and no other")
    try:
        head = record.attribute.to_bytes(2, "little") + bytes((record.status,))
        return head if record.value is None else head + _encode_value(record.value)
    except (ValueError, OverflowError):
        raise FieldError("attribute record", "a number does not fit its field") from None


def _encode_value(value: AttributeValue) -> bytes:
    data_type, octets = value.data_type, value.octets
    if data_type in _LENGTH_OCTETS:
        length = len(octets).to_bytes(_LENGTH_OCTETS[data_type], "little")
        return bytes((data_type,)) + length + octets
    if _SIZES.get(data_type) != len(octets):
        raise FieldError(
            "attribute value", f"{len(octets)} octets are no value of type {data_type:02X}"
        )
    return bytes((data_type,)) + octets
