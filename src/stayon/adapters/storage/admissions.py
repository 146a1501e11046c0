"""Writing admissions: identity, volume, quarantine and work of a group in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from stayon.adapters.storage import outbox_rows
from stayon.adapters.storage.dialects import upsert
from stayon.adapters.storage.prepared import Prepared, PreparedInsert
from stayon.adapters.storage.tables import quarantine, request, volume_count
from stayon.ports.audit import AuditEntry
from stayon.ports.store_work import (
    Accepted,
    AcceptedBefore,
    Admission,
    AdmissionOutcome,
    ClaimedWork,
    HeldBack,
    IdentityTaken,
    InQuarantine,
    VolumeUse,
    Work,
)

_HOLD = (
    update(request)
    .where(request.c.request_id == bindparam("of_request"))
    .values(quarantined=True, answer=bindparam("answer"))
)
_TAKE_IDENTITY = PreparedInsert(request, ignore_existing=True, returning=request.c.request_id)
_USED = ("user_id", "role", "supplier", "srv", "period_seconds", "window")
_OF_USED = tuple(f"of_{name}" for name in _USED)
_LOCK_COUNT = Prepared(
    # Adding nothing locks the row (or makes it), which a SELECT would not.
    lambda connection: upsert(
        connection, volume_count, changes={"used": volume_count.c.used}
    ).returning(volume_count.c.used),
    (volume_count.c.used,),
)
_SET_COUNT = Prepared(
    update(volume_count)
    .where(*(volume_count.c[name] == bindparam(f"of_{name}") for name in _USED))
    .values(used=bindparam("count"))
)


@dataclass(slots=True)
class Written:
    """What a group has written so far: the work rows and audit entries to add at its end."""

    now: datetime
    lease: timedelta
    rows: list[dict[str, Any]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)

    def lease_out(
        self,
        work: Iterable[Work],
        event: int | None = None,
        held_back: HeldBack | None = None,
    ) -> tuple[ClaimedWork, ...]:
        """Add work that the writer itself will do at once."""
        due_at = self.now + self.lease
        pairs = [outbox_rows.new_row(each, self.now, due_at, event, held_back) for each in work]
        self.rows.extend(row for row, _ in pairs)
        return tuple(claim for _, claim in pairs)


def write(
    connection: Connection, admissions: Sequence[Admission], written: Written
) -> list[AdmissionOutcome]:
    """Accept what is new, in the order given; one outcome each."""
    by_identity: dict[str, Admission] = {}
    for admission in admissions:
        # Of two with one identity in a group, the first is written and the second finds it.
        by_identity.setdefault(str(admission.request_id), admission)
    new = _take_identities(connection, by_identity)
    counters = Counters(connection)
    outcomes: dict[int, AdmissionOutcome] = {
        id(by_identity[identity]): _accept(
            connection, identity, by_identity[identity], counters, written
        )
        for identity in by_identity
        if identity in new
    }
    counters.write()
    return [outcomes.get(id(each)) or _repeated(connection, each) for each in admissions]


def _repeated(connection: Connection, admission: Admission) -> AdmissionOutcome:
    found = connection.execute(
        select(request.c.digest, request.c.answer).where(
            request.c.request_id == str(admission.request_id)
        )
    ).one()
    if found.digest != admission.digest:
        return IdentityTaken()
    answer: bytes = found.answer
    return AcceptedBefore(answer)


def _take_identities(connection: Connection, admissions: Mapping[str, Admission]) -> set[str]:
    rows = [
        {
            "request_id": identity,
            "digest": admission.digest,
            "sender": admission.sender,
            "role": admission.role,
            "schema_version": admission.schema_version,
            "service_reference": admission.service_reference,
            "srv": admission.srv,
            "command_variant": admission.command_variant,
            "message_code": admission.message_code,
            "received_at": admission.received_at,
            "answer": admission.answer,
            "quarantined": False,
            "concluded": False,
        }
        for identity, admission in admissions.items()
    ]
    return set(_TAKE_IDENTITY.write(connection, rows))


def _accept(
    connection: Connection,
    identity: str,
    admission: Admission,
    counters: "Counters",
    written: Written,
) -> AdmissionOutcome:
    volume = admission.volume
    used = 0
    if not admission.quarantine_now:
        used = counters.use(volume) if volume else 0
        if volume is None or used:
            written.audit.append(_with_warning(admission.audit, volume, used))
            return Accepted(written.lease_out(admission.work), used)
    return _quarantine(connection, identity, admission, written)


def _with_warning(audit: AuditEntry, volume: VolumeUse | None, used: int) -> AuditEntry:
    if volume is None or used <= volume.warning:
        return audit
    words = f"{used} of {volume.quarantine} used; the warning threshold is {volume.warning}"
    return replace(audit, detail=words)


def _quarantine(
    connection: Connection, identity: str, admission: Admission, written: Written
) -> InQuarantine:
    held = admission.held
    event = connection.execute(
        insert(quarantine)
        .values(
            request_id=identity,
            held_at=written.now,
            reason=held.reason,
            service=held.service,
            request=held.request,
            held_by=held.check,
        )
        .returning(quarantine.c.event)
    ).scalar_one()
    connection.execute(_HOLD, {"of_request": identity, "answer": held.answer})
    written.audit.append(held.audit)
    return InQuarantine(event, written.lease_out((held.alert,), event))


class Counters:
    """Volume counters as this transaction sees them; each is locked from its first use on."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._used: dict[tuple[Any, ...], int] = {}

    def use(self, volume: VolumeUse, *, beyond: bool = False) -> int:
        """Take one of the threshold: the new count, or 0 when there is none left.

        ``beyond`` is for a request that a person has released: it counts and is not held.
        """
        key = tuple(getattr(volume, name) for name in _USED)
        used = self._used.get(key)
        if used is None:
            used = self._lock(key)
        if used >= volume.quarantine and not beyond:
            self._used[key] = used
            return 0
        self._used[key] = used + 1
        return used + 1

    def _lock(self, key: tuple[Any, ...]) -> int:
        row = dict(zip(_USED, key, strict=True)) | {"used": 0}
        ((count,),) = _LOCK_COUNT.rows(self._connection, row)
        return int(count)

    def write(self) -> None:
        """Store the counts."""
        rows = [
            dict(zip(_OF_USED, key, strict=True)) | {"count": used}
            for key, used in self._used.items()
        ]
        _SET_COUNT.run(self._connection, rows)
