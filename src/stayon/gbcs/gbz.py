"""The GBZ payload: ZCL frames in components, as gas and other ZigBee devices take them.

The shell's own numbers are big-endian, those inside the ZCL frames little-endian. Source: GBCS,
GBZ commands; reference messages.
"""

import struct
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.zcl import ZclFrame, decode_zcl, encode_zcl

PROFILE = b"\x01\x09"

_LAST, _ENCRYPTED, _FROM_DATE_TIME = 0x01, 0x02, 0x10
_COMPONENT = struct.Struct(">BHH")
_U32 = struct.Struct(">I")
_ENCRYPTED_HEAD = struct.Struct(">BBBBBH")
_SECURITY_HEADER = b"\x31\x00\x00\x00\x00"
_TAG_SIZE = 12


@dataclass(frozen=True, slots=True)
class EncryptedFrame:
    """A ZCL frame whose payload only the recipient can read.

    ``octets`` are the security header (31 00000000), the ciphertext and the 12-octet tag: what the
    decryption of sensitive attributes takes, as it does from DLMS.
    """

    additional_header_control: int
    additional_header_frame_counter: int
    control: int
    sequence: int
    command_id: int
    octets: bytes


@dataclass(frozen=True, slots=True)
class Component:
    """One ZCL frame for one cluster.

    ``from_date_time`` (seconds since 2000, UTC) filters logs, and is GCS05's activation time of the
    low credit warning level. Which component is the last follows from its place.
    """

    cluster: int
    from_date_time: int | None
    body: ZclFrame | EncryptedFrame


@dataclass(frozen=True, slots=True)
class GbzMessage:
    """The components, at least one."""

    components: tuple[Component, ...]


def decode_gbz(content: bytes) -> GbzMessage:
    """Read all of ``content``; raises ``GbcsError`` with offsets in it."""
    if content[:2] != PROFILE:
        raise GbcsError("GBZ profile", 0, "is not 0109")
    if len(content) < 3 or content[2] == 0:
        raise GbcsError("component count", 2, "there is no component")
    components, position = [], 3
    for left in reversed(range(content[2])):
        component, position = read_component(content, position, last=left == 0)
        components.append(component)
    if position != len(content):
        raise GbcsError("GBZ", position, "octets are left after the last component")
    return GbzMessage(tuple(components))


def read_component(content: bytes, position: int, *, last: bool) -> tuple[Component, int]:
    """One component and the position after it; raises ``GbcsError``."""
    start = position + _COMPONENT.size
    if start > len(content):
        raise GbcsError("component", len(content), "its header ends early")
    control, cluster, length = _COMPONENT.unpack_from(content, position)
    if control & ~(_ENCRYPTED | _FROM_DATE_TIME) != last:
        raise GbcsError("component control", position, f"{control:02X} is not right at its place")
    end = start + length
    if end > len(content):
        raise GbcsError("component length", position + 3, f"{length} passes the end of the content")
    from_date_time = None
    if control & _FROM_DATE_TIME:
        if length < _U32.size:
            raise GbcsError("from date-time", start, "does not fit the component")
        (from_date_time,) = _U32.unpack_from(content, start)
        start += _U32.size
    try:
        body = _read_body(cluster, content[start:end], encrypted=bool(control & _ENCRYPTED))
    except GbcsError as error:
        raise error.shifted(start) from None
    return Component(cluster, from_date_time, body), end


def _read_body(cluster: int, octets: bytes, *, encrypted: bool) -> ZclFrame | EncryptedFrame:
    if not encrypted:
        return decode_zcl(cluster, octets)
    if len(octets) < _ENCRYPTED_HEAD.size:
        raise GbcsError("encrypted component", len(octets), "ends early")
    ahc, counter, control, sequence, command_id, length = _ENCRYPTED_HEAD.unpack_from(octets)
    sealed = octets[_ENCRYPTED_HEAD.size :]
    if length != len(sealed):
        raise GbcsError("encrypted component", 5, f"its length {length} differs from what is there")
    if length < len(_SECURITY_HEADER) + _TAG_SIZE or not sealed.startswith(_SECURITY_HEADER):
        raise GbcsError("encrypted component", 7, "is not 31 00000000, ciphertext and tag")
    return EncryptedFrame(ahc, counter, control, sequence, command_id, sealed)


def encode_gbz(message: GbzMessage) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    count = len(message.components)
    if not 1 <= count <= 0xFF:
        raise FieldError("components", f"{count} is not in 1..255")
    last = count - 1
    parts = [PROFILE, bytes((count,))]
    parts += (encode_component(c, last=i == last) for i, c in enumerate(message.components))
    return b"".join(parts)


def encode_component(component: Component, *, last: bool) -> bytes:
    """Control, cluster, length and body; raises ``FieldError``."""
    control = int(last)
    try:
        if isinstance(component.body, EncryptedFrame):
            control |= _ENCRYPTED
            body = _encode_encrypted(component.body)
        else:
            body = encode_zcl(component.cluster, component.body)
        if component.from_date_time is not None:
            control |= _FROM_DATE_TIME
            body = _U32.pack(component.from_date_time) + body
        return _COMPONENT.pack(control, component.cluster, len(body)) + body
    except struct.error:
        raise FieldError("component", "a number does not fit its field") from None


def _encode_encrypted(frame: EncryptedFrame) -> bytes:
    head = _ENCRYPTED_HEAD.pack(
        frame.additional_header_control, frame.additional_header_frame_counter,
        frame.control, frame.sequence, frame.command_id, len(frame.octets),
    )  # fmt: skip
    return head + frame.octets
