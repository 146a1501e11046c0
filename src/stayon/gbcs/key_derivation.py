"""From two parties' key agreement keys to the symmetric key of one message.

Source: GBCS 4.3 (NIST SP 800-56A one-pass key derivation, SHA-256); reference gbcs.md 1.8 and 1.9.
"""

import hashlib
import struct
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDH,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)

from stayon.domain.eui64 import Eui64

ENCRYPTED_ATTRIBUTE: Final = 4
"""Stands where a CRA flag does when the key is for encrypted items (``frame.Cra`` has 1 to 3)."""

_AES_128_GCM = bytes.fromhex("60857406080300")
_COUNTER_SIZE_WITH_FLAG = 9
_INPUT = struct.Struct(">I32s7s8sBBQ8s")
_KEY_SIZE = 16
_ECDH = ECDH()


def shared_secret(
    private_key: EllipticCurvePrivateKey, public_key: EllipticCurvePublicKey
) -> bytes:
    """The x coordinate (32 octets) that both ends of a pair of P-256 keys can compute."""
    return private_key.exchange(_ECDH, public_key)


def derive_key(
    secret: bytes, *, originator: Eui64, purpose: int, counter: int, party: Eui64
) -> bytes:
    """The AES-128 key for one message.

    ``purpose`` is its CRA flag, or ``ENCRYPTED_ATTRIBUTE``; ``counter`` its originator counter;
    ``party`` the recipient, or the party for whom items are encrypted.
    """
    derivation = _INPUT.pack(
        1, secret, _AES_128_GCM, originator.octets, _COUNTER_SIZE_WITH_FLAG, purpose, counter,
        party.octets,
    )  # fmt: skip
    return hashlib.sha256(derivation).digest()[:_KEY_SIZE]


def initialisation_vector(originator: Eui64) -> bytes:
    """The twelve octets with which AES-GCM starts: the originator and an invocation counter of 0.

    The same for every message of an originator, which is safe as each message has its own key.
    """
    return originator.octets + bytes(4)
