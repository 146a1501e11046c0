"""The MAC wrapper: AES-128-GCM without plaintext over the whole inner frame.

Source: GBCS 4.3 general ciphering; reference gbcs.md 1.3 and 1.8. The Access Control Broker makes
the MAC of a command with its own key agreement key, but under the originator of the header.
"""

from hmac import compare_digest

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from stayon.gbcs.errors import BadMac, GbcsError
from stayon.gbcs.frame import MAC_SIZE, Frame
from stayon.gbcs.key_derivation import derive_key, initialisation_vector
from stayon.gbcs.lengths import encode_length
from stayon.gbcs.unwrapping import ReadMessage, unwrap

_AUTHENTICATED_HEAD = bytes((0x11, 0, 0, 0, 0, 0))
_WRAPPER_HEAD = bytes((0xDD, 0, 0, 0, 0, 0, 0))
_SECURITY_HEADER = bytes((0x11, 0, 0, 0, 0))


def add_mac(inner: bytes | ReadMessage, *, shared_secret: bytes) -> bytes:
    """The message with its MAC wrapper; ``inner`` is signed, or ends in a null signature.

    Raises ``GbcsError`` when ``inner`` is malformed, lacks the signature field or has a MAC.
    """
    frame, octets = unwrap(inner)
    if frame.mac is not None:
        raise GbcsError("MAC wrapper", 0, "is already there")
    if frame.signature.octets is None:
        raise GbcsError("signature", len(octets), "must be there, if only as the octet 00")
    length = encode_length(len(_SECURITY_HEADER) + len(octets) + MAC_SIZE)
    mac = _compute(frame, octets, shared_secret)
    return b"".join((_WRAPPER_HEAD, length, _SECURITY_HEADER, octets, mac))


def verify_mac(message: bytes | Frame | ReadMessage, *, shared_secret: bytes) -> None:
    """Return only if the MAC of ``message`` was made with this secret over these octets.

    Raises ``BadMac``, also when there is none, and ``GbcsError`` for malformed octets.
    """
    frame, inner = unwrap(message)
    if frame.mac is None:
        raise BadMac("the message has no MAC")
    if not compare_digest(_compute(frame, inner, shared_secret), frame.mac):
        raise BadMac("the MAC is not by this pair of keys over this message")


def _compute(frame: Frame, inner: bytes, secret: bytes) -> bytes:
    key = derive_key(
        secret,
        originator=frame.originator,
        purpose=frame.cra,
        counter=frame.counter,
        party=frame.recipient,
    )
    iv = initialisation_vector(frame.originator)
    return AESGCM(key).encrypt(iv, b"", _AUTHENTICATED_HEAD + inner)[:MAC_SIZE]
