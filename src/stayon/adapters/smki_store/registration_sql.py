"""The registration store in the SMKI's database. Few rows, so each question is a query."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Row, insert, select, update

from stayon.adapters.smki_store.database import migrate, open_engines, reaching_database
from stayon.adapters.smki_store.registration_schema import (
    issued_certificate,
    nomination_table,
    pma_decision,
)
from stayon.adapters.smki_store.rows import instant_of, microseconds_of
from stayon.domain.eui64 import Eui64
from stayon.ports.nominations import JobRole, Nomination, Screening
from stayon.ports.registration_store import (
    Decision,
    Infrastructure,
    IssuedCertificate,
    NominationRecord,
    PmaDecision,
)


class SqlRegistrationStore:
    """Implements ``stayon.ports.registration_store.RegistrationStore``.

    A change is committed when the method returns.
    """

    def __init__(self, url: str | URL) -> None:
        self._engines = open_engines(url)
        try:
            migrate(self._engines.writing)
        except BaseException:
            self._engines.dispose()
            raise

    @classmethod
    def in_file(cls, path: Path) -> "SqlRegistrationStore":
        """In the SQLite file of the SMKI's certificates, which that store has opened before."""
        return cls(URL.create("sqlite", database=str(path)))

    def close(self) -> None:
        """Let go of the database."""
        self._engines.dispose()

    def add_nomination(
        self, nomination: Nomination, nominated_by: str, recorded_at: datetime
    ) -> NominationRecord:
        """Record a nomination."""
        row = {
            "eui64": nomination.user.hex,
            "person": nomination.person,
            "job_role": nomination.job_role.value,
            "screening_reference": nomination.screening.reference,
            "screened_on": nomination.screening.on,
            "valid_from": microseconds_of(nomination.valid_from),
            "valid_to": _optional(nomination.valid_to),
            "nominated_by": nominated_by,
            "recorded_at": microseconds_of(recorded_at),
        }
        with reaching_database(), self._engines.writing.begin() as connection:
            statement = insert(nomination_table).values(row).returning(nomination_table.c.number)
            number = connection.execute(statement).scalar_one()
        return NominationRecord(number, nomination, nominated_by, recorded_at)

    def end_nomination(self, number: int, at: datetime, by: str, because: str) -> None:
        """Let a nomination end."""
        changed = update(nomination_table).where(nomination_table.c.number == number)
        values = {"valid_to": microseconds_of(at), "ended_by": by, "ended_because": because}
        self._write(changed.values(values))

    def nominations(self) -> Sequence[NominationRecord]:
        """Every nomination."""
        return tuple(map(_nomination_of, self._read(nomination_table)))

    def add_decision(self, decision: PmaDecision) -> None:
        """Record a decision."""
        row = {
            "decision": decision.decision.value,
            "eui64": decision.eui64.hex,
            "reference": decision.reference,
            "reason": decision.reason,
            "decided_by": decision.decided_by,
            "recorded_at": microseconds_of(decision.recorded_at),
            "until": _optional(decision.until),
        }
        self._write(insert(pma_decision).values(row))

    def decisions(self) -> Sequence[PmaDecision]:
        """Every decision."""
        return tuple(
            PmaDecision(
                Decision(row.decision),
                Eui64.parse(row.eui64),
                row.reference,
                row.reason,
                row.decided_by,
                instant_of(row.recorded_at),
                _instant_or_none(row.until),
            )
            for row in self._read(pma_decision)
        )

    def add_issued(self, certificate: IssuedCertificate) -> None:
        """Keep a certificate."""
        row = {
            "infrastructure": certificate.infrastructure.value,
            "serial": str(certificate.serial),
            "der": certificate.der,
            "party": certificate.party,
            "person": certificate.person,
            "issued_at": microseconds_of(certificate.issued_at),
        }
        self._write(insert(issued_certificate).values(row))

    def revoke_issued(
        self, infrastructure: Infrastructure, serial: int, at: datetime, because: str
    ) -> None:
        """Record a revocation."""
        table = issued_certificate
        changed = update(table).where(
            table.c.infrastructure == infrastructure.value, table.c.serial == str(serial)
        )
        self._write(changed.values(revoked_at=microseconds_of(at), revoked_because=because))

    def issued(self, infrastructure: Infrastructure) -> Sequence[IssuedCertificate]:
        """Every certificate of one infrastructure."""
        return tuple(
            IssuedCertificate(
                infrastructure,
                int(row.serial),
                row.der,
                row.party,
                row.person,
                instant_of(row.issued_at),
                _instant_or_none(row.revoked_at),
                row.revoked_because,
            )
            for row in self._read(issued_certificate)
            if row.infrastructure == infrastructure.value
        )

    def _write(self, statement: Any) -> None:
        with reaching_database(), self._engines.writing.begin() as connection:
            connection.execute(statement)

    def _read(self, table: Any) -> list[Row[Any]]:
        with reaching_database(), self._engines.reading.connect() as connection:
            return list(connection.execute(select(table).order_by(table.c.number)))


def _nomination_of(row: Row[Any]) -> NominationRecord:
    return NominationRecord(
        row.number,
        Nomination(
            Eui64.parse(row.eui64),
            row.person,
            JobRole(row.job_role),
            Screening(row.screening_reference, row.screened_on),
            instant_of(row.valid_from),
            _instant_or_none(row.valid_to),
        ),
        row.nominated_by,
        instant_of(row.recorded_at),
        row.ended_by,
        row.ended_because,
    )


def _optional(instant: datetime | None) -> int | None:
    return None if instant is None else microseconds_of(instant)


def _instant_or_none(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else instant_of(microseconds)
