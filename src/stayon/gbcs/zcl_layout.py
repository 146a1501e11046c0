"""How the payload of a ZCL command is laid out, told by the annotations of its data class.

``limit: U32`` is an ``int`` to whoever uses the class and four little-endian octets to the codec
here. A layout reads and writes the fields in the order of the class.
"""

import struct
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar, get_type_hints

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError

T = TypeVar("T")


class ZclCommand:
    """What a ZCL frame can carry; every subclass is a frozen data class."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Number:
    """An integer in the notation of ``struct``; ``time`` says it counts seconds since 2000."""

    code: str
    time: bool = False


@dataclass(frozen=True, slots=True)
class ShortString:
    """One octet of length, then that many octets."""


@dataclass(frozen=True, slots=True)
class OctetTuple:
    """Always ``size`` numbers of one octet."""

    size: int


@dataclass(frozen=True, slots=True)
class Records:
    """Records of one layout up to the end of the payload."""

    record: type[Any]


Kind = Number | ShortString | OctetTuple | Records

U8 = Annotated[int, Number("B")]
U16 = Annotated[int, Number("H")]
U32 = Annotated[int, Number("I")]
I32 = Annotated[int, Number("i")]
UtcTime = Annotated[int, Number("I", time=True)]
Text = Annotated[bytes, ShortString()]


class Layout(Generic[T]):
    """Reads and writes the values of one data class."""

    def __init__(self, made: type[T]) -> None:
        hints = get_type_hints(made, include_extras=True)
        self._name = made.__name__
        self.made = made
        self.fields: dict[str, Kind] = {name: hint.__metadata__[0] for name, hint in hints.items()}
        kinds = list(self.fields.values())
        fixed = next(
            (i for i, kind in enumerate(kinds) if not isinstance(kind, Number)), len(kinds)
        )
        codes = "".join(kind.code for kind in kinds[:fixed] if isinstance(kind, Number))
        self._head = struct.Struct("<" + codes)
        self._head_names = tuple(self.fields)[:fixed]
        self._tail = tuple(self.fields.items())[fixed:]

    def read_all(self, data: bytes, position: int = 0) -> T:
        """The value that fills ``data`` from ``position``; raises ``GbcsError``."""
        value, end = self.read(data, position)
        if end != len(data):
            raise GbcsError(self._name, end, "octets are left after its last field")
        return value

    def read(self, data: bytes, position: int) -> tuple[T, int]:
        """One value and the position after it; raises ``GbcsError`` naming the field."""
        end = position + self._head.size
        if end > len(data):
            raise GbcsError(self._name, len(data), "ends before its fields are complete")
        values = self._head.unpack_from(data, position)
        if not self._tail:
            return self.made(*values), end
        more = []
        for name, kind in self._tail:
            value, end = _read_kind(kind, data, end, f"{self._name}, {name}")
            more.append(value)
        return self.made(*values, *more), end

    def write(self, value: T) -> bytes:
        """The octets; raises ``FieldError`` for a number that does not fit its field."""
        try:
            head = self._head.pack(*(getattr(value, name) for name in self._head_names))
        except struct.error:
            raise FieldError(self._name, "a number does not fit its field") from None
        tail = [_write_kind(kind, getattr(value, name), name) for name, kind in self._tail]
        return head + b"".join(tail)


_layouts: dict[type[Any], Layout[Any]] = {}


def layout_of(made: type[T]) -> Layout[T]:
    """The layout of a data class, made once."""
    if made not in _layouts:
        _layouts[made] = Layout(made)
    return _layouts[made]


def _read_kind(kind: Kind, data: bytes, position: int, field: str) -> tuple[Any, int]:
    if isinstance(kind, Records):
        layout, records = layout_of(kind.record), []
        while position < len(data):
            record, position = layout.read(data, position)
            records.append(record)
        return tuple(records), position
    if isinstance(kind, Number):
        size = struct.calcsize("<" + kind.code)
    elif isinstance(kind, OctetTuple):
        size = kind.size
    else:
        size = data[position] if position < len(data) else 0
        position += 1
    end = position + size
    if end > len(data):
        raise GbcsError(field, min(position, len(data)), "passes the end of the payload")
    octets = data[position:end]
    if isinstance(kind, Number):
        return struct.unpack("<" + kind.code, octets)[0], end
    return (tuple(octets) if isinstance(kind, OctetTuple) else octets), end


def _write_kind(kind: Kind, value: Any, field: str) -> bytes:
    try:
        if isinstance(kind, Number):
            return struct.pack("<" + kind.code, value)
        if isinstance(kind, Records):
            layout = layout_of(kind.record)
            return b"".join(map(layout.write, value))
        octets = bytes(value)
        if isinstance(kind, ShortString):
            return bytes((len(octets),)) + octets
    except (struct.error, ValueError):
        raise FieldError(field, "does not fit its field") from None
    if len(octets) != kind.size:
        raise FieldError(field, f"has {kind.size} numbers, not {len(octets)}")
    return octets
