"""The values of COSEM data, one class for each tag of ``Data`` (DLMS UA Green Book).

They are tuples under a name and not data classes because a message holds hundreds of them, and
these are made in less than half the time. Unlike bare tuples, values of two types are never equal.
Constructors raise ``FieldError`` for what the type cannot hold.
"""

import struct
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from stayon.domain.errors import FieldError


class CosemData(tuple[Any, ...]):
    """Any COSEM value; ``TAG`` is its octet on the wire, ``NAME`` its name in the standard."""

    __slots__ = ()
    TAG: ClassVar[int]
    NAME: ClassVar[str]

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and super().__eq__(other)

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash((self.TAG, super().__hash__()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(map(repr, tuple(self)))})"


class Null(CosemData):
    """Null-data."""

    __slots__ = ()
    TAG, NAME = 0x00, "null-data"

    def __new__(cls) -> Self:
        """Takes nothing."""
        return tuple.__new__(cls, ())


class DontCare(CosemData):
    """The value that stands for "leave as it is"."""

    __slots__ = ()
    TAG, NAME = 0xFF, "dont-care"

    def __new__(cls) -> Self:
        """Takes nothing."""
        return tuple.__new__(cls, ())


class Number(CosemData):
    """A value of one integer of ``SIZE`` octets, signed where ``LOW`` is below zero."""

    __slots__ = ()
    __match_args__ = ("value",)
    LAYOUT: ClassVar[struct.Struct]
    LOW: ClassVar[int]
    HIGH: ClassVar[int]

    def __init_subclass__(cls, layout: str) -> None:
        cls.LAYOUT = struct.Struct(layout)
        bits, signed = 8 * cls.LAYOUT.size, layout[-1].islower()
        cls.LOW = -(1 << bits - 1) if signed else 0
        cls.HIGH = (1 << bits - signed) - 1

    def __new__(cls, value: int) -> Self:
        """Raises ``FieldError`` for a number outside ``LOW``..``HIGH``."""
        if not cls.LOW <= value <= cls.HIGH:
            raise FieldError(cls.NAME, f"{value} is not in {cls.LOW}..{cls.HIGH}")
        return tuple.__new__(cls, (value,))

    @property
    def value(self) -> int:
        """The number."""
        value: int = self[0]
        return value


class Boolean(Number, layout=">B"):
    """Keeps its octet: FF and 01 both occur for true, and a message must survive unchanged."""

    __slots__ = ()
    TAG, NAME = 0x03, "boolean"

    @property
    def true(self) -> bool:
        """False for 00 only."""
        return self.value != 0


class DoubleLong(Number, layout=">i"):
    """32 bits, signed."""

    __slots__ = ()
    TAG, NAME = 0x05, "double-long"


class DoubleLongUnsigned(Number, layout=">I"):
    """32 bits, unsigned."""

    __slots__ = ()
    TAG, NAME = 0x06, "double-long-unsigned"


class Bcd(Number, layout=">B"):
    """Two binary-coded decimal digits, as their octet."""

    __slots__ = ()
    TAG, NAME = 0x0D, "bcd"


class Integer(Number, layout=">b"):
    """8 bits, signed."""

    __slots__ = ()
    TAG, NAME = 0x0F, "integer"


class Long(Number, layout=">h"):
    """16 bits, signed."""

    __slots__ = ()
    TAG, NAME = 0x10, "long"


class Unsigned(Number, layout=">B"):
    """8 bits, unsigned."""

    __slots__ = ()
    TAG, NAME = 0x11, "unsigned"


class LongUnsigned(Number, layout=">H"):
    """16 bits, unsigned."""

    __slots__ = ()
    TAG, NAME = 0x12, "long-unsigned"


class Long64(Number, layout=">q"):
    """64 bits, signed."""

    __slots__ = ()
    TAG, NAME = 0x14, "long64"


class Long64Unsigned(Number, layout=">Q"):
    """64 bits, unsigned."""

    __slots__ = ()
    TAG, NAME = 0x15, "long64-unsigned"


class Enumerated(Number, layout=">B"):
    """A choice, by number."""

    __slots__ = ()
    TAG, NAME = 0x16, "enum"


