"""Compact arrays: one description of a row's type, then the rows without their tags.

Source: DLMS UA Green Book, ``TypeDescription``. Devices answer log reads with them.
"""

import struct
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.gbcs.cosem_scalars import SCALAR_READERS, SCALAR_WRITERS, SMALLEST, make
from stayon.gbcs.cosem_value import CosemData
from stayon.gbcs.cosem_values import Array, Sequence, Structure
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.lengths import encode_length, read_length

_U16 = struct.Struct(">H")
_MAX_DEPTH = 8
_MAX_WIDTH = 0x10000


@dataclass(frozen=True, slots=True)
class ScalarDescription:
    """A value without parts, of the type with this tag."""

    tag: int


@dataclass(frozen=True, slots=True)
class ArrayDescription:
    """``count`` values (0 to 65535) of one type; the count is here and not in the rows."""

    count: int
    element: "TypeDescription"


@dataclass(frozen=True, slots=True)
class StructureDescription:
    """Values of these types, in order."""

    members: "tuple[TypeDescription, ...]"


TypeDescription = ScalarDescription | ArrayDescription | StructureDescription


class CompactArray(CosemData):
    """Rows that all have the type of ``description``."""

    __slots__ = ()
    __match_args__ = ("description", "rows")
    TAG, NAME = 0x13, "compact-array"

    def __new__(cls, description: TypeDescription, rows: tuple[CosemData, ...]) -> "CompactArray":
        """Whether the rows are of the described type is found when they are encoded."""
        return make(cls, (description, rows))

    @property
    def description(self) -> TypeDescription:
        """The type of every row."""
        description: TypeDescription = self[0]
        return description

    @property
    def rows(self) -> tuple[CosemData, ...]:
        """The rows; arrays and structures in them are ``Array`` and ``Structure``."""
        rows: tuple[CosemData, ...] = self[1]
        return rows


def read_compact_array(data: bytes, position: int, depth: int) -> tuple[CosemData, int]:
    """The compact array after its tag, and the position after it; raises ``GbcsError``."""
    del depth  # a compact array has a limit of its own
    description, position = _read_description(data, position, 0)
    length, start = read_length(data, position, "compact-array contents")
    end = start + length
    if end > len(data):
        raise GbcsError("compact-array contents", position, "its length passes the end of the data")
    rows = _read_rows(description, data[start:end], start)
    return make(CompactArray, (description, rows)), end


def _read_description(data: bytes, position: int, depth: int) -> tuple[TypeDescription, int]:
    tag = data[position]
    if tag in SCALAR_READERS:
        return ScalarDescription(tag), position + 1
    if depth == _MAX_DEPTH:
        raise GbcsError("type description", position, f"nests deeper than {_MAX_DEPTH}")
    if tag == Array.TAG:
        (count,) = _U16.unpack_from(data, position + 1)
        element, after = _read_description(data, position + 3, depth + 1)
        return ArrayDescription(count, element), after
    if tag != Structure.TAG:
        raise GbcsError("type description", position, f"{tag:02X} is no type of COSEM data")
    count, after = read_length(data, position + 1, "type description")
    members = []
    for _ in range(count):
        member, after = _read_description(data, after, depth + 1)
        members.append(member)
    return StructureDescription(tuple(members)), after


def _measure(description: TypeDescription) -> tuple[int, int]:
    """The fewest octets of one value, and how many values it is made of, itself included."""
    if isinstance(description, ScalarDescription):
        return SMALLEST[description.tag], 1
    if isinstance(description, ArrayDescription):
        size, width = _measure(description.element)
        return description.count * size, 1 + description.count * width
    sizes, widths = [0], [1]
    for member in description.members:
        size, width = _measure(member)
        sizes.append(size)
        widths.append(width)
    return sum(sizes), sum(widths)


def _read_rows(description: TypeDescription, contents: bytes, offset: int) -> tuple[CosemData, ...]:
    """All rows; what a row may grow to is known before the first is read."""
    smallest, width = _measure(description)
    if contents and (smallest == 0 or width > _MAX_WIDTH or smallest > len(contents)):
        raise GbcsError("type description", offset, "does not fit the contents that follow it")
    if contents and width * (len(contents) // smallest) > max(_MAX_WIDTH, 16 * len(contents)):
        raise GbcsError("type description", offset, "makes too many values of the contents")
    rows, position = [], 0
    try:
        while position < len(contents):
            row, position = _read_row(description, contents, position)
            rows.append(row)
    except (IndexError, struct.error):
        end = offset + len(contents)
        raise GbcsError("compact-array contents", end, "end inside a row") from None
    except GbcsError as error:
        raise error.shifted(offset) from None
    return tuple(rows)


def _read_row(
    description: TypeDescription, contents: bytes, position: int
) -> tuple[CosemData, int]:
    if isinstance(description, ScalarDescription):
        return SCALAR_READERS[description.tag](contents, position, 0)
    kind, members = _members(description)
    items = []
    for member in members:
        item, position = _read_row(member, contents, position)
        items.append(item)
    return make(kind, (tuple(items),)), position


def _members(
    description: ArrayDescription | StructureDescription,
) -> tuple[type[Sequence], tuple[TypeDescription, ...]]:
    if isinstance(description, ArrayDescription):
        return Array, (description.element,) * description.count
    return Structure, description.members


def encode_compact_array(value: CompactArray) -> bytes:
    """Description and contents without the tag.

    Raises ``FieldError`` where a row is not of the described type.
    """
    parts: list[bytes] = []
    for row in value.rows:
        _write_row(value.description, row, parts)
    contents = b"".join(parts)
    return _encode_description(value.description) + encode_length(len(contents)) + contents


def _encode_description(description: TypeDescription) -> bytes:
    if isinstance(description, ScalarDescription):
        return bytes((description.tag,))
    if isinstance(description, ArrayDescription):
        if not 0 <= description.count <= 0xFFFF:
            raise FieldError("type description", f"{description.count} is not in 0..65535")
        head = bytes((Array.TAG,)) + _U16.pack(description.count)
        return head + _encode_description(description.element)
    head = bytes((Structure.TAG,)) + encode_length(len(description.members))
    return head + b"".join(map(_encode_description, description.members))


def _write_row(description: TypeDescription, row: CosemData, parts: list[bytes]) -> None:
    if isinstance(description, ScalarDescription):
        if description.tag != row.TAG:
            raise FieldError("compact-array", f"{row!r} is not of the described type")
        parts.append(SCALAR_WRITERS[type(row)](row))
        return
    kind, members = _members(description)
    if not isinstance(row, kind) or len(row.items) != len(members):
        raise FieldError("compact-array", f"{row!r} is not of the described type")
    for member, item in zip(members, row.items, strict=True):
        _write_row(member, item, parts)
