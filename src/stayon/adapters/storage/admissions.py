"""Writing admissions: identity, volume, quarantine and work of a group in one transaction."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from stayon.adapters.storage import outbox_rows
from stayon.adapters.storage.dialects import upsert
from stayon.adapters.storage.hourly import Concluded
from stayon.adapters.storage.prepared import Prepared, PreparedInsert
from stayon.adapters.storage.tables import cos_command, quarantine, request, volume_count
from stayon.ports.audit import AuditEntry
from stayon.ports.store_work import (
    Accepted,
    AcceptedBefore,
    Admission,
    AdmissionOutcome,
    ClaimedWork,
    Held,
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
_ADD_COMMAND = PreparedInsert(cos_command, ignore_existing=True)
_TAKE_IDENTITY = PreparedInsert(request, ignore_existing=True, returning=request.c.request_id)
WARNING = "warning"
"""The audit code of the request that reaches a warning threshold."""
_USED = ("user_id", "role", "supplier", "srv", "period_seconds", "window")
_OF_USED = tuple(f"of_{name}" for name in _USED)
_LOCK_COUNT = Prepared(
    # Adding nothing locks the row (or makes it), which a SELECT would not.
    lambda connection: upsert(
        connection, volume_count, changes={"used": volume_count.c.used}
    ).returning(volume_count.c.used, volume_count.c.warned),
    (volume_count.c.used, volume_count.c.warned),
)
_SET_COUNT = Prepared(
    update(volume_count)
    .where(*(volume_count.c[name] == bindparam(f"of_{name}") for name in _USED))
    .values(used=bindparam("count"), warned=bindparam("was_warned"))
)


@dataclass(slots=True)
class Written:
    """What a group has written so far: the work rows, audit entries and outcomes for its end.

    Without a ``lease`` the work is for whoever claims it, at once.
    """

    now: datetime
    lease: timedelta | None
    rows: list[dict[str, Any]] = field(default_factory=list)
    audit: list[AuditEntry] = field(default_factory=list)
    concluded: list[Concluded] = field(default_factory=list)
    cos_commands: list[dict[str, Any]] = field(default_factory=list)

    def note_command(self, admission: Admission) -> None:
        """Add the CoS Party's command, if it made one whose outcome comes later."""
        if admission.cos_counter is not None:
            request_id = admission.request_id
            self.cos_commands.append(
                {
                    "device": request_id.target,
                    "counter": admission.cos_counter,
                    "request_id": str(request_id),
                }
            )

    def lease_out(
        self,
        work: Iterable[Work],
        event: int | None = None,
        held_back: HeldBack | None = None,
    ) -> tuple[ClaimedWork, ...]:
        """Add work; what the writer itself will do at once."""
        due_at = self.now if self.lease is None else self.now + self.lease
        pairs = [outbox_rows.new_row(each, self.now, due_at, event, held_back) for each in work]
        if self.lease is None:
            self.rows.extend(row | {"attempt": 0, "unheard": 0} for row, _ in pairs)
            return ()
        self.rows.extend(row for row, _ in pairs)
        return tuple(claim for _, claim in pairs)

    def lease_again(self, row: Mapping[str, Any]) -> tuple[ClaimedWork, ...]:
        """Add work that was in the outbox before; it has not failed yet.

        Its claims go on counting: whoever had one of the old ones finishes nothing.
        """
        if self.lease is None:
            self.rows.append({**row, "due_at": self.now, "unheard": 0})
            return ()
        due_at = self.now + self.lease
        again = {**row, "attempt": row["attempt"] + 1, "due_at": due_at, "unheard": 1}
        self.rows.append(again)
        return (outbox_rows.claim_of({**again, "failures": 0, "failing_since": None}),)


def write(
    connection: Connection,
    admissions: Sequence[Admission],
    written: Written,
    counters: "Counters",
    released: Sequence[Admission] = (),
) -> list[AdmissionOutcome]:
    """Accept what is new, in the order given; one outcome each.

    ``released`` leave quarantine in the same transaction: their counters are locked as well. The
    caller stores the counts in the end.
    """
    by_identity: dict[str, Admission] = {}
    for admission in admissions:
        # Of two with one identity in a group, the first is written and the second finds it.
        by_identity.setdefault(str(admission.request_id), admission)
    new = _take_identities(connection, by_identity)
    counters.lock([*(each for name, each in by_identity.items() if name in new), *released])
    outcomes: dict[int, AdmissionOutcome] = {
        id(by_identity[identity]): _accept(connection, by_identity[identity], counters, written)
        for identity in by_identity
        if identity in new
    }
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
            "accepted_at": admission.audit.at,
            "answer": admission.answer,
            "quarantined": False,
            "concluded": False,
            "document": admission.document,
        }
        # In one order for every process: see ``locks``.
        for identity, admission in sorted(admissions.items())
    ]
    return set(_TAKE_IDENTITY.write(connection, rows))


