"""The DSP's store, as its parts see it.

All of it may raise ``StoreUnavailableError``; then nothing was written. Reference data is read from
memory: whoever writes on facts that have changed meanwhile is told ``FactsStale`` by the very
transaction, so that memory can be as old as it likes and no decision is.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from stayon.checks.facts import SrpRegistration
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus, Route
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import Mpxn, Property, Uprn
from stayon.ports.audit import AuditQuery, AuditRow
from stayon.ports.store_reference import (
    CertificateRecord,
    FailedSupplierRow,
    FailedSuppliersFile,
    InstructionExtension,
    InstructionRecord,
    InventoryRow,
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
    TakenIn,
    Work,
    WorkDeferred,
    WorkDied,
    WorkDone,
)


class SharedTime(Protocol):
    """One clock for all processes that share a store.

    When work is due, until when a lease lasts and in which window a threshold is used go by it,
    whatever clock the caller has.
    """

    def now(self) -> datetime:
        """The present instant by that clock, UTC."""
        ...


class RequestStore(SharedTime, Protocol):
    """Requests and what comes back for them; each call returns after the commit."""

    async def admit(self, admission: Admission) -> AdmissionOutcome:
        """Accept a request: identity, threshold, audit row and work, or nothing at all."""
        ...

    async def note(self, note: Note) -> Noted | FactsStale:
        """Write an audit row."""
        ...

    async def take_in(self, incoming: Incoming) -> TakenIn | SeenBefore:
        """Store a message from the devices' side with what follows from it."""
        ...

    async def request(self, request_id: RequestId) -> StoredRequest | None:
        """An accepted request, if there is one."""
        ...

    async def request_of_cos_command(self, device: Eui64, counter: int) -> StoredRequest | None:
        """The accepted request that ``Admission.cos_counter`` was of, if there is one."""
        ...

    async def has_taken_in(self, key: str) -> bool:
        """Whether a message with this ``Incoming.key`` was stored."""
        ...

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """Audit rows in the order in which they were written."""
        ...


class Outbox(SharedTime, Protocol):
    """Work that was taken on, claimed under a lease and done at least once."""

    @property
    def lease(self) -> timedelta:
        """How long a process has for what it claims before anybody may take it over."""
        ...

    def lease_while(self, has_room: Callable[[], bool], told: Callable[[], None]) -> None:
        """Lease work to the process that writes it only while it ``has_room``.

        What is written without, it is ``told`` of after the commit. Both are called in the thread
        that writes.
        """
        ...

    async def claim(self, now: datetime, limit: int) -> Sequence[ClaimedWork]:
        """Up to ``limit`` pieces of work that are due at ``now``, leased to the caller.

        None of them was lost ``ALONE_AFTER`` times or more.
        """
        ...

    async def claim_suspect(self, now: datetime) -> Sequence[ClaimedWork]:
        """One that was, if any is due: it may be what its processes died of."""
        ...

    async def renew(self, claims: Iterable[ClaimedWork]) -> None:
        """Let these leases begin anew, where they still hold."""
        ...

    async def finish(self, done: WorkDone) -> None:
        """The work is done; nobody sees it again."""
        ...

    async def defer(self, deferred: WorkDeferred) -> None:
        """Try it again later."""
        ...

    async def give_up(self, died: WorkDied) -> None:
        """Make a dead letter of it, if the lease still holds."""
        ...

    async def ahead_of(self, work: Work) -> tuple[str, datetime | None] | None:
        """Key and due time of the first work for its device and target at a lower ``position``.

        No due time: it is a dead letter, which waits for a person.
        """
        ...

    async def next_due(self) -> datetime | None:
        """When the next work, or the next lease, falls due."""
        ...

    async def waiting_commands(self) -> Mapping[bool, int]:
        """How many commands of contingency (True) and ordinary traffic are not dispatched yet."""
        ...


