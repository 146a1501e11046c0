"""Quarantined requests, and what a store writes when somebody decides about one (D13, D14)."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.store_reference import ThresholdRule, Versions
from stayon.ports.store_work import Admission, ClaimedWork, FactsStale, Work

LONGEST_NAME = 64
"""Characters kept of who decided; the audit trail has the whole name."""

HELD_ANEW = "held anew"
"""The audit code of a request that was released and is held by something else."""


class QuarantineState(Enum):
    """Where a quarantined request stands; REFUSED was released and did not pass the checks."""

    HELD = "held"
    RELEASED = "released"
    DELETED = "deleted"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class QuarantineRecord:
    """One quarantined request.

    ``held_by`` is the id of the check that holds it, ``lifted`` those that releases have lifted;
    ``code`` what the checks answered when it was released.
    """

    event: int
    request_id: RequestId
    sender: Eui64
    role: UserRole
    srv: str
    command_variant: int
    received_at: datetime
    held_at: datetime
    held_by: str
    reason: str
    lifted: frozenset[str]
    state: QuarantineState
    code: str = ""
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_because: str = ""


@dataclass(frozen=True, slots=True)
class HeldRequest:
    """A quarantined request with the octets as they came, and the service they were posted to."""

    record: QuarantineRecord
    body: bytes
    service: str


@dataclass(frozen=True, slots=True)
class QuarantineQuery:
    """Which records to show, by their event number; what is None does not restrict."""

    sender: Eui64 | None = None
    supplier: Eui64 | None = None
    state: QuarantineState | None = None
    after_event: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class Decision:
    """Who decides about which event, when, and why; ``audit`` is the row that says so."""

    event: int
    by: str
    at: datetime
    because: str
    audit: AuditEntry


@dataclass(frozen=True, slots=True)
class Release:
    """The request passed the checks anew: it leaves quarantine and is carried out.

    It uses up one of each threshold, and may exceed those whose checks are ``lifted``; with nothing
    left of another it is held anew. ``lifted`` is as in ``HeldAnew``.
    """

    decision: Decision
    admission: Admission
    lifted: frozenset[str]


@dataclass(frozen=True, slots=True)
class Removal:
    """The request leaves quarantine for good and is not carried out; ``work`` tells its sender.

    Deleted, or with ``refused_with`` released and refused by the checks, judged on ``facts``.
    """

    decision: Decision
    work: Work
    refused_with: str = ""
    facts: Versions | None = None


@dataclass(frozen=True, slots=True)
class HeldAnew:
    """The request was released, and another check holds it now."""

    decision: Decision
    check: str
    reason: str
    lifted: frozenset[str]
    facts: Versions


QuarantineChange = Release | Removal | HeldAnew


@dataclass(frozen=True, slots=True)
class Decided:
    """Written; ``claims`` is the work that follows, leased to the caller."""

    claims: tuple[ClaimedWork, ...]


@dataclass(frozen=True, slots=True)
class DecidedBefore:
    """Nothing written: the request had left quarantine."""


class QuarantineStore(Protocol):
    """Quarantined requests; may raise ``StoreUnavailableError``, then nothing was written."""

    async def quarantine_records(self, query: QuarantineQuery) -> tuple[QuarantineRecord, ...]:
        """Records in the order of their events."""
        ...

    async def quarantined_request(self, event: int) -> HeldRequest | None:
        """One request with its octets, if that event is known."""
        ...

    async def volume_used(self, rule: ThresholdRule, window: datetime) -> int:
        """How many requests have used this threshold in the window that begins then (UTC)."""
        ...

    async def decide(self, change: QuarantineChange) -> Decided | DecidedBefore | FactsStale:
        """Write a decision with all that follows from it, or nothing at all."""
        ...
