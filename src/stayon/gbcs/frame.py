"""The outside of every GBCS message: the grouping header and, around it, the MAC wrapper.

Source: GBCS grouping header (general signing, DF) and MAC (general ciphering, DD); lengths in their
shortest form. A frame that was parsed encodes to the same octets.
"""

import struct
from dataclasses import dataclass
from enum import IntEnum
from functools import lru_cache

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import MAX_COUNTER
from stayon.gbcs.cosem_date_time import SIZE as DATE_TIME_SIZE
from stayon.gbcs.cosem_date_time import CosemDateTime, decode_date_time, encode_date_time
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import encode_length, read_length
from stayon.gbcs.other_information import (
    OtherInformation,
    decode_other_information,
    encode_other_information,
)

SIGNATURE_SIZE = 64
MAC_SIZE = 12

_GENERAL_CIPHERING, _GENERAL_SIGNING = 0xDD, 0xDF
_WRAPPER_HEAD = bytes((_GENERAL_CIPHERING, 0, 0, 0, 0, 0, 0))
_SECURITY_HEADER = b"\x11\x00\x00\x00\x00"
_WRAPPER_EXTRA = len(_SECURITY_HEADER) + MAC_SIZE
_HEADER = struct.Struct(">BBBQB8sB8s")
_HEADER_LENGTHS = (_GENERAL_SIGNING, 9, 8, 8)

_eui64 = lru_cache(maxsize=4096)(Eui64)
_other_information = lru_cache(maxsize=1024)(decode_other_information)


class Cra(IntEnum):
    """Command (or pre-command), response or alert."""

    COMMAND = 1
    RESPONSE = 2
    ALERT = 3


_CRA = {int(cra): cra for cra in Cra}


@dataclass(frozen=True, slots=True)
class Signature:
    """The signature field: absent (only a pre-command has none), null (length 00) or r then s.

    ``octets`` is None, empty, or 64 octets.
    """

    octets: bytes | None

    def __post_init__(self) -> None:
        if self.octets is not None and len(self.octets) not in (0, SIGNATURE_SIZE):
            raise FieldError("signature", f"has {SIGNATURE_SIZE} octets, not {len(self.octets)}")

    @property
    def present(self) -> bool:
        """Whether r and s are there."""
        return bool(self.octets)


ABSENT = Signature(None)
NULL = Signature(b"")


@dataclass(frozen=True, slots=True)
class Frame:
    """One message without its outer lengths; ``mac`` (12 octets) is there when the wrapper is."""

    cra: Cra
    counter: int
    originator: Eui64
    recipient: Eui64
    date_time: CosemDateTime | None
    other_information: OtherInformation
    content: bytes
    signature: Signature
    mac: bytes | None

    @property
    def message_code(self) -> int:
        """The first two octets of the other information."""
        return self.other_information.message_code

    @property
    def content_offset(self) -> int:
        """Where the content starts in the encoded message; frames have one encoding."""
        inner = _encode_inner(self)
        trailing = 0 if self.signature.octets is None else 1 + len(self.signature.octets)
        wrapper = 0 if self.mac is None else len(_wrapper_head(len(inner)))
        return wrapper + len(inner) - trailing - len(self.content)


def parse_frame(data: bytes, *, may_be_unsigned: bool = False) -> Frame:
    """Read one whole message, binary.

    Raises ``GbcsError`` for anything but exactly one well-formed frame. A response or alert without
    a signature field is none, unless ``may_be_unsigned`` says that it is on its way to be signed.
    """
    if data[:1] == b"\xdf":
        return _parse_inner(data, 0, len(data), None, may_be_unsigned=may_be_unsigned)
    if data[:1] != b"\xdd":
        raise GbcsError("message", 0, "begins with neither DD (with MAC) nor DF (without)")
    if not data.startswith(_WRAPPER_HEAD):
        raise GbcsError("MAC wrapper", 1, "its header is not six zero octets")
    length, start = read_length(data, len(_WRAPPER_HEAD), "MAC wrapper")
    if start + length != len(data):
        raise GbcsError("MAC wrapper", len(_WRAPPER_HEAD), "its length differs from what is there")
    if length < _WRAPPER_EXTRA:
        raise GbcsError("MAC wrapper", start, "is too short for its security header and MAC")
    inner, end = start + len(_SECURITY_HEADER), len(data) - MAC_SIZE
    if data[start:inner] != _SECURITY_HEADER:
        raise GbcsError("security header", start, "is not 11 and an invocation counter of zero")
    return _parse_inner(data, inner, end, data[end:], may_be_unsigned=False)


