"""ZCL frames: header and command, typed for every command of the prepayment use cases.

A command that is not in the tables is carried as its id and octets, so nothing is lost.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from stayon.domain.errors import FieldError
from stayon.gbcs import zcl_calendar, zcl_metering, zcl_prepayment
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.zcl_foundation import (
    DefaultResponse,
    ReadAttributes,
    ReadAttributesResponse,
    decode_read_attributes,
    decode_read_attributes_response,
    encode_read_attributes,
    encode_read_attributes_response,
)
from stayon.gbcs.zcl_layout import ZclCommand, layout_of

HEADER_SIZE = 3

TO_CLIENT = 0x08
"""The direction bit of frame control."""

GLOBAL, CLUSTER_SPECIFIC = 0x00, 0x01
"""Frame type and manufacturer bit of frame control, for commands not of one manufacturer."""

_KIND = 0x07


@dataclass(frozen=True, slots=True)
class RawCommand(ZclCommand):
    """A command that has no layout here, or belongs to one manufacturer."""

    command_id: int
    payload: bytes


@dataclass(frozen=True, slots=True)
class ZclFrame:
    """Frame control, transaction sequence number and command."""

    control: int
    sequence: int
    command: ZclCommand

    @property
    def command_id(self) -> int:
        """The command's number in its cluster."""
        if isinstance(self.command, RawCommand):
            return self.command.command_id
        return _BY_TYPE[type(self.command)].key[-1]


class _Codec(NamedTuple):
    key: tuple[int, ...]
    decode: Callable[[bytes], ZclCommand]
    encode: Callable[[Any], bytes]


def _layout_codec(made: type[ZclCommand], *key: int) -> _Codec:
    layout = layout_of(made)
    return _Codec(key, layout.read_all, layout.write)


_BY_TYPE: dict[type[ZclCommand], _Codec] = {
    ReadAttributes: _Codec((0x00,), decode_read_attributes, encode_read_attributes),
    ReadAttributesResponse: _Codec(
        (0x01,), decode_read_attributes_response, encode_read_attributes_response
    ),
    DefaultResponse: _layout_codec(DefaultResponse, 0x0B),
    **{
        made: _layout_codec(made, module.CLUSTER, direction, command_id)
        for module in (zcl_prepayment, zcl_calendar, zcl_metering)
        for direction, commands in ((0, module.TO_SERVER), (TO_CLIENT, module.TO_CLIENT))
        for command_id, made in commands.items()
    },
}
_BY_KEY = {codec.key: codec for codec in _BY_TYPE.values()}


def _key(cluster: int, control: int, command_id: int) -> tuple[int, ...] | None:
    """What the tables know a command by: global ones by id alone."""
    kind = control & _KIND
    if kind == GLOBAL:
        return (command_id,)
    if kind == CLUSTER_SPECIFIC:
        return (cluster, control & TO_CLIENT, command_id)
    return None


def decode_zcl(cluster: int, octets: bytes) -> ZclFrame:
    """The frame that fills ``octets``; raises ``GbcsError`` with offsets in them."""
    if len(octets) < HEADER_SIZE:
        raise GbcsError("ZCL header", len(octets), "ends early")
    control, sequence, command_id = octets[0], octets[1], octets[2]
    command = decode_command(cluster, control, command_id, octets[HEADER_SIZE:])
    return ZclFrame(control, sequence, command)


def decode_command(cluster: int, control: int, command_id: int, payload: bytes) -> ZclCommand:
    """The command in ``payload``, which may have been decrypted; raises ``GbcsError``."""
    codec = _BY_KEY.get(_key(cluster, control, command_id) or ())
    if codec is None:
        return RawCommand(command_id, payload)
    try:
        return codec.decode(payload)
    except GbcsError as error:
        raise error.shifted(HEADER_SIZE) from None


def encode_zcl(cluster: int, frame: ZclFrame) -> bytes:
    """The octets; raises ``FieldError`` for a command that has no place in this cluster."""
    command, command_id = frame.command, frame.command_id
    if isinstance(command, RawCommand):
        payload = command.payload
    else:
        codec = _BY_TYPE[type(command)]
        if codec.key != _key(cluster, frame.control, command_id):
            rule = f"{type(command).__name__} does not go with {cluster:04X}, {frame.control:02X}"
            raise FieldError("ZCL command", rule)
        payload = codec.encode(command)
    try:
        return bytes((frame.control, frame.sequence, command_id)) + payload
    except ValueError:
        raise FieldError("ZCL header", "a number does not fit an octet") from None


def typed_command(cluster: int, control: int, command_id: int) -> type[ZclCommand] | None:
    """The class of the command, or None where it is carried as octets."""
    return _TYPES.get(_key(cluster, control, command_id) or ())


_TYPES = {codec.key: made for made, codec in _BY_TYPE.items()}
