"""Lengths and counts as A-XDR and BER write them: one octet below 128, else 81..84 and octets.

Only the shortest form is accepted, so that every accepted message has one encoding.
Source: DLMS UA A-XDR; all 1,275 reference messages keep to it.
"""

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError

MAX_LENGTH = 0xFFFFFFFF

_SHORT = [bytes((length,)) for length in range(0x80)]


def read_length(data: bytes, position: int, field: str) -> tuple[int, int]:
    """The length at ``position`` and the position after it.

    Raises ``GbcsError`` when it is cut short, of indefinite or over-long form, or not the shortest.
    """
    if position >= len(data):
        raise GbcsError(field, len(data), "the data ends before its length")
    first = data[position]
    if first < 0x80:
        return first, position + 1
    start, end = position + 1, position + 1 + (first & 0x7F)
    if not 0x81 <= first <= 0x84:
        raise GbcsError(field, position, f"{first:02X} does not begin a length")
    if end > len(data):
        raise GbcsError(field, len(data), "the data ends inside its length")
    length = int.from_bytes(data[start:end])
    if length < 0x80 or data[start] == 0:
        raise GbcsError(field, position, "the length is not in its shortest form")
    return length, end


def encode_length(length: int) -> bytes:
    """The shortest form; raises ``FieldError`` for a length outside 0..2^32-1."""
    if 0 <= length < 0x80:
        return _SHORT[length]
    if not 0 <= length <= MAX_LENGTH:
        raise FieldError("length", f"{length} is not in 0..{MAX_LENGTH}")
    octets = length.to_bytes((length.bit_length() + 7) // 8)
    return bytes((0x80 | len(octets),)) + octets
