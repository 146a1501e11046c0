"""One transaction for a group of changes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, select

from stayon.adapters.storage import (
    admissions,
    arrivals,
    dead_letters,
    outbox_rows,
    quarantine_rows,
)
from stayon.adapters.storage.admissions import Counters, Written
from stayon.adapters.storage.audit_chain import AuditChain
from stayon.adapters.storage.device_routes import DeviceRoutes
from stayon.adapters.storage.hourly import keep_measures
from stayon.adapters.storage.locks import lock_rows
from stayon.adapters.storage.prepared import Prepared
from stayon.adapters.storage.tables import device, outbox, version
from stayon.domain.eui64 import Eui64
from stayon.ports.dead_letters import (
    Discard,
    LetterChange,
    LetterDecided,
    LetterDecidedBefore,
    SendAgain,
)
from stayon.ports.quarantine import (
    Decided,
    DecidedBefore,
    HeldAnew,
    QuarantineChange,
    Release,
    Removal,
)
from stayon.ports.store_reference import Versions
from stayon.ports.store_work import (
    Admission,
    FactsStale,
    Incoming,
    Note,
    Noted,
    PolicyDiffersError,
    Settled,
    StoreUnavailableError,
    TakenIn,
    WorkDeferred,
    WorkDied,
    WorkDone,
)
from stayon.ports.store_work import (
    Change as WorkChange,
)
from stayon.ports.store_work import (
    Outcome as WorkOutcome,
)

Change = WorkChange | QuarantineChange | LetterChange
Outcome = WorkOutcome | Decided | DecidedBefore | LetterDecided | LetterDecidedBefore

_VERSIONS_NOW = Prepared(select(version.c.kind, version.c.value), (version.c.kind, version.c.value))
_VERSIONS = Prepared(
    select(version.c.kind, version.c.value).with_for_update(read=True),
    (version.c.kind, version.c.value),
)
POLICY = "policy"
"""The kind of version whose value is the fingerprint of the policy in force."""


class Journal:
    """Writes groups of changes; used by one thread at a time.

    Without a ``lease``, or without ``has_room``, what it writes is for whoever claims it.
    ``hands_over`` says whether the last group had such work; ``now`` asks the clock that all
    processes share. With a ``policy`` it writes nothing that was judged while another one is in
    force.
    """

    def __init__(
        self,
        engine: Engine,
        chain: AuditChain,
        lease: timedelta | None,
        now: Callable[[], datetime],
        policy: int | None = None,
    ) -> None:
        self._engine = engine
        self._chain = chain
        self._routes = DeviceRoutes()
        self._lease = lease
        self._now = now
        self._policy = policy
        self.hands_over = False
        self.has_room: Callable[[], bool] = lambda: True

    def write(self, group: Sequence[Change]) -> list[Outcome]:
        """Write ``group`` in one transaction; the outcomes are in its order.

        Raises ``PolicyDiffersError``.
        """
        outcomes: dict[int, Outcome] = {}
        try:
            with self._engine.begin() as connection:
                # A new connection has heard the server's clock.
                lease = self._lease if self._lease is not None and self.has_room() else None
                written = Written(self._now(), lease)
                # Locks are taken in the order of ``locks``.
                current = _Current(connection, group, self._policy)
                counters = Counters(connection)
                self._admit(group, current, counters, written, outcomes)
                quarantine_rows.lock(connection, _decisions(group))
                letters = dead_letters.still_waiting(connection, group)
                self._take_in(connection, group, letters, written, outcomes)
                for index, change in enumerate(group):
                    if isinstance(change, Note):
                        outcomes[index] = _note(change, current, written)
                    elif isinstance(change, Release | Removal | HeldAnew):
                        outcomes[index] = _decide(connection, change, current, counters, written)
                    elif isinstance(change, SendAgain | Discard):
                        told = outcomes.get(index)
                        claims = told.claims if isinstance(told, TakenIn) else ()
                        outcomes[index] = dead_letters.decide(
                            connection, change, letters.get(index), claims, written
                        )
                counters.write()
                admissions.add_commands(connection, written)
                self._settle(connection, group, written, outcomes)
                outbox_rows.add(connection, written.rows)
                self._chain.append(connection, written.audit)
                keep_measures(
                    connection, self._chain.writer, self._routes, written.audit, written.concluded
                )
        except BaseException:
            self._chain.forget()
            raise
        self.hands_over = _has_work_for_others(group, written)
        return [outcomes[index] for index in range(len(group))]

    @staticmethod
    def _admit(
        group: Sequence[Change],
        current: "_Current",
        counters: Counters,
        written: Written,
        outcomes: dict[int, Outcome],
    ) -> None:
        chosen: dict[int, Admission] = {}
        for index, change in enumerate(group):
            if isinstance(change, Admission):
                if current.has_moved_on(change.facts, change.request_id.target):
                    outcomes[index] = FactsStale()
                else:
                    chosen[index] = change
        released = [each.admission for each in group if isinstance(each, Release)]
        if chosen or released:
            results = admissions.write(
                counters.connection, list(chosen.values()), written, counters, released
            )
            outcomes.update(zip(chosen, results, strict=True))

    @staticmethod
    def _take_in(
        connection: Connection,
        group: Sequence[Change],
        letters: Mapping[int, object],
        written: Written,
        outcomes: dict[int, Outcome],
    ) -> None:
        chosen = {i: each for i, each in enumerate(group) if isinstance(each, Incoming)}
        for index in letters:
            change = group[index]
            if isinstance(change, Discard) and change.tells is not None:
                chosen[index] = change.tells
        decided = {str(each.decision.audit.request_id) for each in _decisions(group)}
        if chosen or decided:
            results = arrivals.write(connection, list(chosen.values()), written, decided)
            outcomes.update(zip(chosen, results, strict=True))

    @staticmethod
    def _settle(
        connection: Connection,
        group: Sequence[Change],
        written: Written,
        outcomes: dict[int, Outcome],
    ) -> None:
        settled = [each for each in group if isinstance(each, WorkDone | WorkDeferred | WorkDied)]
        if not all(isinstance(each, WorkDone) for each in settled):
            # Several statements, each of which has an order of its own.
            lock_rows(connection, outbox.c.key, {each.claim.work.key for each in settled})
        done = {i: each for i, each in enumerate(group) if isinstance(each, WorkDone)}
        outbox_rows.remove(connection, done.values())
        # Written down even if the lease had passed on: what it records has happened.
        written.audit.extend(each.audit for each in done.values())
        outcomes.update(dict.fromkeys(done, Settled()))
        deferred = {i: each for i, each in enumerate(group) if isinstance(each, WorkDeferred)}
        outbox_rows.defer(connection, deferred.values(), written.now)
        outcomes.update(dict.fromkeys(deferred, Settled()))
        died = {i: each for i, each in enumerate(group) if isinstance(each, WorkDied)}
        dead_letters.keep(connection, died.values(), written)
        outcomes.update(dict.fromkeys(died, Settled()))


def _has_work_for_others(group: Sequence[Change], written: Written) -> bool:
    if written.lease is None and written.rows:
        return True
    return any(isinstance(each, WorkDeferred) and each.due_at <= written.now for each in group)


def _note(note: Note, current: "_Current", written: Written) -> Noted | FactsStale:
    if note.facts is not None and current.has_moved_on(note.facts, note.device):
        return FactsStale()
    written.audit.append(note.audit)
    return Noted()


def _decisions(group: Sequence[Change]) -> list[QuarantineChange]:
    return [each for each in group if isinstance(each, Release | Removal | HeldAnew)]


def _decide(
    connection: Connection,
    change: QuarantineChange,
    current: "_Current",
    counters: Counters,
    written: Written,
) -> Decided | DecidedBefore | FactsStale:
    facts = _facts_of(change)
    if facts is not None and current.has_moved_on(facts, _device_of(change)):
        return FactsStale()
    return quarantine_rows.decide(connection, change, written, counters)


class _Current:
    """The versions that this transaction sees, and which devices changed since older ones."""

    def __init__(self, connection: Connection, group: Sequence[Change], policy: int | None) -> None:
        facts = [found for each in group if (found := _facts_of(each)) is not None]
        self._versions = Versions(0, 0)
        self._changed: dict[Eui64, int] = {}
        if not facts:
            return
        self._versions = read_versions(connection)
        require_policy(self._versions, policy)
        oldest = min(each.inventory for each in facts)
        if oldest < self._versions.inventory:
            devices = {_device_of(each) for each in group} - {None}
            self._changed = {
                row.device_id: row.version
                for row in connection.execute(
                    select(device.c.device_id, device.c.version).where(
                        device.c.device_id.in_(devices), device.c.version > oldest
                    )
                )
            }

    def has_moved_on(self, facts: Versions, about: Eui64 | None) -> bool:
        if facts.reference != self._versions.reference:
            return True
        return about is not None and self._changed.get(about, 0) > facts.inventory


def versions_now(connection: Connection) -> Versions:
    """The versions as they are now, not locked; on a connection in AUTOCOMMIT."""
    return _versions(_VERSIONS_NOW.rows(connection, {}))


def read_versions(connection: Connection) -> Versions:
    """The versions, locked until the end of the transaction.

    What was judged by them is written under them.
    """
    return _versions(_VERSIONS.rows(connection, {}))


def _versions(rows: Iterable[Any]) -> Versions:
    found: dict[str, int] = dict(rows)
    try:
        return Versions(found["reference"], found["inventory"], found.get(POLICY))
    except KeyError:
        raise StoreUnavailableError("store: the versions of reference data are missing") from None


def require_policy(found: Versions, own: int | None) -> None:
    """Raise ``PolicyDiffersError`` unless a process's ``own`` policy is the one in force."""
    if own is not None and found.policy != own:
        raise PolicyDiffersError(own, found.policy)


def _facts_of(change: Change) -> Versions | None:
    """What the change was judged on; None if it was not."""
    if isinstance(change, Release):
        return change.admission.facts
    if isinstance(change, Admission | Note | Removal | HeldAnew):
        return change.facts
    return None


def _device_of(change: Change) -> Eui64 | None:
    if isinstance(change, Admission):
        return change.request_id.target
    if isinstance(change, Release | Removal | HeldAnew):
        return change.decision.audit.device
    return change.device if isinstance(change, Note) else None