def _parse_inner(
    data: bytes, start: int, end: int, mac: bytes | None, *, may_be_unsigned: bool
) -> Frame:
    position = start + _HEADER.size
    if position > end:
        raise GbcsError("grouping header", end, "ends early")
    tag, transaction, cra, counter, size_o, originator, size_r, recipient = _HEADER.unpack_from(
        data, start
    )
    if (tag, transaction, size_o, size_r) != _HEADER_LENGTHS:
        raise GbcsError("grouping header", start, "a tag or an identifier's length is wrong")
    if cra not in _CRA:
        raise GbcsError("CRA flag", start + 2, f"{cra:02X} is not command, response or alert")
    at, position = _field(data, position, end, "date-time")
    date_time = decode_date_time(at, "date-time", position - len(at)) if at else None
    other, position = _field(data, position, end, "other information")
    information = _read_other_information(other, position - len(other))
    content, position = _field(data, position, end, "content")
    may_be_absent = may_be_unsigned or (mac is None and cra == Cra.COMMAND)
    signature = _read_signature(data, position, end, may_be_absent=may_be_absent)
    return Frame(
        _CRA[cra], counter, _eui64(originator), _eui64(recipient), date_time, information,
        content, signature, mac,
    )  # fmt: skip


def _field(data: bytes, position: int, end: int, name: str) -> tuple[bytes, int]:
    if position < end and data[position] < 0x80:
        length, start = data[position], position + 1
    else:
        length, start = read_length(data, position, name)
    after = start + length
    if after > end:
        raise GbcsError(name, position, f"its length {length} passes the end of the frame")
    return data[start:after], after


def _read_other_information(octets: bytes, offset: int) -> OtherInformation:
    try:
        return _other_information(octets)
    except GbcsError as error:
        raise error.shifted(offset) from None


def _read_signature(data: bytes, position: int, end: int, *, may_be_absent: bool) -> Signature:
    if position == end:
        if not may_be_absent:
            raise GbcsError("signature", end, "its length is missing")
        return ABSENT
    if data[position] == 0 and position + 1 == end:
        return NULL
    if data[position] == SIGNATURE_SIZE and position + 1 + SIGNATURE_SIZE == end:
        return Signature(data[position + 1 : end])
    raise GbcsError("signature", position, "is not null (00) or 40 and 64 octets to the end")


def encode_frame(frame: Frame) -> bytes:
    """The octets of the message; raises ``FieldError`` for a value that has no encoding.

    A response or alert without a signature field is written too: it is what gets signed.
    """
    inner = _encode_inner(frame)
    if frame.mac is None:
        return inner
    if len(frame.mac) != MAC_SIZE:
        raise FieldError("MAC", f"has {MAC_SIZE} octets, not {len(frame.mac)}")
    if frame.signature.octets is None:
        raise FieldError("signature", "cannot be absent inside a MAC wrapper")
    return _wrapper_head(len(inner)) + inner + frame.mac


def _wrapper_head(inner_size: int) -> bytes:
    return _WRAPPER_HEAD + encode_length(inner_size + _WRAPPER_EXTRA) + _SECURITY_HEADER


def _encode_inner(frame: Frame) -> bytes:
    if not 0 <= frame.counter <= MAX_COUNTER:
        raise FieldError("originator counter", f"{frame.counter} is not in 0..2^64-1")
    header = _HEADER.pack(
        _GENERAL_SIGNING, 9, frame.cra, frame.counter, 8, frame.originator.octets, 8,
        frame.recipient.octets,
    )  # fmt: skip
    at = b"\x00"
    if frame.date_time is not None:
        at = bytes((DATE_TIME_SIZE,)) + encode_date_time(frame.date_time)
    other = encode_other_information(frame.other_information)
    parts = [header, at, encode_length(len(other)), other]
    parts += [encode_length(len(frame.content)), frame.content]
    signature = frame.signature.octets
    if signature is not None:
        parts += [encode_length(len(signature)), signature]
    return b"".join(parts)
