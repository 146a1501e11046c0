"""Quarantined requests: reading them, and writing what was decided about one."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, select, update

from stayon.adapters.storage.admissions import Counters, Written, use_thresholds
from stayon.adapters.storage.locks import lock_rows
from stayon.adapters.storage.tables import quarantine, request, volume_count
from stayon.domain.request_id import RequestId
from stayon.ports.quarantine import (
    HELD_ANEW,
    Decided,
    DecidedBefore,
    Decision,
    HeldAnew,
    HeldRequest,
    QuarantineChange,
    QuarantineQuery,
    QuarantineRecord,
    QuarantineState,
    Release,
    Removal,
)
from stayon.ports.store_reference import ThresholdRule

_OF_REQUEST = ("sender", "role", "srv", "command_variant", "received_at")
_OF_EVENT = ("event", "held_at", "held_by", "reason", "decided_at")
_RECORD = select(
    *(request.c[name] for name in ("request_id", *_OF_REQUEST)),
    *(quarantine.c[name] for name in _OF_EVENT),
    *(quarantine.c[n] for n in ("lifted", "decision", "decided_by", "decided_because", "code")),
).join_from(quarantine, request, quarantine.c.request_id == request.c.request_id)
_ERROR = "E"
"""With what a response code begins that refuses."""


def read_records(connection: Connection, query: QuarantineQuery) -> tuple[QuarantineRecord, ...]:
    """Records that match, in the order of their events."""
    statement = _where(query).order_by(quarantine.c.event).limit(query.limit)
    return tuple(_record_of(row) for row in connection.execute(statement).mappings())


def _where(query: QuarantineQuery) -> Select[Any]:
    statement = _RECORD.where(quarantine.c.event > query.after_event)
    if query.sender is not None:
        statement = statement.where(request.c.sender == query.sender)
    if query.supplier is not None:
        # A RequestID begins with its Business Originator.
        begins = f"{query.supplier}:"
        statement = statement.where(quarantine.c.request_id.startswith(begins, autoescape=True))
    match query.state:
        case None:
            return statement
        case QuarantineState.HELD:
            return statement.where(quarantine.c.decision.is_(None))
        case QuarantineState.DELETED:
            return statement.where(quarantine.c.decision == "deleted")
    refused = quarantine.c.code.startswith(_ERROR)
    return statement.where(
        quarantine.c.decision == "released",
        refused if query.state is QuarantineState.REFUSED else ~refused,
    )


def volume_used(connection: Connection, rule: ThresholdRule, window: datetime) -> int:
    """The count of a threshold in one window."""
    counts = volume_count.c
    found = connection.execute(
        select(counts.used).where(
            counts.user_id == rule.user_id,
            counts.role == rule.role,
            counts.supplier == rule.supplier,
            counts.srv == rule.srv,
            counts.period_seconds == rule.period_seconds,
            counts.window == window,
        )
    ).scalar_one_or_none()
    return 0 if found is None else int(found)


def read_request(connection: Connection, event: int) -> HeldRequest | None:
    """One quarantined request with its octets."""
    wanted = _RECORD.add_columns(quarantine.c.request, quarantine.c.service)
    found = connection.execute(wanted.where(quarantine.c.event == event)).mappings().one_or_none()
    if found is None:
        return None
    return HeldRequest(_record_of(found), found["request"], found["service"])


def _record_of(row: RowMapping) -> QuarantineRecord:
    return QuarantineRecord(
        request_id=RequestId.parse(row["request_id"]),
        lifted=frozenset(filter(None, row["lifted"].split(";"))),
        state=_state_of(row["decision"], row["code"]),
        code=row["code"] or "",
        decided_by=row["decided_by"] or "",
        decided_because=row["decided_because"] or "",
        **{name: row[name] for name in (*_OF_REQUEST, *_OF_EVENT)},
    )


def _state_of(decision: str | None, code: str | None) -> QuarantineState:
    if decision is None:
        return QuarantineState.HELD
    if decision == "deleted":
        return QuarantineState.DELETED
    return QuarantineState.REFUSED if (code or "").startswith(_ERROR) else QuarantineState.RELEASED


def lock(connection: Connection, changes: Iterable[QuarantineChange]) -> None:
    """Lock the events that are decided (``locks``)."""
    lock_rows(connection, quarantine.c.event, {each.decision.event for each in changes})


def decide(
    connection: Connection, change: QuarantineChange, written: Written, counters: Counters
) -> Decided | DecidedBefore:
    """Write one decision, if the request is still held; the caller stores the counts."""
    decision = change.decision
    still_held = select(quarantine.c.event).where(
        quarantine.c.event == decision.event, quarantine.c.decision.is_(None)
    )
    if connection.execute(still_held.with_for_update()).first() is None:
        return DecidedBefore()
    match change:
        case HeldAnew(_, check, reason, lifted):
            return _hold_anew(connection, decision, (check, reason, lifted), written)
        case Removal(_, work, refused_with):
            code = refused_with or None
            _leave(connection, decision, "released" if refused_with else "deleted", code)
            _set(connection, work.request_id, concluded=True)
            written.audit.append(decision.audit)
            return Decided(written.lease_out((work,)))
        case Release(_, admission, lifted):
            for volume, make_held in admission.thresholds:
                held = make_held()
                if held.check not in lifted and not counters.left(volume):
                    anew = held.check, held.reason, lifted
                    return _hold_anew(connection, decision, anew, written)
            _leave(connection, decision, "released", admission.audit.code)
            accepted_at = admission.audit.at
            _set(connection, admission.request_id, quarantined=False, accepted_at=accepted_at)
            written.audit += [decision.audit, admission.audit]
            written.note_command(admission)
            warnings = use_thresholds(admission, counters, written)
            return Decided(written.lease_out((*admission.work, *warnings)))


def _hold_anew(
    connection: Connection,
    decision: Decision,
    anew: tuple[str, str, frozenset[str]],
    written: Written,
) -> Decided:
    check, reason, lifted = anew
    values = {"held_by": check, "reason": reason, "lifted": ";".join(sorted(lifted))}
    connection.execute(
        update(quarantine).where(quarantine.c.event == decision.event).values(**values)
    )
    written.audit.append(replace(decision.audit, code=HELD_ANEW))
    return Decided(())


def _leave(connection: Connection, decision: Decision, word: str, code: str | None) -> None:
    connection.execute(
        update(quarantine)
        .where(quarantine.c.event == decision.event)
        .values(
            decision=word,
            code=code,
            decided_at=decision.at,
            decided_by=decision.by,
            decided_because=decision.because,
        )
    )


def _set(connection: Connection, identity: RequestId | None, **values: bool | datetime) -> None:
    connection.execute(
        update(request).where(request.c.request_id == str(identity)).values(**values)
    )
