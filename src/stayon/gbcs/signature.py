"""ECDSA over the inner frame, without its tag and its signature field.

Source: GBCS 4.3 signatures; reference gbcs.md 1.7. The wire has r and s, the library DER.
"""

from collections.abc import Callable

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ec import (
    ECDSA,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
)
from cryptography.hazmat.primitives.asymmetric.utils import (
    decode_dss_signature,
    encode_dss_signature,
)
from cryptography.hazmat.primitives.hashes import SHA256

from stayon.gbcs.errors import BadSignature, GbcsError
from stayon.gbcs.frame import SIGNATURE_SIZE, Frame
from stayon.gbcs.unwrapping import ReadMessage, unwrap

_ECDSA_SHA256 = ECDSA(SHA256())
_HALF = SIGNATURE_SIZE // 2
_SIGNATURE_FIELD_SIZE = 1 + SIGNATURE_SIZE


def sign(unsigned: bytes, private_key: EllipticCurvePrivateKey) -> bytes:
    """Like ``sign_with``, with a key that is in this process."""

    def signer(data: bytes) -> bytes:
        r, s = decode_dss_signature(private_key.sign(data, _ECDSA_SHA256))
        return r.to_bytes(_HALF) + s.to_bytes(_HALF)

    return sign_with(unsigned, signer)


def sign_with(unsigned: bytes, signer: Callable[[bytes], bytes]) -> bytes:
    """The signed form of a pre-command, response or alert that has no signature yet.

    ``signer`` gives the ECDSA signature (P-256, SHA-256; ``r || s``, 64 octets) of its argument,
    from wherever the key lies. One trailing ``00`` (a null
    signature, which DUIS pre-commands may carry) is dropped first.
    Raises ``GbcsError`` when ``unsigned`` is malformed, already signed or has a MAC.
    """
    frame, octets = unwrap(unsigned)
    if frame.mac is not None:
        raise GbcsError("MAC wrapper", 0, "is already there; the signature goes inside it")
    if frame.signature.present:
        raise GbcsError("signature", len(octets) - _SIGNATURE_FIELD_SIZE, "is already there")
    body = octets if frame.signature.octets is None else octets[:-1]
    signature = signer(body[1:])
    if len(signature) != SIGNATURE_SIZE:
        raise GbcsError("signature", len(body), f"has {len(signature)} octets from the signer")
    return b"".join((body, bytes((SIGNATURE_SIZE,)), signature))


def verify_signature(
    message: bytes | Frame | ReadMessage, public_key: EllipticCurvePublicKey
) -> None:
    """Return only if ``message`` (with or without its MAC) was signed with this key's private half.

    Raises ``BadSignature``, also when there is none, and ``GbcsError`` for malformed octets.
    """
    frame, inner = unwrap(message)
    signature = frame.signature.octets
    if not signature:
        raise BadSignature("the message has no signature")
    der = encode_dss_signature(int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:]))
    try:
        public_key.verify(der, inner[1:-_SIGNATURE_FIELD_SIZE], _ECDSA_SHA256)
    except InvalidSignature:
        raise BadSignature("the signature is not by this key over this message") from None
