"""The JSON documents of quarantined requests."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from stayon.ports.quarantine import QuarantineRecord


class DecisionDocument(BaseModel):
    """Why somebody releases or deletes a request."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=400)


class QuarantineDocument(BaseModel):
    """A quarantined request; ``event`` is the reference that its DCC Alert gave.

    ``state`` is held, released, deleted or refused; ``held_by`` the check that holds or held it;
    ``code`` what the checks answered at its release.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    event: int
    state: str
    request_id: str
    sender: str
    role: str
    srv: str
    command_variant: int
    received_at: datetime
    held_at: datetime
    held_by: str
    reason: str
    code: str | None
    decided_by: str | None
    decided_at: datetime | None
    decided_because: str | None


def quarantine_document(record: QuarantineRecord) -> QuarantineDocument:
    """A record as JSON shows it."""
    return QuarantineDocument(
        event=record.event,
        state=record.state.value,
        request_id=str(record.request_id),
        sender=str(record.sender),
        role=record.role.value,
        srv=record.srv,
        command_variant=record.command_variant,
        received_at=record.received_at,
        held_at=record.held_at,
        held_by=record.held_by,
        reason=record.reason,
        code=record.code or None,
        decided_by=record.decided_by or None,
        decided_at=record.decided_at,
        decided_because=record.decided_because or None,
    )
