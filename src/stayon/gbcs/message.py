"""A whole message: its frame and its payload as typed values."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from operator import attrgetter
from typing import Any

from stayon.gbcs.access import (
    ACCESS_REQUEST,
    ACCESS_RESPONSE,
    AccessRequest,
    AccessResponse,
    decode_access_request,
    decode_access_response,
    encode_access_request,
    encode_access_response,
)
from stayon.gbcs.alerts import (
    DATA_NOTIFICATION,
    Asn1Alert,
    DlmsAlert,
    GbzAlert,
    decode_dlms_alert,
    decode_gbz_alert,
    encode_asn1_alert,
    encode_dlms_alert,
    encode_gbz_alert,
    read_asn1_alert,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame, encode_frame, parse_frame
from stayon.gbcs.gbz import PROFILE, GbzMessage, decode_gbz, encode_gbz


@dataclass(frozen=True, slots=True)
class Asn1Payload:
    """An ASN.1 payload, carried as it is."""

    octets: bytes


Payload = (
    AccessRequest | AccessResponse | DlmsAlert | GbzMessage | GbzAlert | Asn1Alert | Asn1Payload
)


@dataclass(frozen=True, slots=True)
class Message:
    """``payload`` is what ``frame.content`` says; ``with_payload`` keeps the two together."""

    frame: Frame
    payload: Payload

    @classmethod
    def with_payload(cls, frame: Frame, payload: Payload) -> "Message":
        """``frame`` with its content written from ``payload``; raises ``FieldError``."""
        return cls(replace(frame, content=encode_payload(payload)), payload)


def parse_message(data: bytes) -> Message:
    """Read one whole message, binary; raises ``GbcsError`` with offsets in ``data``."""
    frame = parse_frame(data)
    return Message(frame, decode_payload(frame))


def encode_message(message: Message) -> bytes:
    """The octets, written from the payload; raises ``FieldError``."""
    return encode_frame(replace(message.frame, content=encode_payload(message.payload)))


_DLMS: dict[int, Callable[[bytes], Payload]] = {
    ACCESS_REQUEST: decode_access_request,
    ACCESS_RESPONSE: decode_access_response,
    DATA_NOTIFICATION: decode_dlms_alert,
}


def decode_payload(frame: Frame) -> Payload:
    """The content as a typed value; raises ``GbcsError`` with offsets in the whole message.

    The first octets tell the family: no ASN.1 value that GBCS sends begins with a DLMS tag or as
    the ZigBee profile does.
    """
    content = frame.content
    try:
        if content[:2] == PROFILE:
            return decode_gbz_alert(content) if frame.cra is Cra.ALERT else decode_gbz(content)
        if content and content[0] in _DLMS:
            return _DLMS[content[0]](content)
    except GbcsError as error:
        raise error.shifted(frame.content_offset) from None
    alert = read_asn1_alert(content) if frame.cra is Cra.ALERT else None
    return alert or Asn1Payload(content)


_WRITERS: dict[type[Any], Callable[[Any], bytes]] = {
    AccessRequest: encode_access_request,
    AccessResponse: encode_access_response,
    DlmsAlert: encode_dlms_alert,
    GbzMessage: encode_gbz,
    GbzAlert: encode_gbz_alert,
    Asn1Alert: encode_asn1_alert,
    Asn1Payload: attrgetter("octets"),
}


def encode_payload(payload: Payload) -> bytes:
    """The content; raises ``FieldError`` for a value that has no encoding."""
    return _WRITERS[type(payload)](payload)
