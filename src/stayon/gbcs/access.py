"""DLMS Access-Request and Access-Response: what GBCS sends to, and gets from, DLMS devices.

Source: DLMS UA Green Book (access service), GBCS use cases with a DLMS payload.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from typing import NamedTuple

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem import CosemData, decode_data, decode_items, encode_data, encode_items
from stayon.gbcs.cosem_date_time import SIZE as DATE_TIME_SIZE
from stayon.gbcs.cosem_date_time import CosemDateTime, decode_date_time, encode_date_time
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import encode_length, read_length

ACCESS_REQUEST, ACCESS_RESPONSE = 0xD9, 0xDA

_U32 = struct.Struct(">I")
_SPECIFICATION = struct.Struct(">BH6sB")
_RESULT = struct.Struct(">BB")


class Choice(IntEnum):
    """What is asked for one attribute or method."""

    GET = 1
    SET = 2
    ACTION = 3
    GET_WITH_SELECTION = 4
    SET_WITH_SELECTION = 5


_CHOICES = {int(choice): choice for choice in Choice}
_SELECTIVE = (Choice.GET_WITH_SELECTION, Choice.SET_WITH_SELECTION)


class Selection(NamedTuple):
    """Selective access: the selector's number and its parameters."""

    selector: int
    parameters: CosemData


class Specification(NamedTuple):
    """One attribute (or method, for ACTION) of one object.

    ``logical_name`` is the six octets of the OBIS code, ``attribute`` the attribute's or method's
    number; ``selection`` is there for, and only for, the two choices that select.
    """

    choice: Choice
    class_id: int
    logical_name: bytes
    attribute: int
    selection: Selection | None = None


class RequestItem(NamedTuple):
    """A specification and its data: the value to set or the method's argument, null for a get."""

    specification: Specification
    data: CosemData


class ResponseItem(NamedTuple):
    """The answer to one request item: choice, result (0 is success) and data."""

    choice: Choice
    result: int
    data: CosemData


@dataclass(frozen=True, slots=True)
class AccessRequest:
    """``invoke_id`` is the long-invoke-id-and-priority (32 bits)."""

    invoke_id: int
    date_time: CosemDateTime | None
    items: tuple[RequestItem, ...]


@dataclass(frozen=True, slots=True)
class AccessResponse:
    """``specifications`` is None unless the device repeats those of the request."""

    invoke_id: int
    date_time: CosemDateTime | None
    specifications: tuple[Specification, ...] | None
    items: tuple[ResponseItem, ...]


def long_invoke_id(counter: int) -> int:
    """The long-invoke-id-and-priority of a message: the low 24 bits of its originator counter."""
    return 0x20000000 | counter & 0xFFFFFF


def decode_access_request(content: bytes) -> AccessRequest:
    """Read all of ``content``; raises ``GbcsError`` with offsets in it."""
    invoke_id, date_time, position = read_dlms_head(content, ACCESS_REQUEST)
    specifications, position = _read_specifications(content, position)
    count, start = read_length(content, position, "data count")
    if count != len(specifications):
        raise GbcsError(
            "data count", position, f"differs from {len(specifications)} specifications"
        )
    data, end = decode_items(content, start, count, "data")
    _require_end(content, end)
    items = tuple(map(RequestItem._make, zip(specifications, data, strict=True)))
    return AccessRequest(invoke_id, date_time, items)


def encode_access_request(request: AccessRequest) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    head = encode_dlms_head(ACCESS_REQUEST, request.invoke_id, request.date_time)
    count = encode_length(len(request.items))
    specifications = b"".join(_encode_specification(item.specification) for item in request.items)
    data = encode_items(tuple(item.data for item in request.items))
    return head + count + specifications + count + data


def decode_access_response(content: bytes) -> AccessResponse:
    """Read all of ``content``; raises ``GbcsError`` with offsets in it."""
    invoke_id, date_time, position = read_dlms_head(content, ACCESS_RESPONSE)
    repeated, position = _read_flag(content, position)
    specifications = None
    if repeated:
        specifications, position = _read_specifications(content, position)
    count, position = read_length(content, position, "data count")
    data, position = decode_items(content, position, count, "data")
    results, end = read_length(content, position, "result count")
    if results != count:
        raise GbcsError("result count", position, f"differs from {count} data")
    if end + 2 * count != len(content):
        raise GbcsError("results", end, f"{count} results of two octets do not fill what is left")
    items: list[ResponseItem] = []
    for value, (choice, result) in zip(data, _RESULT.iter_unpack(content[end:]), strict=True):
        if choice not in _CHOICES:
            at = end + 2 * len(items)
            raise GbcsError("result", at, f"{choice:02X} is no choice of the access service")
        items.append(ResponseItem(_CHOICES[choice], result, value))
    return AccessResponse(invoke_id, date_time, specifications, tuple(items))


