"""Audit entries of the DSP."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.store_work import Work


class Step(Enum):
    """What happened."""

    ADMISSION = "admission"
    DISPATCH = "dispatch"
    RESPONSE = "response"
    ALERT = "alert"
    DELIVERY = "delivery"
    QUARANTINE = "quarantine"
    DCC_ALERT = "dcc-alert"
    DEAD_LETTER = "dead-letter"


@dataclass(frozen=True, slots=True)
class About:
    """Whom and what a row is about; nothing is known of a request that was not authenticated.

    ``sender`` is who sent the request, which need not be its Business Originator (D9).
    """

    request_id: RequestId | None = None
    sender: Eui64 | None = None
    role: UserRole | None = None
    originator: Eui64 | None = None
    device: Eui64 | None = None
    srv: str = ""
    command_variant: int | None = None


def about_work(work: Work) -> About:
    """Whom and what a piece of work is about."""
    return About(work.request_id, work.sender, work.role, work.supplier, work.device)


def entry(at: datetime, step: Step, code: str, about: About, detail: str = "") -> AuditEntry:
    """The row for one step; ``code`` is the response or alert code, or a word where none is."""
    return AuditEntry(
        at=at,
        step=step.value,
        code=code,
        detail=detail,
        request_id="" if about.request_id is None else str(about.request_id),
        sender=about.sender,
        role=about.role,
        originator=about.originator,
        device=about.device,
        srv=about.srv,
        command_variant=about.command_variant,
    )
