"""What registration keeps beside the SMKI's certificates: people, PMA decisions, DCCKI and IKI."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import Nomination


@dataclass(frozen=True, slots=True)
class NominationRecord:
    """A nomination, who made it and when, and who ended it and why."""

    number: int
    nomination: Nomination
    nominated_by: str
    recorded_at: datetime
    ended_by: str = ""
    ended_because: str = ""


class Decision(Enum):
    """What the PMA decides about the revocation of a Party's certificates (MP134A)."""

    DELAY = "delay"
    LIFT = "lift"


@dataclass(frozen=True, slots=True)
class PmaDecision:
    """A decision about all certificates of one EUI-64; ``until`` is set for a delay (UTC)."""

    decision: Decision
    eui64: Eui64
    reference: str
    reason: str
    decided_by: str
    recorded_at: datetime
    until: datetime | None = None


class Infrastructure(Enum):
    """Which key infrastructure issued a certificate that is not an SMKI one."""

    DCCKI = "DCCKI"
    IKI = "IKI"


@dataclass(frozen=True, slots=True)
class IssuedCertificate:
    """A DCCKI certificate of a Party, or an IKI certificate of a person of it (DER)."""

    infrastructure: Infrastructure
    serial: int
    der: bytes
    party: str
    person: str
    issued_at: datetime
    revoked_at: datetime | None = None
    revoked_because: str = ""


class RegistrationStore(Protocol):
    """Nothing is removed. Every method may raise ``CertificateStoreUnavailable``."""

    def add_nomination(
        self, nomination: Nomination, nominated_by: str, recorded_at: datetime
    ) -> NominationRecord:
        """Record a nomination; it gets the next number."""
        ...

    def end_nomination(self, number: int, at: datetime, by: str, because: str) -> None:
        """Let a nomination end at ``at``."""
        ...

    def nominations(self) -> Sequence[NominationRecord]:
        """Every nomination, oldest first; certificates are not filled in."""
        ...

    def add_decision(self, decision: PmaDecision) -> None:
        """Record a decision of the PMA."""
        ...

    def decisions(self) -> Sequence[PmaDecision]:
        """Every decision, oldest first."""
        ...

    def add_issued(self, certificate: IssuedCertificate) -> None:
        """Keep a certificate."""
        ...

    def revoke_issued(
        self, infrastructure: Infrastructure, serial: int, at: datetime, because: str
    ) -> None:
        """Record a revocation."""
        ...

    def issued(self, infrastructure: Infrastructure) -> Sequence[IssuedCertificate]:
        """Every certificate of one infrastructure, oldest first."""
        ...
