"""The registration store in memory, for tests and rehearsals."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from stayon.ports.nominations import Nomination
from stayon.ports.registration_store import (
    Infrastructure,
    IssuedCertificate,
    NominationRecord,
    PmaDecision,
)


class MemoryRegistrationStore:
    """Implements ``stayon.ports.registration_store.RegistrationStore``."""

    def __init__(self) -> None:
        self._nominations: list[NominationRecord] = []
        self._decisions: list[PmaDecision] = []
        self._issued: list[IssuedCertificate] = []

    def add_nomination(
        self, nomination: Nomination, nominated_by: str, recorded_at: datetime
    ) -> NominationRecord:
        """Record a nomination."""
        number = len(self._nominations) + 1
        record = NominationRecord(number, nomination, nominated_by, recorded_at)
        self._nominations.append(record)
        return record

    def end_nomination(self, number: int, at: datetime, by: str, because: str) -> None:
        """Let a nomination end."""
        record = self._nominations[number - 1]
        ended = replace(record.nomination, valid_to=at)
        self._nominations[number - 1] = replace(
            record, nomination=ended, ended_by=by, ended_because=because
        )

    def nominations(self) -> Sequence[NominationRecord]:
        """Every nomination."""
        return tuple(self._nominations)

    def add_decision(self, decision: PmaDecision) -> None:
        """Record a decision."""
        self._decisions.append(decision)

    def decisions(self) -> Sequence[PmaDecision]:
        """Every decision."""
        return tuple(self._decisions)

    def add_issued(self, certificate: IssuedCertificate) -> None:
        """Keep a certificate."""
        self._issued.append(certificate)

    def revoke_issued(
        self, infrastructure: Infrastructure, serial: int, at: datetime, because: str
    ) -> None:
        """Record a revocation."""
        self._issued = [
            replace(one, revoked_at=at, revoked_because=because)
            if (one.infrastructure, one.serial) == (infrastructure, serial)
            else one
            for one in self._issued
        ]

    def issued(self, infrastructure: Infrastructure) -> Sequence[IssuedCertificate]:
        """Every certificate of one infrastructure."""
        return tuple(one for one in self._issued if one.infrastructure is infrastructure)
