"""The JSON documents of the SSMI, and how records become them."""

from datetime import datetime

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.parties.dsp.data_management.difference import Change
from stayon.ports.audit import AuditRow
from stayon.ports.store_reference import (
    FailedSupplierRow,
    FailedSuppliersFile,
    InstructionRecord,
    OverallThreshold,
    ThresholdRule,
    Withdrawal,
)


class _Document(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EntryDocument(_Document):
    """One row of a Failed Suppliers file."""

    supplier_id: str
    supplier_name: str
    participant_ids: list[str]
    srp_id: str
    instruction_ref: str
    effective_from: datetime
    effective_to: datetime | None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None


class WarningDocument(_Document):
    """What was odd about a row (counted as in the file, the header is row 1)."""

    row: int
    kind: str = Field(description="identity, suspended or certificates")
    text: str
    ignored_because: str | None = None


class FileDocument(_Document):
    """An uploaded file and its history; ``state`` is uploaded or applied."""

    file_id: int
    state: str
    sha256: str
    uploaded_by: str
    uploaded_at: datetime
    applied_by: str | None
    applied_at: datetime | None
    entries: list[EntryDocument]
    warnings: list[WarningDocument]


class DifferenceDocument(_Document):
    """What applying a file would change in the list in force."""

    added: list[EntryDocument]
    removed: list[EntryDocument]


class ApplyDocument(_Document):
    """One reason for each warning, in their order."""

    reasons: list[str] = []


class WithdrawalDocument(_Document):
    """Which supplier and SRP leave the applied list."""

    supplier_id: str
    srp_id: str
    reason: str


class InstructionDocument(_Document):
    """An Authority instruction as a form; the document stays with the DCC, its hash is here."""

    reference: str = Field(min_length=1, max_length=64)
    supplier_id: str
    srp_id: str
    document_sha256: str = Field(pattern="^[0-9a-fA-F]{64}$")
    effective_from: AwareDatetime
    effective_to: AwareDatetime | None = None
    entered_by: str | None = None
    entered_at: datetime | None = None
    confirmed_by: str | None = None
    confirmed_at: datetime | None = None


class OverallThresholdDocument(_Document):
    """What the DCC lets pass from all Users together (D14)."""

    role: str = "SolrContingency"
    srv: str = "2.1"
    period_seconds: int = Field(gt=0)
    warning: int = Field(ge=0)
    quarantine: int = Field(ge=0)


class ThresholdDocument(_Document):
    """A volume threshold (D14)."""

    user_id: str
    role: str = "SolrContingency"
    supplier_id: str
    srv: str = "2.1"
    period_seconds: int = Field(gt=0)
    warning: int = Field(ge=0)
    quarantine: int = Field(ge=0)


class AuditDocument(_Document):
    """One row of the Service Audit Trail."""

    row: int
    writer: str
    sequence: int
    at: datetime
    step: str
    code: str
    detail: str
    request_id: str
    sender: str | None
    role: str | None
    originator: str | None
    device: str | None
    srv: str
    command_variant: int | None


def difference_document(found: list[Change]) -> DifferenceDocument:
    """What a file would add and remove."""
    return DifferenceDocument(
        added=[_entry(each.row) for each in found if each.added],
        removed=[_entry(each.row) for each in found if not each.added],
    )


def _entry(row: FailedSupplierRow, withdrawal: Withdrawal | None = None) -> EntryDocument:
    return EntryDocument(
        supplier_id=str(row.supplier),
        supplier_name=row.supplier_name,
        participant_ids=list(row.participant_ids),
        srp_id=str(row.srp),
        instruction_ref=row.instruction_ref,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        withdrawn_by=withdrawal.by if withdrawal else None,
        withdrawn_at=withdrawal.at if withdrawal else None,
        withdrawn_because=withdrawal.reason if withdrawal else None,
    )


def file_document(file: FailedSuppliersFile) -> FileDocument:
    """A file with its rows, warnings and withdrawals."""
    entries = []
    for index, row in enumerate(file.rows):
        withdrawal = file.withdrawals.get(index)
        entries.append(_entry(row, withdrawal))
    return FileDocument(
        file_id=file.file_id,
        state="uploaded" if file.applied_at is None else "applied",
        sha256=file.sha256.hex(),
        uploaded_by=file.uploaded_by,
        uploaded_at=file.uploaded_at,
        applied_by=file.applied_by or None,
        applied_at=file.applied_at,
        entries=entries,
        warnings=[
            WarningDocument(
                row=each.row + 2,
                kind=each.kind,
                text=each.text,
                ignored_because=each.ignored_because or None,
            )
            for each in file.warnings
        ],
    )


def instruction_document(record: InstructionRecord) -> InstructionDocument:
    """An instruction with who entered and who confirmed it."""
    return InstructionDocument(
        reference=record.reference,
        supplier_id=str(record.supplier),
        srp_id=str(record.srp),
        document_sha256=record.document_sha256.hex(),
        effective_from=record.effective_from,
        effective_to=record.effective_to,
        entered_by=record.entered_by,
        entered_at=record.entered_at,
        confirmed_by=record.confirmed_by or None,
        confirmed_at=record.confirmed_at,
    )


def overall_document(rule: OverallThreshold) -> OverallThresholdDocument:
    """A threshold of the DCC."""
    return OverallThresholdDocument(
        role=rule.role.value,
        srv=rule.srv,
        period_seconds=rule.period_seconds,
        warning=rule.warning,
        quarantine=rule.quarantine,
    )


def threshold_document(rule: ThresholdRule) -> ThresholdDocument:
    """A threshold."""
    return ThresholdDocument(
        user_id=str(rule.user_id),
        role=rule.role.value,
        supplier_id=str(rule.supplier),
        srv=rule.srv,
        period_seconds=rule.period_seconds,
        warning=rule.warning,
        quarantine=rule.quarantine,
    )


def audit_document(row: AuditRow) -> AuditDocument:
    """An audit row."""
    entry = row.entry
    return AuditDocument(
        row=row.row_id,
        writer=row.writer,
        sequence=row.sequence,
        at=entry.at,
        step=entry.step,
        code=entry.code,
        detail=entry.detail,
        request_id=entry.request_id,
        sender=None if entry.sender is None else str(entry.sender),
        role=None if entry.role is None else entry.role.value,
        originator=None if entry.originator is None else str(entry.originator),
        device=None if entry.device is None else str(entry.device),
        srv=entry.srv,
        command_variant=entry.command_variant,
    )
