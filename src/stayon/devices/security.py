"""What a meter trusts, what it keeps secret, and what it refuses.

Source: GBCS 4.3 trust anchor cells and protection against replay; reference gbcs.md 1.7, 1.8.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePrivateKey,
    EllipticCurvePublicKey,
    derive_private_key,
)

from stayon.domain.eui64 import Eui64
from stayon.smki_profile import AuthorityCertificate

_CURVE = SECP256R1()
_SCALAR_SIZE = 32


@dataclass(frozen=True, slots=True)
class ChangeOfSupplierAnchor:
    """The CoS Party's cell, and the root that new suppliers' certificates must lead to."""

    party: Eui64
    signing: EllipticCurvePublicKey
    root: AuthorityCertificate


@dataclass(frozen=True, slots=True)
class TrustAnchors:
    """The cells that matter here; one value serves every meter of the same supplier.

    The supplier's cells hold its identity and two or three keys (without one of its own the
    prepayment top-up cell has the key agreement key), the Access Control Broker's the key with
    which it makes the MAC of every command.
    """

    supplier: Eui64
    supplier_signing: EllipticCurvePublicKey
    supplier_agreement: EllipticCurvePublicKey
    broker_agreement: EllipticCurvePublicKey
    change_of_supplier: ChangeOfSupplierAnchor | None = None
    supplier_top_up: EllipticCurvePublicKey | None = None


@dataclass(frozen=True, slots=True, repr=False)
class DeviceKeys:
    """A meter's two P-256 private scalars, 32 octets each.

    Key objects are made when they are needed (some 25 us) because a hundred thousand of them
    would not fit in memory.
    """

    signing_scalar: bytes
    agreement_scalar: bytes

    @classmethod
    def of(
        cls, signing: EllipticCurvePrivateKey, agreement: EllipticCurvePrivateKey
    ) -> "DeviceKeys":
        """Keep only the scalars of two keys."""
        return cls(_scalar(signing), _scalar(agreement))

    @property
    def signing(self) -> EllipticCurvePrivateKey:
        """Signs responses and critical alerts."""
        return derive_private_key(int.from_bytes(self.signing_scalar), _CURVE)

    @property
    def agreement(self) -> EllipticCurvePrivateKey:
        """Shares a secret with the Access Control Broker and with the supplier."""
        return derive_private_key(int.from_bytes(self.agreement_scalar), _CURVE)


def _scalar(key: EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(_SCALAR_SIZE)


class RefusalReason(Enum):
    """Why a meter neither executed nor answered a command."""

    MALFORMED = "is not a command that this meter can read"
    OTHER_RECIPIENT = "is for another device"
    BAD_MAC = "its MAC does not hold"
    UNKNOWN_ORIGINATOR = "its originator is not in the trust anchor cell for it"
    BAD_SIGNATURE = "its signature does not hold"
    REPLAY = "its counter is not greater than the last one accepted"
    UNSUPPORTED = "its message code is not one that this firmware knows"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Seen in the emulator only: a real meter drops such a command without a word."""

    reason: RefusalReason
    at: datetime
    detail: str
