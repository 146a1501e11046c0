"""The SMKI: the key infrastructure that certifies organisations and devices."""

from stayon.parties.smki.authorities import (
    Authorities,
    Entropy,
    IssuingAuthority,
    found_authority,
)
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.repository import Repository
from stayon.parties.smki.service import Smki, Terms
from stayon.parties.smki.status import (
    CertificateStatus,
    Expired,
    NotYetValid,
    Revoked,
    Standing,
    Unknown,
    Valid,
)

__all__ = [
    "Authorities",
    "CertificateStatus",
    "Entropy",
    "Expired",
    "IssuingAuthority",
    "NotYetValid",
    "Repository",
    "Revoked",
    "Smki",
    "SmkiError",
    "Standing",
    "Terms",
    "Unknown",
    "Valid",
    "found_authority",
]
