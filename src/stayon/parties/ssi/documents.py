"""The JSON documents of the SSI, and how records become them."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from stayon.parties.dsp.kms.certificates import KnownCertificate
from stayon.parties.dsp.request_management.exit_quarantine_file import ExitResult
from stayon.parties.ssi.people import Officer
from stayon.parties.ssmi.quarantine_documents import QuarantineDocument, quarantine_document


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OfficerDocument(_Document):
    """Who is signed in, for which User, in which jobs (SRO, ARO)."""

    name: str
    user_id: str
    jobs: list[str]


class ThresholdUseDocument(_Document):
    """A threshold and what has been used of it in the present window.

    ``in_effect`` is false where no Authority instruction is in force: then nothing passes.
    """

    role: str
    supplier_id: str
    srv: str
    period_seconds: int
    warning: int
    quarantine: int
    used: int
    window_from: datetime
    window_to: datetime
    in_effect: bool


class ExitLineDocument(_Document):
    """What has become of a row of an Exit Quarantine file; ``problem`` says why nothing has."""

    row: int
    event: QuarantineDocument
    problem: str | None


class CertificateDocument(_Document):
    """An Organisation Certificate of the User."""

    issuer: str
    serial: str
    remote_party_role: str
    usage: str
    not_before: datetime
    not_after: datetime
    revoked_at: datetime | None


def officer_document(officer: Officer) -> OfficerDocument:
    """Who is signed in."""
    jobs = sorted(job.value for job in officer.jobs)
    return OfficerDocument(name=officer.person.name, user_id=str(officer.user_id), jobs=jobs)


def exit_document(result: ExitResult) -> ExitLineDocument:
    """A line of an Exit Quarantine file."""
    return ExitLineDocument(
        row=result.line.row,
        event=quarantine_document(result.record),
        problem=result.problem or None,
    )


def certificate_document(known: KnownCertificate) -> CertificateDocument:
    """A certificate."""
    certificate = known.certificate
    return CertificateDocument(
        issuer=certificate.issuer,
        serial=str(certificate.serial),
        remote_party_role=certificate.role.code,
        usage=certificate.usage.value,
        not_before=certificate.not_before,
        not_after=certificate.not_after,
        revoked_at=known.record.revoked_at,
    )
