"""Keys for tests: made at run time, the same ones for the same name, worth nothing."""

from functools import cache
from hashlib import sha256

from cryptography.hazmat.primitives.asymmetric import ec


@cache
def throwaway_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A P-256 key that depends on ``name`` alone, so that a failing test fails again."""
    return ec.derive_private_key(
        int.from_bytes(sha256(name.encode()).digest()[:31]), ec.SECP256R1()
    )
