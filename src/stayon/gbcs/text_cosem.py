"""The JSON form of COSEM data: an object whose single member names the type.

``{"long-unsigned": 51}``, ``{"structure": [...]}``, ``{"bit-string": "1100"}``.
"""

from collections.abc import Callable

from stayon.gbcs.cosem_compact import (
    ArrayDescription,
    CompactArray,
    ScalarDescription,
    StructureDescription,
    TypeDescription,
)
from stayon.gbcs.cosem_numbers import Boolean, Number
from stayon.gbcs.cosem_scalars import NUMBERS, SCALAR_WRITERS
from stayon.gbcs.cosem_value import CosemData
from stayon.gbcs.cosem_values import (
    Array,
    BitString,
    DontCare,
    Null,
    Octets,
    Sequence,
    Structure,
    Utf8String,
    VisibleString,
)
from stayon.gbcs.text_reading import Place
from stayon.gbcs.text_values import describe_octets, describe_text, restore_text

_TRUE, _FALSE = 0xFF, 0x00


def describe_data(value: CosemData) -> dict[str, object]:
    """The value as JSON."""
    return {value.NAME: _describe(value)}


def _describe(value: CosemData) -> object:
    if isinstance(value, Boolean):
        return _describe_boolean(value)
    if isinstance(value, Number):
        return value.value
    if isinstance(value, VisibleString | Utf8String):
        return describe_text(value.octets)
    if isinstance(value, Octets):
        return describe_octets(value.octets)
    if isinstance(value, Sequence):
        return [describe_data(item) for item in value.items]
    if isinstance(value, BitString):
        return _describe_bits(value)
    if isinstance(value, CompactArray):
        rows = [describe_data(row) for row in value.rows]
        return {"row": _describe_type(value.description), "rows": rows}
    return None


def _describe_boolean(value: Boolean) -> object:
    """``true`` is FF and ``false`` 00, as GBCS writes them; any other octet is shown."""
    if value.value in (_TRUE, _FALSE):
        return value.true
    return {"true": f"{value.value:02X}"}


def _describe_bits(value: BitString) -> object:
    """The bits; the padding beside them only where it is not zeros."""
    if set(value.padding) <= {"0"}:
        return value.bits
    return {"bits": value.bits, "padding": value.padding}


def _describe_type(description: TypeDescription) -> object:
    if isinstance(description, ScalarDescription):
        return _SCALARS[description.tag].NAME
    if isinstance(description, ArrayDescription):
        return {Array.NAME: description.count, "of": _describe_type(description.element)}
    return {Structure.NAME: [_describe_type(member) for member in description.members]}


_SCALARS: dict[int, type[CosemData]] = {kind.TAG: kind for kind in SCALAR_WRITERS}


def restore_data(place: Place) -> CosemData:
    """The inverse of ``describe_data``; raises ``FieldError``."""
    name, member = place.only_member()
    if name not in _READERS:
        raise place.wrong(f"{name[:40]!r} is no type of COSEM data")
    with member.blamed():
        return _READERS[name](member)


def _number_reader(kind: type[Number]) -> Callable[[Place], CosemData]:
    return lambda place: kind(place.integer(kind.LOW, kind.HIGH))


def _octets_reader(kind: type[Octets]) -> Callable[[Place], CosemData]:
    return lambda place: kind(place.octets())


def _sequence_reader(kind: type[Sequence]) -> Callable[[Place], CosemData]:
    return lambda place: kind(map(restore_data, place.items()))


def _restore_boolean(place: Place) -> CosemData:
    if isinstance(place.value, bool):
        return Boolean(_TRUE if place.value else _FALSE)
    return Boolean(place["true"].code(1))


def _restore_bits(place: Place) -> CosemData:
    if not isinstance(place.value, dict):
        return BitString.of(place.text())
    bits = place["bits"].text()
    return BitString(len(bits), BitString.of(bits + place["padding"].text()).octets)


def _restore_compact_array(place: Place) -> CosemData:
    rows = tuple(map(restore_data, place["rows"].items()))
    return CompactArray(_restore_type(place["row"]), rows)


def _restore_type(place: Place) -> TypeDescription:
    if isinstance(place.value, str):
        return ScalarDescription(place.one_of(_TAGS))
    if place.has(Array.NAME):
        count = place[Array.NAME].integer(0, 0xFFFF)
        return ArrayDescription(count, _restore_type(place["of"]))
    return StructureDescription(tuple(map(_restore_type, place[Structure.NAME].items())))


_TAGS = {kind.NAME: tag for tag, kind in _SCALARS.items()}

_READERS: dict[str, Callable[[Place], CosemData]] = {
    **{kind.NAME: _number_reader(kind) for kind, _, _ in NUMBERS.values()},
    **{kind.NAME: _octets_reader(kind) for kind in SCALAR_WRITERS if issubclass(kind, Octets)},
    Boolean.NAME: _restore_boolean,
    BitString.NAME: _restore_bits,
    Utf8String.NAME: lambda place: Utf8String(restore_text(place)),
    VisibleString.NAME: lambda place: VisibleString(restore_text(place)),
    Null.NAME: lambda place: place.of_null(Null()),
    DontCare.NAME: lambda place: place.of_null(DontCare()),
    Array.NAME: _sequence_reader(Array),
    Structure.NAME: _sequence_reader(Structure),
    CompactArray.NAME: _restore_compact_array,
}
