"""The part of ASN.1's DER that Update Security Credentials is written in.

Devices and the DCC write every length above 127 as ``82`` and two octets, which DER would not; that
form, and no other, is read and written here. Source: reference messages of CS02b.
"""

from typing import Final

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError

INTEGER, BIT_STRING, OCTET_STRING, NULL, ENUMERATED = 0x02, 0x03, 0x04, 0x05, 0x0A
GENERALIZED_TIME, SEQUENCE = 0x18, 0x30

_LONG_FORM: Final = 0x82
_SHORTEST_LONG: Final = 0x80
_LONGEST: Final = 0xFFFF
_LARGEST_INTEGER: Final = 8
"""Octets of the largest number that is carried, a counter; one more for the sign."""


def element(tag: int, *parts: bytes) -> bytes:
    """Tag, length and the parts; raises ``FieldError`` for more than two octets can count."""
    content = b"".join(parts)
    size = len(content)
    if size > _LONGEST:
        raise FieldError("ASN.1 element", f"{size} octets are more than {_LONGEST}")
    if size < _SHORTEST_LONG:
        return bytes((tag, size)) + content
    return bytes((tag, _LONG_FORM)) + size.to_bytes(2) + content


def number(value: int, tag: int = INTEGER) -> bytes:
    """A number that is not negative."""
    return element(tag, value.to_bytes(value.bit_length() // 8 + 1))


class Reader:
    """Reads elements one after the other; ``offset`` is where its octets start in the content."""

    def __init__(self, octets: bytes, offset: int = 0) -> None:
        self._octets = octets
        self._offset = offset
        self._position = 0

    @property
    def more(self) -> bool:
        """Whether anything is left."""
        return self._position < len(self._octets)

    def next_is(self, tag: int) -> bool:
        """Whether the next element has this tag."""
        return self.more and self._octets[self._position] == tag

    def take(self, tag: int, field: str) -> bytes:
        """The value of the next element; raises ``GbcsError`` unless it has this tag."""
        return self._take(tag, field)[0]

    def whole(self, tag: int, field: str) -> bytes:
        """The same with tag and length: a certificate, for example."""
        start = self._position
        self._take(tag, field)
        return self._octets[start : self._position]

    def inside(self, tag: int, field: str) -> "Reader":
        """A reader of the elements in the next one."""
        value, start = self._take(tag, field)
        return Reader(value, self._offset + start)

    def number(self, field: str, tag: int = INTEGER) -> int:
        """The next element as a number that is not negative, in its shortest form."""
        at = self._position
        octets = self.take(tag, field)
        value = int.from_bytes(octets, signed=True)
        if len(octets) > _LARGEST_INTEGER + 1 or value < 0 or number(value, tag)[2:] != octets:
            raise self.wrong(field, at, "is no number in its shortest form")
        return value

    def end(self, field: str) -> None:
        """Raise ``GbcsError`` if anything is left."""
        if self.more:
            raise self.wrong(field, self._position, "goes on where it should end")

    def wrong(self, field: str, position: int, rule: str) -> GbcsError:
        """An error about what stands at ``position`` of these octets."""
        return GbcsError(field, self._offset + position, rule)

    def _take(self, tag: int, field: str) -> tuple[bytes, int]:
        octets, at = self._octets, self._position
        if not self.next_is(tag):
            found = f"{octets[at]:02X}" if self.more else "nothing"
            raise self.wrong(field, at, f"{found} stands where {tag:02X} goes")
        size = int.from_bytes(octets[at + 1 : at + 2])
        start = at + 2
        if size == _LONG_FORM:
            size, start = int.from_bytes(octets[start : start + 2]), start + 2
            if size < _SHORTEST_LONG:
                raise self.wrong(field, at, "its length has a shorter form")
        elif size >= _SHORTEST_LONG:
            raise self.wrong(field, at, f"{size:02X} does not begin a length here")
        end = start + size
        if start > len(octets) or end > len(octets):
            raise self.wrong(field, at, "ends early")
        self._position = end
        return octets[start:end], start
