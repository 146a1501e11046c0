"""A reader and writer for the DER that the SMKI profile uses.

Single-octet tags, definite lengths in their shortest form, at most 16 MiB: whatever the profile
does not need is refused. All errors are ``ProfileError``.
"""

from datetime import UTC, datetime

from stayon.smki_profile.errors import ProfileError

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
ENUMERATED = 0x0A
UTF8_STRING = 0x0C
PRINTABLE_STRING = 0x13
UTC_TIME = 0x17
GENERALIZED_TIME = 0x18
SEQUENCE = 0x30
SET = 0x31

_FIRST_GENERALIZED_YEAR = 2050


def context(number: int) -> int:
    """The tag of a constructed context-specific element."""
    return 0xA0 | number


class Reader:
    """Elements one after the other; ``field`` in each call names what is expected there."""

    __slots__ = ("_at", "_data", "_end")

    def __init__(self, data: bytes, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._at = start
        self._end = len(data) if end is None else end

    @property
    def exhausted(self) -> bool:
        """Whether nothing is left."""
        return self._at == self._end

    def next_is(self, tag: int) -> bool:
        """Whether the next element has this tag."""
        return self._at < self._end and self._data[self._at] == tag

    def read(self, tag: int, field: str) -> bytes:
        """The content of the next element, which must have this tag."""
        start, end = self._bounds(tag, field)
        return self._data[start:end]

    def element(self, tag: int, field: str) -> bytes:
        """The next element, tag and length included."""
        before = self._at
        _, end = self._bounds(tag, field)
        return self._data[before:end]

    def enter(self, tag: int, field: str) -> "Reader":
        """A reader of what is inside the next element."""
        start, end = self._bounds(tag, field)
        return Reader(self._data, start, end)

    def read_any(self, field: str) -> tuple[int, bytes]:
        """Tag and content of the next element, whatever it is."""
        if self.exhausted:
            raise ProfileError(field, "is missing or cut short")
        tag = self._data[self._at]
        return tag, self.read(tag, field)

    def expect(self, element: bytes, field: str, rule: str) -> None:
        """Read exactly this element, or refuse with ``rule``."""
        if not self._data.startswith(element, self._at, self._end):
            raise ProfileError(field, rule)
        self._at += len(element)

    def finish(self, field: str) -> None:
        """Refuse anything that is left."""
        if self._at != self._end:
            raise ProfileError(field, "has more in it than the profile allows")

    def _bounds(self, tag: int, field: str) -> tuple[int, int]:
        """Start and end of the next element's content; moves behind it."""
        data, at, limit = self._data, self._at, self._end
        if at + 2 > limit:
            raise ProfileError(field, "is missing or cut short")
        if data[at] != tag:
            raise ProfileError(field, f"has tag {data[at]:02X} where {tag:02X} belongs")
        length, at = data[at + 1], at + 2
        if length >= 0x80:
            octets = length - 0x80
            if octets not in (1, 2, 3) or at + octets > limit:
                raise ProfileError(field, "has a length that DER or the profile forbids")
            length = int.from_bytes(data[at : at + octets], "big")
            if length < (0x80 if octets == 1 else 1 << 8 * (octets - 1)):
                raise ProfileError(field, "has a length that is not in its shortest form")
            at += octets
        if at + length > limit:
            raise ProfileError(field, "is missing or cut short")
        self._at = at + length
        return at, at + length


def element(tag: int, *contents: bytes) -> bytes:
    """An element with the contents one after the other."""
    content = b"".join(contents)
    size = len(content)
    if size < 0x80:
        return bytes((tag, size)) + content
    octets = (size.bit_length() + 7) // 8
    return bytes((tag, 0x80 | octets)) + size.to_bytes(octets, "big") + content


def sequence(*contents: bytes) -> bytes:
    """A SEQUENCE of these elements."""
    return element(SEQUENCE, *contents)


def object_identifier(dotted: str) -> bytes:
    """An OBJECT IDENTIFIER element from its dotted form."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    content = bytearray()
    for arc in (40 * first + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        content += bytes(reversed(groups))
    return element(OBJECT_IDENTIFIER, bytes(content))


def integer(value: int) -> bytes:
    """An INTEGER element; ``value`` is not negative."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1, "big"))


def read_integer(content: bytes, field: str, *, octets: int) -> int:
    """A non-negative INTEGER of at most ``octets`` octets, in its shortest form."""
    if not 1 <= len(content) <= octets or content[0] & 0x80:
        raise ProfileError(field, f"is not a non-negative integer of at most {octets} octets")
    if len(content) > 1 and content[0] == 0 and not content[1] & 0x80:
        raise ProfileError(field, "is not in its shortest form")
    return int.from_bytes(content, "big")


def bit_string(octets: bytes) -> bytes:
    """A BIT STRING element of whole octets."""
    return element(BIT_STRING, b"\x00", octets)


def read_bit_string(content: bytes, field: str) -> bytes:
    """The octets of a BIT STRING that leaves no bit unused."""
    if not content or content[0] != 0:
        raise ProfileError(field, "is not a bit string of whole octets")
    return content[1:]


def time(instant: datetime) -> bytes:
    """UTCTime up to 2049 and GeneralizedTime from 2050 (RFC 5280 4.1.2.5), whole seconds."""
    full = f"{instant.year:04d}{instant:%m%d%H%M%SZ}".encode("ascii")
    if instant.year < _FIRST_GENERALIZED_YEAR:
        return element(UTC_TIME, full[2:])
    return element(GENERALIZED_TIME, full)


def read_time(reader: Reader, field: str) -> datetime:
    """A time in the form that ``time`` writes."""
    short = reader.next_is(UTC_TIME)
    content = reader.read(UTC_TIME if short else GENERALIZED_TIME, field)
    digits = content[:-1]
    if len(digits) != (12 if short else 14) or not digits.isdigit() or content[-1:] != b"Z":
        raise ProfileError(field, "is not a UTC time to the second")
    if short:
        digits = (b"20" if digits < b"50" else b"19") + digits
    pairs = [int(digits[at : at + 2]) for at in range(4, 14, 2)]
    try:
        instant = datetime(int(digits[:4]), *pairs, tzinfo=UTC)  # type: ignore[arg-type,misc]
    except ValueError:
        raise ProfileError(field, f"{digits.decode('ascii')} is not a date and time") from None
    if not short and instant.year < _FIRST_GENERALIZED_YEAR:
        raise ProfileError(field, "is a GeneralizedTime before 2050")
    return instant