def _accept(
    connection: Connection,
    admission: Admission,
    counters: "Counters",
    written: Written,
) -> AdmissionOutcome:
    if admission.quarantine_now:
        return _quarantine(connection, admission, admission.held(), written)
    for volume, held in admission.thresholds:
        if not counters.left(volume):
            return _quarantine(connection, admission, held(), written)
    written.audit.append(admission.audit)
    written.note_command(admission)
    work = (*admission.work, *use_thresholds(admission, counters, written))
    used = counters.used(admission.volume) if admission.volume else 0
    return Accepted(written.lease_out(work), used)


def use_thresholds(
    admission: Admission, counters: "Counters", written: Written
) -> tuple[Work, ...]:
    """Take one of each threshold, whatever is left; the warnings that this causes."""
    warnings: list[Work] = []
    for volume, _ in admission.thresholds:
        if counters.use(volume):
            used = counters.used(volume)
            words = f"{used} of {volume.quarantine} used; the warning threshold is {volume.warning}"
            written.audit.append(replace(admission.audit, code=WARNING, detail=words))
            warnings.append(volume.warns(admission.request_id, admission.sender, admission.role))
    return tuple(warnings)


def _quarantine(
    connection: Connection, admission: Admission, held: Held, written: Written
) -> InQuarantine:
    identity = str(admission.request_id)
    event = connection.execute(
        insert(quarantine)
        .values(
            request_id=identity,
            held_at=written.now,
            reason=held.reason,
            service=admission.service,
            request=admission.document,
            held_by=held.check,
        )
        .returning(quarantine.c.event)
    ).scalar_one()
    connection.execute(_HOLD, {"of_request": identity, "answer": held.answer})
    written.audit.append(held.audit)
    return InQuarantine(event, held.answer, written.lease_out((held.alert,), event))


def add_commands(connection: Connection, written: Written) -> None:
    """Store which request each future-dated command of the CoS Party is of."""
    if written.cos_commands:
        rows = sorted(written.cos_commands, key=lambda row: (row["device"].hex, row["counter"]))
        _ADD_COMMAND.write(connection, rows)


@dataclass(slots=True)
class _Count:
    used: int
    warned: bool


def _key_of(volume: VolumeUse) -> tuple[Any, ...]:
    return tuple(getattr(volume, name) for name in _USED)


class Counters:
    """Volume counters as the transaction on ``connection`` sees them, locked from the first use."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._counts: dict[tuple[Any, ...], _Count] = {}
        # Most of a group are one and the same use.
        self._last: tuple[VolumeUse, _Count] | None = None

    def lock(self, admissions: Iterable[Admission]) -> None:
        """Lock what ``admissions`` will use, in one order for every process.

        Two that lock the same counters the other way round would wait for each other for ever.
        """
        uses = {id(use): use for each in admissions for use, _ in each.thresholds}
        keys = {_key_of(use) for use in uses.values()}
        for key in sorted(keys, key=repr):
            self._counts[key] = self._lock(key)

    def left(self, volume: VolumeUse) -> bool:
        """Whether the threshold has any left."""
        return self.used(volume) < volume.quarantine

    def used(self, volume: VolumeUse) -> int:
        """How much of it has been used in its window."""
        return self._count(volume).used

    def use(self, volume: VolumeUse) -> bool:
        """Take one, whatever is left; whether this is the one to warn of."""
        count = self._count(volume)
        count.used += 1
        if count.warned or count.used < volume.warning:
            return False
        count.warned = True
        return True

    def _count(self, volume: VolumeUse) -> _Count:
        if self._last is not None and self._last[0] is volume:
            return self._last[1]
        key = _key_of(volume)
        count = self._counts.get(key)
        if count is None:
            count = self._counts[key] = self._lock(key)
        self._last = volume, count
        return count

    def _lock(self, key: tuple[Any, ...]) -> _Count:
        row = dict(zip(_USED, key, strict=True)) | {"used": 0, "warned": False}
        ((used, warned),) = _LOCK_COUNT.rows(self.connection, row)
        return _Count(int(used), bool(warned))

    def write(self) -> None:
        """Store the counts."""
        rows = [
            dict(zip(_OF_USED, key, strict=True)) | {"count": each.used, "was_warned": each.warned}
            for key, each in self._counts.items()
        ]
        _SET_COUNT.run(self.connection, rows)
