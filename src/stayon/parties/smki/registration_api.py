"""Registration, IKI, DCCKI and the PMA over HTTP, beside the SMKI's own routes."""

import base64
import binascii
from dataclasses import dataclass
from datetime import UTC, date, datetime

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.domain.eui64 import Eui64
from stayon.parties.dccki import Dccki
from stayon.parties.iki import Iki
from stayon.parties.json_service import FileNumber
from stayon.parties.smki.errors import SmkiError
from stayon.parties.smki.pma import Pma
from stayon.parties.smki.rapp import Rapp
from stayon.ports.nominations import JobRole, Screening
from stayon.ports.registration_store import (
    Decision,
    IssuedCertificate,
    NominationRecord,
    PmaDecision,
)
from stayon.smki_profile.pem import from_pem, to_pem


@dataclass(frozen=True, slots=True)
class Registration:
    """What belongs to registration beside the SMKI."""

    rapp: Rapp
    iki: Iki
    dccki: Dccki
    pma: Pma


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class NominationDocument(_Document):
    """A nomination; without both parts of the screening record it is refused."""

    user_id: str
    person: str = Field(min_length=1, max_length=64)
    job_role: JobRole
    screening_reference: str | None = None
    screened_on: date | None = None
    by: str = Field(min_length=1, max_length=64)
    valid_to: AwareDatetime | None = None
    number: int | None = None
    valid_from: datetime | None = None
    ended_by: str = ""
    ended_because: str = ""
    certificate: str | None = Field(default=None, description="file signing certificate, PEM")


class EndDocument(_Document):
    """Who ends a nomination, and why."""

    by: str = Field(min_length=1, max_length=64)
    reason: str = Field(min_length=1, max_length=200)


class FileSigningDocument(_Document):
    """A signing request (PKCS#10, PEM) of a nominated person."""

    user_id: str
    person: str
    csr: str = Field(max_length=20_000)


class ConnectionDocument(_Document):
    """A signing request (PKCS#10, PEM) of a Party for its connection to the DCC."""

    party: str
    csr: str = Field(max_length=20_000)


class IssuedDocument(_Document):
    """A DCCKI or IKI certificate."""

    infrastructure: str
    serial: str
    party: str
    person: str
    issued_at: datetime
    revoked_at: datetime | None
    revoked_because: str
    pem: str


class OtherRevocationDocument(_Document):
    """Which DCCKI or IKI certificate to revoke, and why."""

    serial: str = Field(pattern=r"^[1-9][0-9]{0,48}$")
    reason: str = Field(min_length=1, max_length=200)


class PmaDocument(_Document):
    """A decision of the PMA (MP134A): ``until`` belongs to a delay."""

    decision: Decision
    eui64: str
    reference: str
    reason: str
    by: str = Field(min_length=1, max_length=64)
    until: AwareDatetime | None = None
    recorded_at: datetime | None = None


def add_registration(router: APIRouter, registration: Registration) -> None:
    """Add the routes."""
    _add_people(router, registration)
    _add_certificates(router, registration)
    _add_pma(router, registration.pma)