class ReferenceStore(Protocol):
    """Reference data, for those who judge by it."""

    async def reference(self) -> ReferenceData:
        """Everything but the inventory, as it is now."""
        ...

    async def versions(self) -> Versions:
        """How often reference data and inventory have changed."""
        ...

    async def devices_changed_since(self, version: int, limit: int) -> Sequence[Eui64]:
        """Devices changed after ``version``, at most ``limit`` of them, in no order."""
        ...

    async def device(self, device_id: Eui64) -> InventoryRow | None:
        """One device."""
        ...

    async def devices_found(
        self, key: Uprn | Eui64 | Mpxn | Property, limit: int
    ) -> tuple[InventoryRow, ...]:
        """Devices that an 8.2 asks for, by EUI-64, at most ``limit`` of them."""
        ...

    async def devices_of(self, route: Route) -> Sequence[InventoryRow]:
        """Every device behind one carrier."""
        ...


class DataManagementStore(ReferenceStore, Protocol):
    """Reference data, for those who change it. Every change is one transaction."""

    async def put_users(self, users: Iterable[UserRecord]) -> None:
        """Add Users, or replace those with the same EUI-64."""
        ...

    async def put_certificates(self, certificates: Iterable[CertificateRecord]) -> None:
        """Add certificates, or replace those with the same issuer and serial."""
        ...

    async def put_devices(self, devices: Iterable[InventoryRow]) -> None:
        """Add devices with their registrations, or replace those with the same EUI-64."""
        ...

    async def set_device(
        self,
        device_id: Eui64,
        *,
        status: DeviceStatus | None = None,
        trust_anchor: tuple[Eui64, int | None] | None = None,
    ) -> None:
        """Change a device's status, or the supplier and serial in its trust anchor cell."""
        ...

    async def put_registrations(self, mpxn: str, registrations: Iterable[Registration]) -> None:
        """Replace the registrations of one MPxN."""
        ...

    async def put_srp_registrations(self, pairs: Iterable[SrpRegistration]) -> None:
        """Replace the SRP register."""
        ...

    async def put_service_changes(self, changes: Iterable[ServiceChange]) -> None:
        """Replace the changes of service requests; no change of reference data if all are there."""
        ...

    async def put_threshold(self, rule: ThresholdRule, by: str, at: datetime) -> None:
        """Set a threshold; an earlier one for the same User, role, supplier and SRV goes."""
        ...

    async def put_instruction_extension(self, extension: InstructionExtension) -> None:
        """Enter an extension; an earlier one that waits for the same reference goes."""
        ...

    async def instruction_extensions(self) -> tuple[InstructionExtension, ...]:
        """Extensions that wait for a second person."""
        ...

    async def amend_instructions(self, records: Sequence[InstructionRecord]) -> None:
        """Replace instructions; no extension of theirs waits any longer."""
        ...

    async def put_thresholds(self, rules: Sequence[ThresholdRule], by: str, at: datetime) -> None:
        """Set several thresholds, all or none."""
        ...

    async def put_overall_threshold(self, rule: OverallThreshold, by: str, at: datetime) -> None:
        """Set a threshold of the DCC; an earlier one for the same role and SRV goes."""
        ...

    async def add_failed_suppliers_file(
        self,
        *,
        sha256: bytes,
        uploaded_by: str,
        uploaded_at: datetime,
        rows: Sequence[FailedSupplierRow],
        warnings: Sequence[UploadWarning],
    ) -> int:
        """Keep an uploaded file for review; returns its number."""
        ...

    async def failed_suppliers_files(self) -> tuple[FailedSuppliersFile, ...]:
        """Every file ever uploaded, oldest first."""
        ...

    async def apply_failed_suppliers_file(
        self, file_id: int, by: str, at: datetime, reasons: Sequence[str]
    ) -> None:
        """Make a file the list that counts; ``reasons`` answer its warnings in their order."""
        ...

    async def withdraw_failed_supplier(
        self, file_id: int, row: int, withdrawal: Withdrawal
    ) -> None:
        """Take one row off; the row stays in the history."""
        ...

    async def put_instruction(self, instruction: InstructionRecord) -> None:
        """Enter an Authority instruction, or replace it by its confirmed form."""
        ...
