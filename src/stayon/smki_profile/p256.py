"""Keys on P-256 and ECDSA-with-SHA256 values in the forms that certificates need.

Signatures that Stayon makes are ``r || s``, 64 octets (as in GBCS and XML signatures); certificates
hold them as a DER SEQUENCE of two integers.
"""

import hashlib
from collections.abc import Callable
from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from stayon.smki_profile import der
from stayon.smki_profile.errors import BadSignature, ProfileError

CURVE = ec.SECP256R1()

Sign = Callable[[bytes], bytes]
"""Signs octets with ECDSA over SHA-256 and gives ``r || s``: ``Keys.sign`` of the ports."""

ALGORITHM = der.sequence(der.object_identifier("1.2.840.10045.4.3.2"))
"""AlgorithmIdentifier of ecdsa-with-SHA256, without parameters."""

_KEY_ALGORITHM = der.sequence(
    der.object_identifier("1.2.840.10045.2.1"), der.object_identifier("1.2.840.10045.3.1.7")
)
_POINT_OCTETS = 65
_KEY_INFO_HEAD = der.sequence(_KEY_ALGORITHM, der.bit_string(bytes(_POINT_OCTETS)))[:-_POINT_OCTETS]
_ECDSA = ec.ECDSA(SHA256())


def point(public_key: ec.EllipticCurvePublicKey) -> bytes:
    """The uncompressed point, 65 octets. Raises ``ProfileError`` on another curve."""
    if not isinstance(public_key.curve, ec.SECP256R1):
        raise ProfileError("public key", f"is on {public_key.curve.name}, not on P-256")
    return public_key.public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


@lru_cache(maxsize=16_384)
def public_key(encoded_point: bytes) -> ec.EllipticCurvePublicKey:
    """The key of an uncompressed point. Raises ``ProfileError`` unless it is on the curve.

    Keys are kept, for each costs as much to read as a tenth of an admission; secrets never are.
    """
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, encoded_point)
    except ValueError:
        raise ProfileError("public key", "is not a point on P-256") from None


def key_info(encoded_point: bytes) -> bytes:
    """The SubjectPublicKeyInfo of an uncompressed point."""
    return _KEY_INFO_HEAD + encoded_point


def read_key_info(reader: der.Reader) -> bytes:
    """The uncompressed point of the next element, a SubjectPublicKeyInfo."""
    encoded = reader.element(der.SEQUENCE, "public key")
    encoded_point = encoded[len(_KEY_INFO_HEAD) :]
    if (
        not encoded.startswith(_KEY_INFO_HEAD)
        or len(encoded_point) != _POINT_OCTETS
        or encoded_point[0] != 0x04
    ):
        raise ProfileError("public key", "is not an uncompressed point on P-256")
    return encoded_point


def subject_key_id(encoded_point: bytes) -> bytes:
    """The bits 0100 and the last 60 bits of the point's SHA-1, 8 octets (RFC 5280 4.2.1.2)."""
    tail = hashlib.sha1(encoded_point, usedforsecurity=False).digest()[-8:]
    return bytes((0x40 | tail[0] & 0x0F,)) + tail[1:]


def signature_value(r_s: bytes) -> bytes:
    """The DER form of a signature ``r || s``."""
    r, s = int.from_bytes(r_s[:32], "big"), int.from_bytes(r_s[32:], "big")
    return der.sequence(der.integer(r), der.integer(s))


def verify(key: ec.EllipticCurvePublicKey, signature: bytes, signed: bytes, field: str) -> None:
    """Check a DER signature; raises ``BadSignature`` about ``field``."""
    try:
        key.verify(signature, signed, _ECDSA)
    except InvalidSignature:
        raise BadSignature(field, "is not signed by the key that should have signed it") from None
