"""Alert payloads: the alert code, when it arose, and what the use case adds.

The three families write them differently. Codes 8F66 and 8F67 tell what became of one activation
time of a future-dated command. Source: GBCS alerts; reference messages.
"""

import re
import struct
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.gbcs.access import encode_dlms_head, read_dlms_head
from stayon.gbcs.cosem import (
    CosemData,
    LongUnsigned,
    OctetString,
    Structure,
    decode_data,
    encode_data,
)
from stayon.gbcs.cosem_date_time import CosemDateTime, decode_date_time, encode_date_time
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.gbz import PROFILE, Component, encode_component, read_component

FUTURE_DATED_SUCCESS, FUTURE_DATED_FAILURE = 0x8F66, 0x8F67
BILLING_DATA_LOG = 0x8F0A

DATA_NOTIFICATION = 0x0F
_DLMS_OUTCOME = struct.Struct(">HQH6sB")
_GBZ_OUTCOME = struct.Struct(">BHQHBB")
_GBZ_HEAD = struct.Struct(">BHI")
_ASN1_ALERT = re.compile(rb"\x02\x03\x00(..)\x18\x0f([0-9]{14}Z)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class DlmsOutcome:
    """The command (message code, originator counter) and the attribute or method it was set by."""

    message_code: int
    counter: int
    class_id: int
    logical_name: bytes
    attribute: int


@dataclass(frozen=True, slots=True)
class GbzOutcome:
    """The command (message code, originator counter) and the ZCL command it was set by.

    Devices differ in ``control`` from the command they answer: go by cluster and command id.
    """

    message_code: int
    counter: int
    cluster: int
    control: int
    command_id: int


@dataclass(frozen=True, slots=True)
class DlmsAlert:
    """``content`` is what follows code and time: an outcome, or COSEM data of the use case."""

    invoke_id: int
    date_time: CosemDateTime | None
    code: int
    timestamp: CosemDateTime
    content: DlmsOutcome | tuple[CosemData, ...]


@dataclass(frozen=True, slots=True)
class GbzAlert:
    """``timestamp`` in seconds since 2000, UTC.

    ``content`` is an outcome, a component (the billing data log), or octets of the use case, empty
    for none.
    """

    code: int
    timestamp: int
    content: GbzOutcome | Component | bytes


@dataclass(frozen=True, slots=True)
class Asn1Alert:
    """``timestamp`` as ``YYYYMMDDhhmmssZ``; ``content`` is the rest of the SEQUENCE, encoded.

    ``length_size`` is how many octets its length takes: devices do not always write the fewest.
    """

    code: int
    timestamp: str
    content: bytes
    length_size: int


def decode_dlms_alert(content: bytes) -> DlmsAlert:
    """Read all of a data-notification; raises ``GbcsError`` with offsets in it."""
    invoke_id, date_time, start = read_dlms_head(content, DATA_NOTIFICATION)
    body, end = decode_data(content, start, "alert")
    if end != len(content):
        raise GbcsError("alert", end, "octets are left after its end")
    match body:
        case Structure((LongUnsigned(code), OctetString(at), *items)) if len(at) == 12:
            timestamp = decode_date_time(at)
        case _:
            raise GbcsError("alert", start, "is not a structure of a code, a time and more")
    match items:
        case [OctetString(octets)] if _is_outcome(code) and len(octets) == _DLMS_OUTCOME.size:
            outcome = DlmsOutcome(*_DLMS_OUTCOME.unpack(octets))
            return DlmsAlert(invoke_id, date_time, code, timestamp, outcome)
    return DlmsAlert(invoke_id, date_time, code, timestamp, tuple(items))


def encode_dlms_alert(alert: DlmsAlert) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    items = alert.content
    if isinstance(items, DlmsOutcome):
        items = (OctetString(_encode_dlms_outcome(items)),)
    at = OctetString(encode_date_time(alert.timestamp))
    body = encode_data(Structure((LongUnsigned(alert.code), at, *items)))
    return encode_dlms_head(DATA_NOTIFICATION, alert.invoke_id, alert.date_time) + body


def _is_outcome(code: int) -> bool:
    return code in (FUTURE_DATED_SUCCESS, FUTURE_DATED_FAILURE)


def _encode_dlms_outcome(outcome: DlmsOutcome) -> bytes:
    if len(outcome.logical_name) != 6:
        raise FieldError("logical name", f"has 6 octets, not {len(outcome.logical_name)}")
    try:
        return _DLMS_OUTCOME.pack(
            outcome.message_code, outcome.counter, outcome.class_id, outcome.logical_name,
            outcome.attribute,
        )  # fmt: skip
    except struct.error:
        raise FieldError("future-dated outcome", "a number does not fit its field") from None


def decode_gbz_alert(content: bytes) -> GbzAlert:
    """Read all of ``content``; raises ``GbcsError`` with offsets in it."""
    start = len(PROFILE) + _GBZ_HEAD.size
    if not content.startswith(PROFILE) or len(content) < start:
        raise GbcsError("alert", 0, "is not 0109, a flag, a code and a time")
    flag, code, timestamp = _GBZ_HEAD.unpack_from(content, len(PROFILE))
    octets = content[start:]
    if flag != bool(octets):
        raise GbcsError("alert flag", len(PROFILE), f"{flag:02X} does not say whether data follow")
    if code == BILLING_DATA_LOG and octets:
        component, end = read_component(content, start, last=True)
        if end != len(content):
            raise GbcsError("alert", end, "octets are left after its component")
        return GbzAlert(code, timestamp, component)
    if _is_outcome(code) and len(octets) == _GBZ_OUTCOME.size == octets[0] + 1:
        return GbzAlert(code, timestamp, GbzOutcome(*_GBZ_OUTCOME.unpack(octets)[1:]))
    return GbzAlert(code, timestamp, octets)


def encode_gbz_alert(alert: GbzAlert) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    content = alert.content
    try:
        if isinstance(content, GbzOutcome):
            content = _GBZ_OUTCOME.pack(
                _GBZ_OUTCOME.size - 1, content.message_code, content.counter, content.cluster,
                content.control, content.command_id,
            )  # fmt: skip
        elif isinstance(content, Component):
            content = encode_component(content, last=True)
        return PROFILE + _GBZ_HEAD.pack(bool(content), alert.code, alert.timestamp) + content
    except struct.error:
        raise FieldError("alert", "a number does not fit its field") from None


def read_asn1_alert(content: bytes) -> Asn1Alert | None:
    """The alert that fills ``content``, or None where it is laid out otherwise."""
    if len(content) < 2 or content[0] != 0x30:
        return None
    size = 1 if content[1] < 0x80 else 1 + (content[1] & 0x7F)
    start = 1 + size
    length = content[1] if size == 1 else int.from_bytes(content[2:start])
    match = _ASN1_ALERT.match(content, start)
    if match is None or size > 5 or start + length != len(content):
        return None
    code, at = int.from_bytes(match[1]), match[2].decode("ascii")
    return Asn1Alert(code, at, content[match.end() :], size)


def encode_asn1_alert(alert: Asn1Alert) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    try:
        head = b"\x02\x03\x00" + alert.code.to_bytes(2) + b"\x18\x0f"
        body = head + alert.timestamp.encode("ascii") + alert.content
        length = len(body).to_bytes(max(1, alert.length_size - 1))
    except (OverflowError, ValueError):
        raise FieldError("alert", "a number does not fit its field") from None
    form = b"" if alert.length_size == 1 else bytes((0x80 | len(length),))
    encoded = b"\x30" + form + length + body
    if read_asn1_alert(encoded) != alert:
        raise FieldError("alert", "its time is not YYYYMMDDhhmmssZ or its length's size is wrong")
    return encoded
