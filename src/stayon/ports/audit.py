"""The Service Audit Trail: what a party writes down of each step, and how tampering shows.

Rows are append-only. Each writer (one process of one party) has its own chain: the hash of a row
covers the row and the hash before it.
"""

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import require_utc
from stayon.domain.metering import UserRole

GENESIS = bytes(32)
"""The hash before a writer's first row."""

_as_json = json.JSONEncoder(separators=(",", ":")).encode
_ROLE: dict[UserRole | None, str | None] = {None: None, **{role: role.value for role in UserRole}}


class AuditChainError(StayonError):
    """A chain of audit rows was altered: a row changed, vanished or appeared."""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One step in the life of a request or alert.

    ``sender`` is the User that sent the request, or to whom an alert goes (D9); it is None where
    nobody has been authenticated. ``originator`` is the Business Originator.
    """

    at: datetime
    step: str
    code: str
    detail: str = ""
    request_id: str = ""
    sender: Eui64 | None = None
    role: UserRole | None = None
    originator: Eui64 | None = None
    device: Eui64 | None = None
    srv: str = ""
    command_variant: int | None = None


@dataclass(frozen=True, slots=True)
class AuditRow:
    """An entry with its place in the chain of one writer; ``sequence`` counts from 1.

    ``row_id`` orders the rows of all writers, and is what pages of a query go on from.
    """

    writer: str
    sequence: int
    entry: AuditEntry
    hash: bytes
    row_id: int = 0


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which rows to show; what is None does not restrict. Newest last.

    The newest ``limit`` rows, of those with a ``row_id`` below ``before``; or, with ``after``, the
    first ``limit`` rows beyond that ``row_id``.
    """

    sender: Eui64 | None = None
    originator: Eui64 | None = None
    request_id: str | None = None
    device: Eui64 | None = None
    since: datetime | None = None
    until: datetime | None = None
    code: str | None = None
    step: str | None = None
    before: int | None = None
    after: int | None = None
    limit: int = 1000


def _hex(value: Eui64 | None) -> str | None:
    return None if value is None else value.octets.hex()


def chain_hash(previous: bytes, writer: str, sequence: int, entry: AuditEntry) -> bytes:
    """The hash (32 octets) of the row that follows ``previous`` in the chain of ``writer``."""
    covered = _as_json(
        (
            writer,
            sequence,
            require_utc(entry.at, "at").isoformat(),
            entry.step,
            entry.code,
            entry.detail,
            entry.request_id,
            _hex(entry.sender),
            _ROLE[entry.role],
            _hex(entry.originator),
            _hex(entry.device),
            entry.srv,
            entry.command_variant,
        )
    )
    return hashlib.sha256(previous + covered.encode()).digest()


@dataclass(frozen=True, slots=True)
class Anchor:
    """Where the chain of ``writer`` stood ``at`` some instant (UTC), noted down elsewhere.

    A chain by itself cannot show that its last rows are gone, nor that all of it was made anew.
    """

    writer: str
    sequence: int
    hash: bytes
    at: datetime


def verify_chain(rows: Iterable[AuditRow], anchors: Iterable[Anchor] = ()) -> int:
    """Check one writer's rows from its first, in order; return how many there are.

    Raises ``AuditChainError`` naming the first row that does not follow from the one before, that
    is not what one of its ``anchors`` saw, or that is gone from the end.
    """
    seen = {anchor.sequence: anchor for anchor in anchors}
    previous, count, writer = GENESIS, 0, ""
    for row in rows:
        count, writer = count + 1, row.writer
        expected = chain_hash(previous, writer, count, row.entry)
        if row.sequence != count or row.hash != expected:
            raise AuditChainError(f"audit chain of {writer}: broken at row {count}")
        anchor = seen.get(count)
        if anchor is not None and anchor.hash != row.hash:
            raise AuditChainError(
                f"audit chain of {writer}: row {count} is not the one that was there"
                f" at {anchor.at.isoformat()}"
            )
        previous = row.hash
    last = max(seen.values(), key=lambda anchor: anchor.sequence, default=None)
    if last is not None and last.sequence > count:
        raise AuditChainError(
            f"audit chain of {last.writer}: rows {count + 1} to {last.sequence}, there at"
            f" {last.at.isoformat()}, are gone"
        )
    return count