def signature_octets(text: str) -> bytes:
    """A signature that came in base64; raises ``SmkiError``."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        raise SmkiError("signature", "is not base64") from None


def _add_people(router: APIRouter, registration: Registration) -> None:
    rapp = registration.rapp

    @router.get("/nominations")
    async def nominations() -> list[NominationDocument]:
        """Every nomination, oldest first, also those that have ended."""
        return [_nomination(each) for each in rapp.records()]

    @router.post("/nominations", status_code=201)
    async def nominate(wanted: NominationDocument) -> NominationDocument:
        """Nominate an SRO or ARO."""
        screening = None
        if wanted.screening_reference and wanted.screened_on is not None:
            screening = Screening(wanted.screening_reference, wanted.screened_on)
        ends = wanted.valid_to
        return _nomination(
            rapp.nominate(
                Eui64.parse(wanted.user_id),
                wanted.person,
                wanted.job_role,
                screening,
                by=wanted.by,
                valid_to=None if ends is None else ends.astimezone(UTC),
            )
        )

    @router.post("/nominations/{number}/end", status_code=204)
    async def end(number: FileNumber, wanted: EndDocument) -> None:
        """End a nomination."""
        rapp.end(number, by=wanted.by, because=wanted.reason)


def _add_certificates(router: APIRouter, registration: Registration) -> None:
    @router.get("/iki/certificates")
    async def file_signing() -> list[IssuedDocument]:
        """Every file signing certificate, oldest first."""
        return [_issued(each) for each in registration.iki.issued()]

    @router.post("/iki/certificates", status_code=201)
    async def certify(wanted: FileSigningDocument) -> IssuedDocument:
        """Issue a file signing certificate to a nominated person."""
        request = from_pem("CERTIFICATE REQUEST", wanted.csr)
        user = Eui64.parse(wanted.user_id)
        return _issued(registration.rapp.issue_file_signing(user, wanted.person, request))

    @router.post("/iki/revocations", status_code=204)
    async def revoke_file_signing(wanted: OtherRevocationDocument) -> None:
        """Revoke a file signing certificate now."""
        registration.iki.revoke(int(wanted.serial), wanted.reason)

    @router.get("/dccki/certificates")
    async def connections() -> list[IssuedDocument]:
        """Every connection certificate, oldest first."""
        return [_issued(each) for each in registration.dccki.issued()]

    @router.post("/dccki/certificates", status_code=201)
    async def connect(wanted: ConnectionDocument) -> IssuedDocument:
        """Issue a connection certificate to a Party."""
        request = from_pem("CERTIFICATE REQUEST", wanted.csr)
        return _issued(registration.dccki.issue(wanted.party, request))

    @router.post("/dccki/revocations", status_code=204)
    async def revoke_connection(wanted: OtherRevocationDocument) -> None:
        """Revoke a connection certificate now."""
        registration.dccki.revoke(int(wanted.serial), wanted.reason)


def _add_pma(router: APIRouter, pma: Pma) -> None:
    @router.get("/pma-decisions")
    async def decisions() -> list[PmaDocument]:
        """Every decision, oldest first."""
        return [_decision(each) for each in pma.decisions()]

    @router.post("/pma-decisions", status_code=201)
    async def decide(wanted: PmaDocument) -> PmaDocument:
        """Delay the revocation of a Party's certificates, or lift the delay."""
        eui64 = Eui64.parse(wanted.eui64)
        words = {"reference": wanted.reference, "reason": wanted.reason, "by": wanted.by}
        if wanted.decision is Decision.DELAY:
            if wanted.until is None:
                raise SmkiError("until", "a delay has a date")
            pma.delay(eui64, wanted.until.astimezone(UTC), **words)
        else:
            pma.lift(eui64, **words)
        return _decision(pma.decisions()[-1])


def _nomination(record: NominationRecord) -> NominationDocument:
    nomination = record.nomination
    der = nomination.file_signing_certificate
    return NominationDocument(
        user_id=str(nomination.user),
        person=nomination.person,
        job_role=nomination.job_role,
        screening_reference=nomination.screening.reference,
        screened_on=nomination.screening.on,
        by=record.nominated_by,
        valid_to=nomination.valid_to,
        number=record.number,
        valid_from=nomination.valid_from,
        ended_by=record.ended_by,
        ended_because=record.ended_because,
        certificate=None if der is None else to_pem("CERTIFICATE", der),
    )


def _issued(issued: IssuedCertificate) -> IssuedDocument:
    return IssuedDocument(
        infrastructure=issued.infrastructure.value,
        serial=str(issued.serial),
        party=issued.party,
        person=issued.person,
        issued_at=issued.issued_at,
        revoked_at=issued.revoked_at,
        revoked_because=issued.revoked_because,
        pem=to_pem("CERTIFICATE", issued.der),
    )


def _decision(decision: PmaDecision) -> PmaDocument:
    return PmaDocument(
        decision=decision.decision,
        eui64=str(decision.eui64),
        reference=decision.reference,
        reason=decision.reason,
        by=decision.decided_by,
        until=decision.until,
        recorded_at=decision.recorded_at,
    )
