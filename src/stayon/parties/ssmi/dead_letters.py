"""The SSMI's routes for dead letters: work that was given up, and what becomes of it."""

from base64 import b64encode
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from stayon.parties.dsp.request_management.dead_letters import LONGEST_REASON, DeadLetters
from stayon.parties.json_service import AfterNumber, EventNumber
from stayon.ports.dead_letters import DeadLetterStore, LetterQuery, LetterRecord, LetterState
from stayon.ports.store_work import WorkKind


class LetterDecisionDocument(BaseModel):
    """Why somebody sends a dead letter again or discards it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=LONGEST_REASON)


class LetterDocument(BaseModel):
    """A dead letter; ``state`` is waiting, sent-again or discarded.

    ``target`` is a CSP, an S1SP or a User's EUI-64. It was claimed ``attempts`` times and failed
    ``failures`` times since ``failing_since``; ``reason`` is what happened the last time.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    letter: int
    state: str
    kind: str
    target: str
    key: str
    request_id: str | None
    device: str | None
    sender: str | None
    supplier: str | None
    created_at: datetime
    attempts: int
    failures: int
    failing_since: datetime
    reason: str
    died_at: datetime
    decided_by: str | None
    decided_at: datetime | None
    decided_because: str | None


class WholeLetterDocument(LetterDocument):
    """A dead letter with its octets in base64, and how much of its device waits behind it."""

    message: str
    behind: int


def _fields(record: LetterRecord) -> dict[str, Any]:
    return {
        "letter": record.letter,
        "state": record.state.value,
        "kind": record.kind.value,
        "target": record.target,
        "key": record.key,
        "request_id": None if record.request_id is None else str(record.request_id),
        "device": None if record.device is None else str(record.device),
        "sender": None if record.sender is None else str(record.sender),
        "supplier": None if record.supplier is None else str(record.supplier),
        "created_at": record.created_at,
        "attempts": record.attempts,
        "failures": record.failures,
        "failing_since": record.failing_since,
        "reason": record.reason,
        "died_at": record.died_at,
        "decided_by": record.decided_by or None,
        "decided_at": record.decided_at,
        "decided_because": record.decided_because or None,
    }


def add_dead_letters(
    router: APIRouter, dead_letters: DeadLetters, store: DeadLetterStore, operator: Any
) -> None:
    """Add the routes; ``operator`` is the dependency that names who asks."""

    @router.get("/dead-letters")
    async def letters(
        *,
        state: LetterState | None = LetterState.WAITING,
        kind: WorkKind | None = None,
        target: Annotated[str | None, Query(max_length=32)] = None,
        after: AfterNumber = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> list[LetterDocument]:
        """Dead letters in the order of their numbers; those that wait, unless asked."""
        query = LetterQuery(state, kind, target, after, limit)
        return [LetterDocument(**_fields(each)) for each in await store.dead_letters(query)]

    @router.get("/dead-letters/{letter}")
    async def letter(letter: EventNumber) -> WholeLetterDocument:
        """One of them with its octets, whatever has become of it."""
        found = await dead_letters.letter(letter)
        message = b64encode(found.message).decode()
        return WholeLetterDocument(**_fields(found.record), message=message, behind=found.behind)

    @router.post("/dead-letters/{letter}/sending")
    async def send_again(
        letter: EventNumber, wanted: LetterDecisionDocument, by: operator
    ) -> LetterDocument:
        """Send it again, as it was; its failures count anew."""
        found = await dead_letters.send_again(letter, by, wanted.reason)
        return LetterDocument(**_fields(found))

    @router.post("/dead-letters/{letter}/discarding")
    async def discard(
        letter: EventNumber, wanted: LetterDecisionDocument, by: operator
    ) -> LetterDocument:
        """Do not send it any more; the sender of a command is told that it failed."""
        return LetterDocument(**_fields(await dead_letters.discard(letter, by, wanted.reason)))
