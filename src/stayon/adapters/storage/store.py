"""The DSP's store in an SQL database; implements the ports of ``stayon.ports.store``."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self, TypeVar, cast

from sqlalchemy import URL, Connection, bindparam, select
from sqlalchemy.exc import SQLAlchemyError

from stayon.adapters.storage import (
    arrivals,
    data_management,
    dead_letters,
    hourly,
    kept_messages,
    operations,
    outbox_rows,
    quarantine_rows,
    reference_rows,
)
from stayon.adapters.storage.audit_chain import AuditChain, chain_of, rows_of
from stayon.adapters.storage.checkpoints import Checkpoints
from stayon.adapters.storage.database import Access, driver_error, migrate, open_engine
from stayon.adapters.storage.group_commit import GroupCommitter
from stayon.adapters.storage.journal import (
    Change,
    Journal,
    Outcome,
    read_versions,
    require_policy,
    versions_now,
)
from stayon.adapters.storage.prepared import Prepared
from stayon.adapters.storage.shared_clock import SharedClock
from stayon.adapters.storage.tables import cos_command, device, request
from stayon.adapters.storage.wake_ups import Bell
from stayon.checks.facts import SrpRegistration
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, Route
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import Mpxn, Property, Uprn
from stayon.ports.audit import AuditQuery, AuditRow
from stayon.ports.clock import Clock
from stayon.ports.dead_letters import (
    DeadLetter,
    LetterChange,
    LetterDecided,
    LetterDecidedBefore,
    LetterQuery,
    LetterRecord,
)
from stayon.ports.kept_messages import KeptMessage
from stayon.ports.operations import Health, Measure, SupplierShare
from stayon.ports.quarantine import (
    Decided,
    DecidedBefore,
    HeldRequest,
    QuarantineChange,
    QuarantineQuery,
    QuarantineRecord,
)
from stayon.ports.store_reference import (
    CertificateRecord,
    FailedSupplierRow,
    FailedSuppliersFile,
    InstructionExtension,
    InstructionRecord,
    InventoryRow,
    KeyRotation,
    OverallThreshold,
    ReferenceData,
    Registration,
    ServiceChange,
    ThresholdRule,
    UploadWarning,
    UserRecord,
    Versions,
    Withdrawal,
)
from stayon.ports.store_work import (
    Admission,
    AdmissionOutcome,
    ClaimedWork,
    FactsStale,
    Incoming,
    Note,
    Noted,
    SeenBefore,
    StoredRequest,
    StoreUnavailableError,
    TakenIn,
    Work,
    WorkDeferred,
    WorkDied,
    WorkDone,
)

_T = TypeVar("_T")

_LARGEST_COUNTER = 2**63 - 1
"""Beyond it a database has no number, and the CoS Party no counter."""
_KEPT = tuple(name for name in StoredRequest.__slots__ if name != "request_id")
_KEPT_COLUMNS = tuple(request.c[name] for name in _KEPT)
_STORED = Prepared(
    select(*_KEPT_COLUMNS).where(request.c.request_id == bindparam("wanted")), _KEPT_COLUMNS
)


class SqlStore:
    """One database, one thread and connection that writes, one connection that reads.

    Reads of one row by its key run where they are called: they take microseconds and a thread
    would take longer.

    ``writer`` names this process in the audit trail; ``lease`` is how long it has for the work
    that it claims before anybody may take it over. A process that ``works`` holds what it writes
    under such a lease from the beginning; what another one writes is for whoever claims it.

    It goes by ``clock``; where processes share a database server they all go by the server's, of
    which the world's time is ``ahead_of_server``. A file is on one machine, which has one clock.

    With a ``policy`` (its fingerprint) nothing that was judged is written and no work is claimed
    while another one is in force, or none is known to be: that raises ``PolicyDiffersError``.
    """

    def __init__(
        self,
        url: str | URL,
        clock: Clock,
        *,
        writer: str = "dsp",
        lease_seconds: float = 60.0,
        works: bool = True,
        policy: int | None = None,
        ahead_of_server: timedelta | None = None,
    ) -> None:
        self._policy = policy
        self.lease = timedelta(seconds=lease_seconds)
        """See ``Outbox.lease``."""
        self._writing = open_engine(url, Access.WRITE)
        self._snapshots = open_engine(url, Access.SNAPSHOT)
        self._latest = open_engine(url, Access.LATEST)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="stayon-store")
        self._checkpoints = Checkpoints(self._writing, self._latest)
        self._errors = (SQLAlchemyError, driver_error(self._latest))
        self._bell = Bell(self._latest)
        self._shared_clock: SharedClock | None = None
        self.clock = clock
        """The one that this store and all who share it go by."""
        if ahead_of_server is not None and self._latest.dialect.name == "postgresql":
            self.clock = self._shared_clock = SharedClock(clock, ahead_of_server)
            for engine in (self._writing, self._latest):
                self._shared_clock.listen_on(engine)
        self._journal = Journal(
            self._writing, AuditChain(writer), self.lease if works else None, self.now, policy
        )
        self._committer: GroupCommitter[Change, Outcome] = GroupCommitter(
            self._guarded(self._write_group), self._thread
        )
        self._told: Callable[[], None] = lambda: None
        self._reader: Connection | None = None

    @classmethod
    def in_file(
        cls, path: Path, clock: Clock, *, writer: str = "dsp", policy: int | None = None
    ) -> Self:
        """A store in an SQLite file, made or brought up to date."""
        url = URL.create("sqlite", database=str(path))
        store = cls(url, clock, writer=writer, policy=policy)
        store.migrate()
        return store

    def migrate(self) -> None:
        """Bring the schema up to date; raises ``StoreUnavailableError``."""
        self._guarded(migrate)(self._writing)

    async def close(self) -> None:
        """Finish what is queued and let go of the database."""
        await self._committer.drain()
        self._thread.shutdown()
        self._checkpoints.close()
        self._bell.close()
        if self._reader is not None:
            self._reader.close()
        self._latest.dispose()
        self._snapshots.dispose()
        self._writing.dispose()

    # --- requests and the outbox --------------------------------------------------------------

    async def admit(self, admission: Admission) -> AdmissionOutcome:
        """See ``RequestStore.admit``."""
        return cast("AdmissionOutcome", await self._committer.commit(admission))

    async def note(self, note: Note) -> Noted | FactsStale:
        """See ``RequestStore.note``."""
        return cast("Noted | FactsStale", await self._committer.commit(note))

    async def take_in(self, incoming: Incoming) -> TakenIn | SeenBefore:
        """See ``RequestStore.take_in``."""
        return cast("TakenIn | SeenBefore", await self._committer.commit(incoming))

    async def finish(self, done: WorkDone) -> None:
        """See ``Outbox.finish``."""
        await self._committer.commit(done)

    async def defer(self, deferred: WorkDeferred) -> None:
        """See ``Outbox.defer``."""
        await self._committer.commit(deferred)

    async def give_up(self, died: WorkDied) -> None:
        """See ``Outbox.give_up``."""
        await self._committer.commit(died)

    def now(self) -> datetime:
        """See ``SharedTime.now``."""
        return self.clock.now()

    async def claim(self, now: datetime, limit: int) -> Sequence[ClaimedWork]:
        """See ``Outbox.claim``."""
        return await self._write(self._claim, now, limit, suspects=False)

    async def claim_suspect(self, now: datetime) -> Sequence[ClaimedWork]:
        """See ``Outbox.claim_suspect``."""
        return await self._write(self._claim, now, 1, suspects=True)

    def _claim(
        self, connection: Connection, now: datetime, limit: int, *, suspects: bool
    ) -> list[ClaimedWork]:
        if self._policy is not None:
            require_policy(read_versions(connection), self._policy)
        return outbox_rows.claim(connection, now, limit, self.lease, suspects=suspects)

    def lease_while(self, has_room: Callable[[], bool], told: Callable[[], None]) -> None:
        """See ``Outbox.lease_while``."""
        self._journal.has_room, self._told = has_room, told

    async def renew(self, claims: Iterable[ClaimedWork]) -> None:
        """See ``Outbox.renew``."""
        await self._write(self._renew, tuple(claims))

    def _renew(self, connection: Connection, claims: Iterable[ClaimedWork]) -> None:
        outbox_rows.renew(connection, claims, self.now() + self.lease)

    async def ahead_of(self, work: Work) -> tuple[str, datetime | None] | None:
        """See ``Outbox.ahead_of``."""
        return self._read(outbox_rows.ahead_of, work)

    async def next_due(self) -> datetime | None:
        """See ``Outbox.next_due``."""
        return self._read(outbox_rows.next_due, self._shared_clock)

    async def waiting_commands(self) -> Mapping[bool, int]:
        """See ``Outbox.waiting_commands``."""
        return await self._look(self._waiting_commands)

    def _waiting_commands(self, connection: Connection) -> Mapping[bool, int]:
        if self._shared_clock is not None:
            # Who only accepts asks this every second and has no other occasion to hear the server.
            self._shared_clock.ask(connection)
        return outbox_rows.waiting_commands(connection)

    async def request(self, request_id: RequestId) -> StoredRequest | None:
        """See ``RequestStore.request``."""
        return self._read(_stored_request, request_id)

    async def request_of_cos_command(self, device: Eui64, counter: int) -> StoredRequest | None:
        """See ``RequestStore.request_of_cos_command``."""
        return self._read(_request_of_cos_command, device, counter)

    async def has_taken_in(self, key: str) -> bool:
        """See ``RequestStore.has_taken_in``."""
        return self._read(arrivals.is_known, key)

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """See ``RequestStore.audit_rows``."""
        return self._read(rows_of, query)

    async def decide(self, change: QuarantineChange) -> Decided | DecidedBefore | FactsStale:
        """See ``QuarantineStore.decide``."""
        return cast("Decided | DecidedBefore | FactsStale", await self._committer.commit(change))

    async def quarantine_records(self, query: QuarantineQuery) -> tuple[QuarantineRecord, ...]:
        """See ``QuarantineStore.quarantine_records``."""
        return self._read(quarantine_rows.read_records, query)

    async def volume_used(self, rule: ThresholdRule, window: datetime) -> int:
        """See ``QuarantineStore.volume_used``."""
        return self._read(quarantine_rows.volume_used, rule, window)

    async def quarantined_request(self, event: int) -> HeldRequest | None:
        """See ``QuarantineStore.quarantined_request``."""
        return self._read(quarantine_rows.read_request, event)

    async def dead_letters(self, query: LetterQuery) -> tuple[LetterRecord, ...]:
        """See ``DeadLetterStore.dead_letters``."""
        return self._read(dead_letters.read_records, query)

    async def dead_letter(self, letter: int) -> DeadLetter | None:
        """See ``DeadLetterStore.dead_letter``."""
        return self._read(dead_letters.read_letter, letter)

    async def decide_letter(self, change: LetterChange) -> LetterDecided | LetterDecidedBefore:
        """See ``DeadLetterStore.decide_letter``."""
        return cast("LetterDecided | LetterDecidedBefore", await self._committer.commit(change))

    async def messages(self, request_id: RequestId) -> tuple[KeptMessage, ...]:
        """See ``KeptMessages.messages``."""
        return await self._look(kept_messages.read_messages, request_id)

    def audit_chain(self, writer: str) -> Iterable[AuditRow]:
        """Every row of one writer from its first on, for ``verify_chain``."""
        with self._snapshots.connect() as connection:
            yield from chain_of(connection, writer)

    async def health(self, now: datetime) -> Health:
        """See ``Operations.health``."""
        return await self._look(operations.read_health, now)

    async def supplier_shares(self, now: datetime) -> tuple[SupplierShare, ...]:
        """See ``Operations.supplier_shares``."""
        return await self._look(operations.read_supplier_shares, now)

    async def measures(self, since: datetime, until: datetime) -> tuple[Measure, ...]:
        """See ``Operations.measures``."""
        return await self._look(hourly.read_measures, since, until)

    # --- reference data -----------------------------------------------------------------------

    async def reference(self) -> ReferenceData:
        """See ``ReferenceStore.reference``."""
        return await self._look(reference_rows.read_reference)

    async def versions(self) -> Versions:
        """See ``ReferenceStore.versions``."""
        return self._read(versions_now)

    async def devices_changed_since(self, since: int, limit: int) -> Sequence[Eui64]:
        """See ``ReferenceStore.devices_changed_since``."""
        return self._read(_devices_changed_since, since, limit)

    async def device(self, device_id: Eui64) -> InventoryRow | None:
        """See ``ReferenceStore.device``."""
        return self._read(reference_rows.read_device, device_id)

    async def devices_found(
        self, key: Uprn | Eui64 | Mpxn | Property, limit: int
    ) -> tuple[InventoryRow, ...]:
        """See ``ReferenceStore.devices_found``."""
        return self._read(reference_rows.find_devices, key, limit)

    async def devices_of(self, route: Route) -> Sequence[InventoryRow]:
        """See ``ReferenceStore.devices_of``."""
        return await asyncio.get_running_loop().run_in_executor(
            None, self._guarded(self._read_devices_of), route
        )

    def _read_devices_of(self, route: Route) -> list[InventoryRow]:
        with self._snapshots.connect() as connection:
            return reference_rows.read_devices_of(connection, route)

    async def put_policy(self, fingerprint: int) -> None:
        """Say which policy is in force; when it returns, nobody writes by another one any more."""
        await self._write(data_management.put_policy, fingerprint)

    async def put_key_rotations(self, rotations: Sequence[KeyRotation]) -> None:
        """Say which signing keys were replaced; what was said before goes."""
        await self._write(data_management.put_key_rotations, rotations)

    async def key_rotations(self) -> tuple[KeyRotation, ...]:
        """The last replacement of each signing key, by its word."""
        return self._read(data_management.key_rotations)

    async def put_users(self, users: Iterable[UserRecord]) -> None:
        """See ``DataManagementStore.put_users``."""
        await self._write(data_management.put_users, tuple(users))

    async def put_certificates(self, certificates: Iterable[CertificateRecord]) -> None:
        """See ``DataManagementStore.put_certificates``."""
        await self._write(data_management.put_certificates, tuple(certificates))

    async def put_devices(self, devices: Iterable[InventoryRow]) -> None:
        """See ``DataManagementStore.put_devices``."""
        await self._write(data_management.put_devices, tuple(devices))

    async def set_device(
        self,
        device_id: Eui64,
        *,
        status: DeviceStatus | None = None,
        trust_anchor: tuple[Eui64, int | None] | None = None,
    ) -> None:
        """See ``DataManagementStore.set_device``."""
        await self._write(data_management.set_device, device_id, status, trust_anchor)

    async def put_registrations(self, mpxn: str, registrations: Iterable[Registration]) -> None:
        """See ``DataManagementStore.put_registrations``."""
        await self._write(data_management.put_registrations, mpxn, tuple(registrations))

    async def put_srp_registrations(self, pairs: Iterable[SrpRegistration]) -> None:
        """See ``DataManagementStore.put_srp_registrations``."""
        await self._write(data_management.put_srp_registrations, tuple(pairs))

    async def put_service_changes(self, changes: Iterable[ServiceChange]) -> None:
        """See ``DataManagementStore.put_service_changes``."""
        await self._write(data_management.put_service_changes, tuple(changes))

    async def put_threshold(self, rule: ThresholdRule, by: str, at: datetime) -> None:
        """See ``DataManagementStore.put_threshold``."""
        await self._write(data_management.put_threshold, rule, by, at)

    async def put_instruction_extension(self, extension: InstructionExtension) -> None:
        """See ``DataManagementStore.put_instruction_extension``."""
        await self._write(data_management.put_instruction_extension, extension)

    async def instruction_extensions(self) -> tuple[InstructionExtension, ...]:
        """See ``DataManagementStore.instruction_extensions``."""
        return self._read(data_management.instruction_extensions)

    async def amend_instructions(self, records: Sequence[InstructionRecord]) -> None:
        """See ``DataManagementStore.amend_instructions``."""
        await self._write(data_management.amend_instructions, records)

    async def put_thresholds(self, rules: Sequence[ThresholdRule], by: str, at: datetime) -> None:
        """See ``DataManagementStore.put_thresholds``."""
        await self._write(data_management.put_thresholds, rules, by, at)

    async def put_overall_threshold(self, rule: OverallThreshold, by: str, at: datetime) -> None:
        """See ``DataManagementStore.put_overall_threshold``."""
        await self._write(data_management.put_overall_threshold, rule, by, at)

    async def put_instruction(self, instruction: InstructionRecord) -> None:
        """See ``DataManagementStore.put_instruction``."""
        await self._write(data_management.put_instruction, instruction)

    async def add_failed_suppliers_file(
        self,
        *,
        sha256: bytes,
        uploaded_by: str,
        uploaded_at: datetime,
        rows: Sequence[FailedSupplierRow],
        warnings: Sequence[UploadWarning],
    ) -> int:
        """See ``DataManagementStore.add_failed_suppliers_file``."""
        return await self._write(
            data_management.add_failed_suppliers_file,
            sha256=sha256,
            uploaded_by=uploaded_by,
            uploaded_at=uploaded_at,
            rows=rows,
            warnings=warnings,
        )

    async def failed_suppliers_files(self) -> tuple[FailedSuppliersFile, ...]:
        """See ``DataManagementStore.failed_suppliers_files``."""
        return self._read(reference_rows.read_files)

    async def apply_failed_suppliers_file(
        self, file_id: int, by: str, at: datetime, reasons: Sequence[str]
    ) -> None:
        """See ``DataManagementStore.apply_failed_suppliers_file``."""
        await self._write(data_management.apply_failed_suppliers_file, file_id, by, at, reasons)

    async def withdraw_failed_supplier(
        self, file_id: int, row: int, withdrawal: Withdrawal
    ) -> None:
        """See ``DataManagementStore.withdraw_failed_supplier``."""
        await self._write(data_management.withdraw_failed_supplier, file_id, row, withdrawal)

    # --- connections --------------------------------------------------------------------------

    async def _write(self, work: Callable[..., _T], *args: Any, **kwargs: Any) -> _T:
        """Run ``work(connection, ...)`` in a transaction of its own, in the writing thread."""

        def transaction() -> _T:
            with self._writing.begin() as connection:
                done = work(connection, *args, **kwargs)
            return self._then_count(done)

        return await asyncio.get_running_loop().run_in_executor(
            self._thread, self._guarded(transaction)
        )

    def _write_group(self, group: Sequence[Change]) -> list[Outcome]:
        outcomes = self._journal.write(group)
        if self._journal.hands_over:
            self._bell.ring()
            self._told()
        return self._then_count(outcomes)

    def _then_count(self, done: _T) -> _T:
        self._checkpoints.committed()
        return done

    async def _look(self, work: Callable[..., _T], *args: Any) -> _T:
        """Run ``work(connection, ...)`` on one moment of the database, in a thread of its own."""

        def looking() -> _T:
            with self._snapshots.connect() as connection:
                return work(connection, *args)

        return await asyncio.get_running_loop().run_in_executor(None, self._guarded(looking))

    def _read(self, work: Callable[..., _T], *args: Any) -> _T:
        """Run ``work(connection, ...)`` now; for queries of microseconds by an index."""
        try:
            return work(self._reading_connection(), *args)
        except self._errors as error:
            self._forget_reader()
            raise StoreUnavailableError(f"store: {type(error).__name__}") from error

    def _guarded(self, work: Callable[..., _T]) -> Callable[..., _T]:
        """``work``, with whatever goes wrong in the database as ``StoreUnavailableError``."""

        def guarded(*args: Any) -> _T:
            try:
                return work(*args)
            except self._errors as error:
                raise StoreUnavailableError(f"store: {type(error).__name__}") from error

        return guarded

    def _reading_connection(self) -> Connection:
        if self._reader is None:
            self._reader = self._latest.connect()
        return self._reader

    def _forget_reader(self) -> None:
        """Connect anew the next time: a connection that failed may be a dead one."""
        reader, self._reader = self._reader, None
        if reader is not None:
            with suppress(SQLAlchemyError):
                reader.invalidate()
                reader.close()


def _stored_request(connection: Connection, request_id: RequestId) -> StoredRequest | None:
    found = _STORED.rows(connection, {"wanted": str(request_id)})
    if not found:
        return None
    return StoredRequest(request_id=request_id, **dict(zip(_KEPT, found[0], strict=True)))


def _request_of_cos_command(
    connection: Connection, of_device: Eui64, counter: int
) -> StoredRequest | None:
    if counter > _LARGEST_COUNTER:
        return None
    wanted = select(cos_command.c.request_id).where(
        cos_command.c.device == of_device, cos_command.c.counter == counter
    )
    found = connection.execute(wanted).scalar_one_or_none()
    return None if found is None else _stored_request(connection, RequestId.parse(found))


def _devices_changed_since(connection: Connection, since: int, limit: int) -> list[Eui64]:
    wanted = select(device.c.device_id).where(device.c.version > since).limit(limit)
    return list(connection.execute(wanted).scalars())