class Octets(CosemData):
    """A value of octets: ``SIZE`` of them, or as many as its length says where that is None."""

    __slots__ = ()
    __match_args__ = ("octets",)
    SIZE: ClassVar[int | None] = None

    def __new__(cls, octets: bytes) -> Self:
        """Raises ``FieldError`` for another number of octets than ``SIZE``."""
        if cls.SIZE is not None and len(octets) != cls.SIZE:
            raise FieldError(cls.NAME, f"has {cls.SIZE} octets, not {len(octets)}")
        return tuple.__new__(cls, (octets,))

    @property
    def octets(self) -> bytes:
        """The octets as on the wire."""
        octets: bytes = self[0]
        return octets


class OctetString(Octets):
    """Any octets."""

    __slots__ = ()
    TAG, NAME = 0x09, "octet-string"


class VisibleString(Octets):
    """ASCII by the standard; kept as octets."""

    __slots__ = ()
    TAG, NAME = 0x0A, "visible-string"


class Utf8String(Octets):
    """UTF-8 by the standard; kept as octets."""

    __slots__ = ()
    TAG, NAME = 0x0C, "utf8-string"


class Float32(Octets):
    """IEEE 754 single precision, kept as octets so that every NaN survives."""

    __slots__ = ()
    TAG, NAME, SIZE = 0x17, "float32", 4


class Float64(Octets):
    """IEEE 754 double precision, kept as octets so that every NaN survives."""

    __slots__ = ()
    TAG, NAME, SIZE = 0x18, "float64", 8


class DateTime(Octets):
    """The twelve octets of ``cosem_date_time`` under a tag of their own."""

    __slots__ = ()
    TAG, NAME, SIZE = 0x19, "date-time", 12


class Date(Octets):
    """Year (2), month, day, weekday."""

    __slots__ = ()
    TAG, NAME, SIZE = 0x1A, "date", 5


class Time(Octets):
    """Hour, minute, second, hundredths."""

    __slots__ = ()
    TAG, NAME, SIZE = 0x1B, "time", 4


class BitString(CosemData):
    """``size`` bits, the first one the most significant of the first octet.

    The bits that pad the last octet are kept as they came.
    """

    __slots__ = ()
    __match_args__ = ("size", "octets")
    TAG, NAME = 0x04, "bit-string"

    def __new__(cls, size: int, octets: bytes) -> Self:
        """Raises ``FieldError`` unless ``octets`` are just as many as ``size`` bits need."""
        if size < 0 or len(octets) != (size + 7) // 8:
            raise FieldError(cls.NAME, f"{len(octets)} octets do not hold {size} bits")
        return tuple.__new__(cls, (size, octets))

    @classmethod
    def of(cls, bits: str) -> Self:
        """From ``"1100"``; pads with zeros. Raises ``FieldError`` for anything but 0 and 1."""
        if not set(bits) <= {"0", "1"}:
            raise FieldError(cls.NAME, f"{bits[:40]!r} is not made of 0 and 1")
        size = (len(bits) + 7) // 8
        return cls(len(bits), int(bits.ljust(size * 8, "0") or "0", 2).to_bytes(size))

    @property
    def size(self) -> int:
        """How many bits count."""
        size: int = self[0]
        return size

    @property
    def octets(self) -> bytes:
        """The bits, padded to whole octets."""
        octets: bytes = self[1]
        return octets

    @property
    def bits(self) -> str:
        """The bits that count, as ``"1100"``."""
        return self._all_bits()[: self.size]

    @property
    def padding(self) -> str:
        """The bits that do not count; anything but zeros is unusual."""
        return self._all_bits()[self.size :]

    def _all_bits(self) -> str:
        return "".join(f"{octet:08b}" for octet in self.octets)


class Sequence(CosemData):
    """Values in order."""

    __slots__ = ()
    __match_args__ = ("items",)

    def __new__(cls, items: Iterable[CosemData] = ()) -> Self:
        """Takes the values."""
        return tuple.__new__(cls, (tuple(items),))

    @property
    def items(self) -> tuple[CosemData, ...]:
        """What it holds."""
        items: tuple[CosemData, ...] = self[0]
        return items


class Array(Sequence):
    """Values of one kind; the kind is not enforced, as devices do not enforce it either."""

    __slots__ = ()
    TAG, NAME = 0x01, "array"


class Structure(Sequence):
    """Values of different kinds."""

    __slots__ = ()
    TAG, NAME = 0x02, "structure"
