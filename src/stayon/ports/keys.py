"""Private keys, as those who use them see them.

A key may lie in a file or in an HSM: whoever holds a ``PrivateKey`` can use it and never see it.
"""

from typing import Protocol

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey


class PrivateKey(Protocol):
    """A key on P-256."""

    @property
    def public_key(self) -> EllipticCurvePublicKey:
        """The public half."""
        ...

    def sign(self, data: bytes) -> bytes:
        """ECDSA over the SHA-256 of ``data``: ``r || s``, 64 octets."""
        ...

    def shared_secret(self, peer: EllipticCurvePublicKey) -> bytes:
        """The ECDH secret with ``peer``: the x-coordinate, 32 octets."""
        ...


class Keys(Protocol):
    """A place where keys lie under names."""

    def key(self, name: str) -> PrivateKey:
        """The key with this name; raises ``StayonError`` when there is none or it is unsafe."""
        ...

    def create(self, name: str) -> PrivateKey:
        """Make a key; raises ``StayonError`` when there is one with this name already."""
        ...
