"""A private key in this process's memory."""

from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

_ECDSA = ec.ECDSA(SHA256(), deterministic_signing=True)
"""RFC 6979: no random number to get wrong, and the same world from the same seed."""
_ECDH = ec.ECDH()


@dataclass(frozen=True, slots=True)
class LocalKey:
    """Implements ``stayon.ports.keys.PrivateKey``.

    ``private_key`` is there for codecs that take a key object; it never leaves the process.
    """

    private_key: ec.EllipticCurvePrivateKey = field(repr=False)

    @property
    def public_key(self) -> ec.EllipticCurvePublicKey:
        """The public half."""
        return self.private_key.public_key()

    def sign(self, data: bytes) -> bytes:
        """ECDSA over SHA-256: ``r || s``."""
        r, s = decode_dss_signature(self.private_key.sign(data, _ECDSA))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def shared_secret(self, peer: ec.EllipticCurvePublicKey) -> bytes:
        """The ECDH secret, 32 octets."""
        return self.private_key.exchange(_ECDH, peer)
