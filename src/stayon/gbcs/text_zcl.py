"""The JSON form of ZCL commands, told by the same layouts that read their octets."""

import struct
from typing import Any, TypeVar

from stayon.gbcs.text_reading import Place
from stayon.gbcs.text_values import (
    describe_code,
    describe_octets,
    describe_text,
    describe_zigbee_time,
    restore_text,
    restore_zigbee_time,
)
from stayon.gbcs.zcl import RawCommand, typed_command
from stayon.gbcs.zcl_foundation import (
    AttributeRecord,
    AttributeValue,
    ReadAttributes,
    ReadAttributesResponse,
    attribute_number,
    attribute_octets,
)
from stayon.gbcs.zcl_layout import (
    Kind,
    Number,
    Records,
    ShortString,
    ZclCommand,
    layout_of,
)

T = TypeVar("T")


def describe_command(command: ZclCommand) -> object:
    """The fields by name; hex for a command that is carried as octets."""
    if isinstance(command, RawCommand):
        return describe_octets(command.payload)
    if isinstance(command, ReadAttributes):
        return {"attributes": [describe_code(number, 2) for number in command.attributes]}
    if isinstance(command, ReadAttributesResponse):
        return {"attributes": list(map(_describe_record, command.records))}
    return _describe_fields(command)


def restore_command(place: Place, cluster: int, control: int, command_id: int) -> ZclCommand:
    """The inverse of ``describe_command``; raises ``FieldError``."""
    made = typed_command(cluster, control, command_id)
    if made is None:
        return RawCommand(command_id, place.octets())
    if made is ReadAttributes:
        return ReadAttributes(tuple(item.code(2) for item in place["attributes"].items()))
    if made is ReadAttributesResponse:
        return ReadAttributesResponse(tuple(map(_restore_record, place["attributes"].items())))
    return _restore_fields(place, made)


def _describe_fields(value: Any) -> dict[str, object]:
    kinds = layout_of(type(value)).fields
    return {name: _describe_kind(kind, getattr(value, name)) for name, kind in kinds.items()}


def _describe_kind(kind: Kind, value: Any) -> object:
    if isinstance(kind, Number):
        return describe_zigbee_time(value) if kind.time else value
    if isinstance(kind, ShortString):
        return describe_text(value)
    if isinstance(kind, Records):
        return list(map(_describe_fields, value))
    return list(value)


def _restore_fields(place: Place, made: type[T]) -> T:
    kinds = layout_of(made).fields
    return made(**{name: _restore_kind(kind, place[name]) for name, kind in kinds.items()})


def _restore_kind(kind: Kind, place: Place) -> Any:
    if isinstance(kind, Number):
        return restore_zigbee_time(place) if kind.time else place.integer(*_range(kind.code))
    if isinstance(kind, ShortString):
        return restore_text(place)
    if isinstance(kind, Records):
        return tuple(_restore_fields(item, kind.record) for item in place.items())
    return tuple(item.integer(0, 0xFF) for item in place.items())


def _range(code: str) -> tuple[int, int]:
    bits = 8 * struct.calcsize("<" + code)
    return (-(1 << bits - 1), (1 << bits - 1) - 1) if code.islower() else (0, (1 << bits) - 1)


def _describe_record(record: AttributeRecord) -> dict[str, object]:
    described: dict[str, object] = {
        "attribute": describe_code(record.attribute, 2),
        "status": describe_code(record.status, 1),
    }
    if record.value is not None:
        number = attribute_number(record.value)
        described["type"] = describe_code(record.value.data_type, 1)
        described["value"] = describe_octets(record.value.octets) if number is None else number
    return described


def _restore_record(place: Place) -> AttributeRecord:
    attribute, status = place["attribute"].code(2), place["status"].code(1)
    if status != 0:
        return AttributeRecord(attribute, status, None)
    data_type, member = place["type"].code(1), place["value"]
    if isinstance(member.value, str):
        octets = member.octets()
    else:
        with member.blamed():
            octets = attribute_octets(data_type, member.integer(-(1 << 63), (1 << 64) - 1))
    return AttributeRecord(attribute, status, AttributeValue(data_type, octets))
