"""The outbox: rows that are work, and the lease on them.

A lease is the instant at which the work falls due again, by the one clock that all processes share
(``shared_clock``). ``attempt`` counts the claims, so that a worker that was too slow cannot finish
what somebody else has taken over. ``unheard`` counts those in a row, up to the one that there is,
after which nobody has said what became of it.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    Connection,
    RowMapping,
    and_,
    bindparam,
    delete,
    null,
    select,
    type_coerce,
    union_all,
    update,
)
from sqlalchemy import func as sql

from stayon.adapters.storage.columns import InstantColumn
from stayon.adapters.storage.prepared import Prepared, PreparedInsert
from stayon.adapters.storage.shared_clock import SharedClock
from stayon.adapters.storage.tables import dead_letter, outbox
from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.ports.store_work import (
    ALONE_AFTER,
    ClaimedWork,
    HeldBack,
    Work,
    WorkDeferred,
    WorkDone,
    WorkKind,
)

_FIELDS = ("key", "kind", "target", "message", "device", "sender", "role", "supplier", "position")

_EARLIEST = sql.min(outbox.c.due_at)
_UNDER_LEASE = and_(
    outbox.c.key == bindparam("of_key"), outbox.c.attempt == bindparam("of_attempt")
)
_RENEW = Prepared(update(outbox).where(_UNDER_LEASE).values(due_at=bindparam("later")))
_DEFER = Prepared(
    update(outbox)
    .where(_UNDER_LEASE)
    # It was not tried, so it is as suspect as it was.
    .values(due_at=bindparam("later"), unheard=bindparam("lost"))
)
_FAIL = Prepared(
    update(outbox)
    .where(_UNDER_LEASE)
    .values(
        due_at=bindparam("later"),
        unheard=0,
        failures=outbox.c.failures + 1,
        failing_since=sql.coalesce(
            outbox.c.failing_since, bindparam("failed_at", type_=InstantColumn)
        ),
    )
)
_REMOVE = Prepared(delete(outbox).where(_UNDER_LEASE))
_TAKE_OUT = delete(outbox).where(_UNDER_LEASE).returning(outbox)
# New work has not failed.
_INSERT = PreparedInsert(outbox, out=("failures", "failing_since"))


def new_row(
    work: Work,
    now: datetime,
    due_at: datetime,
    event: int | None,
    held_back: HeldBack | None = None,
) -> tuple[dict[str, Any], ClaimedWork]:
    """The row for new work, and the same as a claim of whoever writes it."""
    row: dict[str, Any] = {
        "key": work.key,
        "kind": work.kind,
        "target": work.target,
        "message": work.message,
        "device": work.device,
        "sender": work.sender,
        "role": work.role,
        "supplier": work.supplier,
        "position": work.position,
        "request_id": None if work.request_id is None else str(work.request_id),
        "event": event,
        "held_back_reports": None if held_back is None else held_back.reports,
        "held_back_count": None if held_back is None else held_back.count,
        "created_at": now,
        "due_at": due_at,
        "attempt": 1,
        "unheard": 1,
    }
    return row, ClaimedWork(work, 1, now, event, held_back)


def add(connection: Connection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert rows made by ``new_row``."""
    _INSERT.write(connection, rows)


def remove(connection: Connection, done: Iterable[WorkDone]) -> None:
    """Delete finished work, where the lease still holds."""
    _REMOVE.run(connection, sorted((_lease_of(each.claim) for each in done), key=_key))


def take_out(connection: Connection, claim: ClaimedWork) -> RowMapping | None:
    """Delete one row and give it back, if the lease still holds."""
    return connection.execute(_TAKE_OUT, _lease_of(claim)).mappings().one_or_none()


def defer(connection: Connection, deferred: Iterable[WorkDeferred], now: datetime) -> None:
    """Set the time of the next attempt, where the lease still holds, and count the failures."""
    put_off, failed = [], []
    for each in deferred:
        row = {**_lease_of(each.claim), "later": each.due_at}
        if each.failure:
            failed.append({**row, "failed_at": now})
        else:
            put_off.append({**row, "lost": each.claim.lost})
    _DEFER.run(connection, put_off)
    _FAIL.run(connection, failed)


