"""The COSEM values that are no number: octets, bits, sequences (DLMS UA Green Book, ``Data``)."""

from collections.abc import Iterable
from typing import ClassVar, Self

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem_value import CosemData


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
