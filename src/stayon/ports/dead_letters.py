"""Dead letters: work that was given up, kept whole until a person decides about it.

Whatever the outbox carries may become one: a command for a CSP or an S1SP, a response or an alert
for a User. What is for the same device and target at a higher ``position`` waits behind it.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry
from stayon.ports.store_work import ClaimedWork, Incoming, WorkKind


class LetterState(Enum):
    """Where a dead letter stands: nobody has decided yet, or what somebody has decided."""

    WAITING = "waiting"
    SENT_AGAIN = "sent-again"
    DISCARDED = "discarded"


@dataclass(frozen=True, slots=True)
class LetterRecord:
    """A dead letter without its octets; ``letter`` numbers them from 1.

    Work ``key`` was claimed ``attempts`` times and failed ``failures`` times, first at
    ``failing_since``; ``reason`` is what happened the last time, at ``died_at``. The other fields
    are as in ``Work``.
    """

    letter: int
    key: str
    kind: WorkKind
    target: str
    request_id: RequestId | None
    device: Eui64 | None
    sender: Eui64 | None
    role: UserRole | None
    supplier: Eui64 | None
    position: int | None
    created_at: datetime
    attempts: int
    failures: int
    failing_since: datetime
    reason: str
    died_at: datetime
    state: LetterState
    decided_at: datetime | None = None
    decided_by: str = ""
    decided_because: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One with its octets, as in ``Work``, and how many pieces of work wait behind it."""

    record: LetterRecord
    message: bytes
    behind: int


@dataclass(frozen=True, slots=True)
class LetterQuery:
    """Which records to show, by their number; what is None does not restrict."""

    state: LetterState | None = LetterState.WAITING
    kind: WorkKind | None = None
    target: str | None = None
    after: int = 0
    limit: int = 1000


@dataclass(frozen=True, slots=True)
class LetterDecision:
    """Who decides about which letter, when, and why; ``audit`` is the row that says so."""

    letter: int
    by: str
    at: datetime
    because: str
    audit: AuditEntry


@dataclass(frozen=True, slots=True)
class SendAgain:
    """The work goes back into the outbox as it was, with its place, and is due at once."""

    decision: LetterDecision


@dataclass(frozen=True, slots=True)
class Discard:
    """The work is not done any more; ``tells`` is what its sender learns of that, if anything."""

    decision: LetterDecision
    tells: Incoming | None = None


LetterChange = SendAgain | Discard


@dataclass(frozen=True, slots=True)
class LetterDecided:
    """Written; ``claims`` is the work that follows, leased to the caller."""

    claims: tuple[ClaimedWork, ...]


@dataclass(frozen=True, slots=True)
class LetterDecidedBefore:
    """Nothing written: somebody has decided about it before, or there is no such letter."""


class DeadLetterStore(Protocol):
    """Dead letters; may raise ``StoreUnavailableError``, then nothing was written."""

    async def dead_letters(self, query: LetterQuery) -> tuple[LetterRecord, ...]:
        """Records in the order of their numbers."""
        ...

    async def dead_letter(self, letter: int) -> DeadLetter | None:
        """One with its octets, if there is such a letter."""
        ...

    async def decide_letter(self, change: LetterChange) -> LetterDecided | LetterDecidedBefore:
        """Write a decision with all that follows from it, or nothing at all."""
        ...
