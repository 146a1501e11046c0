"""Dead letters: work that was given up moves here whole, and back when somebody sends it again.

Each move is one transaction, in which the row is in one of the two tables and never in both.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy import func as sql

from stayon.adapters.storage import outbox_rows
from stayon.adapters.storage.admissions import Written
from stayon.adapters.storage.tables import dead_letter, outbox
from stayon.domain.request_id import RequestId
from stayon.ports.dead_letters import (
    DeadLetter,
    Discard,
    LetterChange,
    LetterDecided,
    LetterDecidedBefore,
    LetterQuery,
    LetterRecord,
    LetterState,
    SendAgain,
)
from stayon.ports.operations import GivenUp
from stayon.ports.store_work import ClaimedWork, WorkDied

_KEPT: Final = tuple(
    column.name
    for column in outbox.columns
    if column.name not in ("due_at", "failures", "failing_since", "unheard")
)
"""What a row of the outbox takes along, and brings back."""
_SAME: Final = ("letter", "key", "kind", "target", "device", "sender", "role", "supplier")
_SAME_TOO: Final = ("position", "created_at", "failures", "failing_since", "reason", "died_at")
_RECORD = select(*(column for column in dead_letter.columns if column.name != "message"))


def keep(connection: Connection, died: Iterable[WorkDied], written: Written) -> None:
    """Take work out of the outbox, where the lease still holds, and keep it as dead letters."""
    for each in died:
        row = outbox_rows.take_out(connection, each.claim)
        if row is None:
            continue
        connection.execute(
            insert(dead_letter).values(
                **_kept(row),
                failures=each.failures,
                failing_since=each.failing_since,
                reason=each.reason,
                died_at=written.now,
            )
        )
        written.audit.append(each.audit)


def still_waiting(connection: Connection, group: Sequence[object]) -> dict[int, RowMapping]:
    """The letters that ``group`` decides about, locked in their order, by the place in the group.

    Of two decisions about one letter the first counts.
    """
    first: dict[int, int] = {}
    for index, change in enumerate(group):
        if isinstance(change, SendAgain | Discard):
            first.setdefault(change.decision.letter, index)
    if not first:
        return {}
    wanted = select(dead_letter).where(
        dead_letter.c.letter.in_(first), dead_letter.c.decision.is_(None)
    )
    found = connection.execute(wanted.order_by(dead_letter.c.letter).with_for_update())
    return {first[row["letter"]]: row for row in found.mappings()}


def decide(
    connection: Connection,
    change: LetterChange,
    letter: RowMapping | None,
    told: tuple[ClaimedWork, ...],
    written: Written,
) -> LetterDecided | LetterDecidedBefore:
    """Write one decision about a ``letter`` that waits; ``told`` is the work of telling of it."""
    if letter is None:
        return LetterDecidedBefore()
    decision = change.decision
    again = isinstance(change, SendAgain)
    state = LetterState.SENT_AGAIN if again else LetterState.DISCARDED
    connection.execute(
        update(dead_letter)
        .where(dead_letter.c.letter == decision.letter)
        .values(
            decision=state.value,
            decided_at=decision.at,
            decided_by=decision.by,
            decided_because=decision.because,
        )
    )
    written.audit.append(decision.audit)
    return LetterDecided(written.lease_again(_kept(letter)) if again else told)


def _kept(letter: Mapping[Any, Any]) -> dict[str, Any]:
    return {name: letter[name] for name in _KEPT}


def read_records(connection: Connection, query: LetterQuery) -> tuple[LetterRecord, ...]:
    """Records that match, in the order of their numbers."""
    statement = _RECORD.where(dead_letter.c.letter > query.after)
    if query.state is LetterState.WAITING:
        statement = statement.where(dead_letter.c.decision.is_(None))
    elif query.state is not None:
        statement = statement.where(dead_letter.c.decision == query.state.value)
    if query.kind is not None:
        statement = statement.where(dead_letter.c.kind == query.kind)
    if query.target is not None:
        statement = statement.where(dead_letter.c.target == query.target)
    ordered = statement.order_by(dead_letter.c.letter).limit(query.limit)
    return tuple(_record_of(row) for row in connection.execute(ordered).mappings())


def read_given_up(connection: Connection) -> tuple[GivenUp, ...]:
    """How many wait, by kind and target."""
    keys = (dead_letter.c.kind, dead_letter.c.target)
    rows = connection.execute(
        select(*keys, sql.count().label("waiting"), sql.min(dead_letter.c.died_at).label("oldest"))
        .where(dead_letter.c.decision.is_(None))
        .group_by(*keys)
        .order_by(*keys)
    )
    return tuple(GivenUp(row.kind.value, row.target, row.waiting, row.oldest) for row in rows)


def read_letter(connection: Connection, letter: int) -> DeadLetter | None:
    """One letter with its octets."""
    wanted = select(dead_letter).where(dead_letter.c.letter == letter)
    row = connection.execute(wanted).mappings().one_or_none()
    if row is None:
        return None
    return DeadLetter(_record_of(row), row["message"], _behind(connection, row))


def _behind(connection: Connection, letter: RowMapping) -> int:
    if letter["position"] is None or letter["decision"] is not None:
        return 0
    waits = select(sql.count()).where(
        outbox.c.device == letter["device"],
        outbox.c.target == letter["target"],
        outbox.c.position > letter["position"],
    )
    return int(connection.execute(waits).scalar_one())


def _record_of(row: RowMapping) -> LetterRecord:
    request_id, decision = row["request_id"], row["decision"]
    return LetterRecord(
        request_id=None if request_id is None else RequestId.parse(request_id),
        attempts=row["attempt"],
        state=LetterState.WAITING if decision is None else LetterState(decision),
        decided_at=row["decided_at"],
        decided_by=row["decided_by"] or "",
        decided_because=row["decided_because"] or "",
        **{name: row[name] for name in (*_SAME, *_SAME_TOO)},
    )
