"""The least that admitting a Signed Pre-Command can cost: its elliptic curve operations alone.

Two P-256 verifications (XML and GBCS signature), one ECDH with KDF and GMAC (the MAC) and one
signature (the answer), with keys parsed beforehand.
"""

from collections.abc import Callable

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256, Hash

_ECDSA = ec.ECDSA(SHA256())
_ECDH = ec.ECDH()


def crypto_floor() -> Callable[[], object]:
    """One round of these operations, on keys made now and a message of an ECS08a's size."""
    signer = ec.generate_private_key(ec.SECP256R1())
    device = ec.generate_private_key(ec.SECP256R1()).public_key()
    public = signer.public_key()
    message = bytes(1200)
    signature = signer.sign(message, _ECDSA)

    def once() -> bytes:
        public.verify(signature, message, _ECDSA)
        public.verify(signature, message, _ECDSA)
        secret = signer.exchange(_ECDH, device)
        derivation = Hash(SHA256())
        derivation.update(b"\x00\x00\x00\x01" + secret + bytes(33))
        key = derivation.finalize()[:16]
        AESGCM(key).encrypt(bytes(12), b"", message)
        return signer.sign(message, _ECDSA)

    return once
