"""The COSEM values that are one number (DLMS UA Green Book, ``Data``)."""

import struct
from typing import ClassVar, Self

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem_value import CosemData


class Number(CosemData):
    """A value of one integer, signed where ``LOW`` is below zero."""

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