def _key(row: Mapping[str, Any]) -> str:
    """Rows are locked in one order for every process: see ``locks``."""
    return str(row["of_key"])


def _lease_of(claim: ClaimedWork) -> dict[str, Any]:
    return {"of_key": claim.work.key, "of_attempt": claim.attempt}


def renew(connection: Connection, claims: Iterable[ClaimedWork], until: datetime) -> None:
    """Let the leases last until then, where they still hold."""
    rows = [{**_lease_of(claim), "later": until} for claim in claims]
    _RENEW.run(connection, sorted(rows, key=_key))


def claim(
    connection: Connection, now: datetime, limit: int, lease: timedelta, *, suspects: bool
) -> list[ClaimedWork]:
    """Lease up to ``limit`` rows that are due, the longest due first.

    ``suspects`` are those that were lost ``ALONE_AFTER`` times or more; the others come without.
    """
    unheard = outbox.c.unheard
    due = (
        select(outbox.c.key)
        .where(
            outbox.c.due_at <= now,
            unheard >= ALONE_AFTER if suspects else unheard < ALONE_AFTER,
        )
        .order_by(outbox.c.due_at)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    statement = (
        update(outbox)
        .where(outbox.c.key.in_(due.scalar_subquery()))
        .values(due_at=now + lease, attempt=outbox.c.attempt + 1, unheard=unheard + 1)
        .returning(outbox)
    )
    claims = [claim_of(dict(row)) for row in connection.execute(statement).mappings()]
    return sorted(claims, key=lambda each: (each.created_at, each.work.position or 0))


def next_due(connection: Connection, clock: SharedClock | None) -> datetime | None:
    """The earliest instant at which anything is due; a shared ``clock`` is heard with it."""
    earliest: datetime | None
    if clock is None:
        earliest = connection.execute(select(_EARLIEST)).scalar_one()
    else:
        (earliest,) = clock.ask(connection, _EARLIEST)
    return earliest


def waiting_commands(connection: Connection) -> dict[bool, int]:
    """How many commands there are of contingency (True) and of ordinary traffic."""
    rows = connection.execute(
        select(outbox.c.role, sql.count())
        .where(outbox.c.kind == WorkKind.CARRY)
        .group_by(outbox.c.role)
    )
    counted = {True: 0, False: 0}
    for role, count in rows:
        counted[role is UserRole.SOLR_CONTINGENCY] += count
    return counted


def ahead_of(connection: Connection, work: Work) -> tuple[str, datetime | None] | None:
    """Key and due time of the first work for its device and target at a lower position.

    One statement: between two, work could move from where the second looks to where the first did.
    """
    waits, dead = outbox.c, dead_letter.c
    alive = select(waits.key, waits.due_at, waits.position).where(
        waits.device == work.device,
        waits.target == work.target,
        waits.position.is_not(None),
        waits.position < work.position,
    )
    given_up = select(
        dead.key, type_coerce(null(), InstantColumn).label("due_at"), dead.position
    ).where(
        dead.decision.is_(None),
        dead.device == work.device,
        dead.target == work.target,
        dead.position < work.position,
    )
    both = union_all(alive, given_up).subquery()
    found = connection.execute(
        select(both.c.key, both.c.due_at).order_by(both.c.position).limit(1)
    ).one_or_none()
    return None if found is None else (found.key, found.due_at)


def claim_of(row: Mapping[Any, Any]) -> ClaimedWork:
    """A row under lease as a claim."""
    request_id = row["request_id"]
    work = Work(
        request_id=None if request_id is None else RequestId.parse(request_id),
        **{name: row[name] for name in _FIELDS},
    )
    reports = row["held_back_reports"]
    held_back = None if reports is None else HeldBack(reports, row["held_back_count"])
    return ClaimedWork(
        work,
        row["attempt"],
        row["created_at"],
        row["event"],
        held_back,
        row["failures"],
        row["failing_since"],
        max(row["unheard"] - 1, 0),
    )
