"""Test keys from a seed: the same seed makes the same world.

For rehearsals and tests only. Whoever knows the seed knows every key.
"""

import hashlib

from cryptography.hazmat.primitives.asymmetric import ec

from stayon.smki_profile.p256 import CURVE

_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
"""Of the base point of P-256 (SEC 2, secp256r1)."""


def derive_private_key(seed: bytes, *label: bytes) -> ec.EllipticCurvePrivateKey:
    """The private key that belongs to ``label`` in the world of ``seed``; about 35 us."""
    return ec.derive_private_key(_scalar(seed, *label), CURVE)


def derive_scalar(seed: bytes, *label: bytes) -> bytes:
    """The number that makes that private key, 32 octets; about 2 us, without its public key."""
    return _scalar(seed, *label).to_bytes(32, "big")


def _scalar(seed: bytes, *label: bytes) -> int:
    return int.from_bytes(derive_octets(seed, b"key", *label), "big") % (_ORDER - 1) + 1


def derive_octets(seed: bytes, *label: bytes) -> bytes:
    """64 octets that belong to ``label`` (an HMAC-like, length-separated SHA-512)."""
    digest = hashlib.sha512(len(seed).to_bytes(4, "big") + seed)
    for part in label:
        digest.update(len(part).to_bytes(4, "big"))
        digest.update(part)
    return digest.digest()