def encode_access_response(response: AccessResponse) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    parts = [encode_dlms_head(ACCESS_RESPONSE, response.invoke_id, response.date_time)]
    if response.specifications is None:
        parts.append(b"\x00")
    else:
        parts += [b"\x01", encode_length(len(response.specifications))]
        parts += map(_encode_specification, response.specifications)
    count = encode_length(len(response.items))
    parts += [count, encode_items(tuple(item.data for item in response.items)), count]
    for item in response.items:
        if not 0 <= item.result <= 0xFF:
            raise FieldError("result", f"{item.result} does not fit an octet")
        parts.append(_RESULT.pack(item.choice, item.result))
    return b"".join(parts)


def read_dlms_head(content: bytes, tag: int) -> tuple[int, CosemDateTime | None, int]:
    """Invoke id, date-time and the position after them, of any of the three DLMS messages."""
    if content[:1] != bytes((tag,)):
        raise GbcsError("DLMS tag", 0, f"is not {tag:02X}")
    if len(content) < 6:
        raise GbcsError("DLMS head", len(content), "ends early")
    (invoke_id,) = _U32.unpack_from(content, 1)
    size = content[5]
    if size == 0:
        return invoke_id, None, 6
    if size != DATE_TIME_SIZE:
        raise GbcsError("DLMS date-time", 5, f"its length is {size}, not 0 or {DATE_TIME_SIZE}")
    end = 6 + DATE_TIME_SIZE
    return invoke_id, decode_date_time(content[6:end], "DLMS date-time", 6), end


def encode_dlms_head(tag: int, invoke_id: int, date_time: CosemDateTime | None) -> bytes:
    """Tag, invoke id and date-time."""
    if not 0 <= invoke_id <= 0xFFFFFFFF:
        raise FieldError("invoke id", f"{invoke_id} does not fit four octets")
    at = b"\x00"
    if date_time is not None:
        at = bytes((DATE_TIME_SIZE,)) + encode_date_time(date_time)
    return bytes((tag,)) + _U32.pack(invoke_id) + at


def _read_flag(content: bytes, position: int) -> tuple[bool, int]:
    if content[position : position + 1] not in (b"\x00", b"\x01"):
        raise GbcsError("specifications", position, "neither absent (00) nor repeated (01)")
    return content[position] == 1, position + 1


def _read_specifications(content: bytes, position: int) -> tuple[tuple[Specification, ...], int]:
    count, after = read_length(content, position, "specification count")
    if count * _SPECIFICATION.size > len(content) - after:
        raise GbcsError("specification count", position, f"{count} cannot fit what is left")
    specifications = []
    for _ in range(count):
        if after + _SPECIFICATION.size > len(content):
            raise GbcsError("specification", after, "the data ends inside it")
        choice, class_id, name, attribute = _SPECIFICATION.unpack_from(content, after)
        if choice not in _CHOICES:
            raise GbcsError("specification", after, f"{choice:02X} is no choice of the service")
        after += _SPECIFICATION.size
        selection = None
        if choice in _SELECTIVE:
            selection, after = _read_selection(content, after)
        specifications.append(Specification(_CHOICES[choice], class_id, name, attribute, selection))
    return tuple(specifications), after


def _read_selection(content: bytes, position: int) -> tuple[Selection, int]:
    if position >= len(content):
        raise GbcsError("selector", position, "the data ends before it")
    parameters, end = decode_data(content, position + 1, "selection")
    return Selection(content[position], parameters), end


def _encode_specification(specification: Specification) -> bytes:
    choice, class_id, name, attribute, selection = specification
    if (selection is not None) != (choice in _SELECTIVE):
        raise FieldError("specification", "a selection goes with the choices that select")
    if len(name) != 6:
        raise FieldError("logical name", f"has 6 octets, not {len(name)}")
    try:
        head = _SPECIFICATION.pack(choice, class_id, name, attribute)
        if selection is None:
            return head
        return head + bytes((selection.selector,)) + encode_data(selection.parameters)
    except (struct.error, ValueError):
        raise FieldError("specification", "a number does not fit its octets") from None


def _require_end(content: bytes, end: int) -> None:
    if end != len(content):
        raise GbcsError("DLMS message", end, "octets are left after its end")
