"""The part of a message that protection covers: the inner frame, without the MAC wrapper."""

from dataclasses import dataclass, field

from stayon.gbcs.frame import MAC_SIZE, Frame, encode_frame, parse_frame
from stayon.gbcs.lengths import read_length

_WRAPPER_LENGTH_AT = 7
_SECURITY_HEADER_SIZE = 5


@dataclass(frozen=True, slots=True)
class ReadMessage:
    """A message, and the frame that ``parse_frame`` made of just these octets."""

    frame: Frame
    octets: bytes = field(repr=False)


def unwrap(message: bytes | Frame | ReadMessage) -> tuple[Frame, bytes]:
    """The parsed message and the octets of its inner frame, from ``DF`` to the signature's end.

    A frame has one encoding, so it does not matter which of the forms is handed in; whoever has
    both spares the work of making one of the other. Raises ``GbcsError`` for malformed octets.
    """
    if isinstance(message, ReadMessage):
        frame, octets = message.frame, message.octets
    elif isinstance(message, Frame):
        frame, octets = message, encode_frame(message)
    else:
        frame, octets = parse_frame(message, may_be_unsigned=True), message
    if frame.mac is None:
        return frame, octets
    _, start = read_length(octets, _WRAPPER_LENGTH_AT, "MAC wrapper")
    return frame, octets[start + _SECURITY_HEADER_SIZE : -MAC_SIZE]
