"""What the DCC's people decide, and that it takes two of them (D1, D2, R6, decision 9).

Order enforced (PIA R2): the list is applied, then the instruction confirmed, then thresholds set.
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Protocol

from stayon.checks.facts import SrpRegistration
from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management.difference import Change, changes
from stayon.parties.dsp.data_management.failed_suppliers import (
    FileError,
    check_against_register,
    check_size,
    read_file,
    warnings_about,
)
from stayon.parties.dsp.data_management.plain_text import PlainTextCheck
from stayon.parties.dsp.data_management.reference import ReferenceIndex, ReferenceView
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.parties.dsp.data_management.registration_data import RegistrationData
from stayon.parties.dsp.data_management.srp_register import registered
from stayon.policy.model import Policy
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.scanning import FileScanner
from stayon.ports.store import DataManagementStore, RequestStore
from stayon.ports.store_reference import (
    FailedSuppliersFile,
    InstructionRecord,
    OverallThreshold,
    ThresholdRule,
    Withdrawal,
)
from stayon.ports.store_work import Note


class AdministrationStore(DataManagementStore, RequestStore, Protocol):
    """Where decisions go: the reference data, and the audit trail."""


class Administration:
    """Decisions of named people; each is in the audit trail with who took it."""

    def __init__(
        self,
        store: AdministrationStore,
        view: ReferenceView,
        policy: Policy,
        clock: Clock,
        *,
        delete_withdrawn: Callable[[], Awaitable[object]],
        scanner: FileScanner | None = None,
    ) -> None:
        """``delete_withdrawn`` removes from quarantine what the list no longer covers.

        ``scanner`` looks at uploaded files; without one only plain text is taken.
        """
        self.scanner: FileScanner = scanner or PlainTextCheck()
        self._store = store
        self._view = view
        self._policy = policy
        self._clock = clock
        self._delete_withdrawn = delete_withdrawn
        self.registrations = RegistrationData(store, view, clock)

    async def upload(self, content: bytes, by: str) -> FailedSuppliersFile:
        """Check a Failed Suppliers file and keep it for review.

        Raises ``FileError`` when it cannot be used, and ``ScannerUnavailable``.
        """
        check_size(content)
        found = await self.scanner.scan(content)
        now = self._clock.now()
        if found is not None:
            words = f"{found[:200]} ({self.scanner.description})"
            await self._record(now, by, "upload refused", words)
            raise FileError((f"the file is refused: {words}",))
        rows = read_file(content)
        reference = await self._refreshed()
        check_against_register(rows, reference, (await self._store.reference()).instructions)
        digest = sha256(content).digest()
        file_id = await self._store.add_failed_suppliers_file(
            sha256=digest,
            uploaded_by=by,
            uploaded_at=now,
            rows=rows,
            warnings=warnings_about(rows, reference, now),
        )
        words = f"file {file_id}, {len(rows)} rows; {self.scanner.description}"
        await self._record(now, by, "uploaded", words)
        return await self.file(file_id)

    async def difference(self, file_id: int) -> list[Change]:
        """What applying a file would change in the list in force."""
        wanted = await self.file(file_id)
        return changes((await self._store.reference()).applied_list, wanted)

    async def file(self, file_id: int) -> FailedSuppliersFile:
        """One uploaded file with its history."""
        for each in await self._store.failed_suppliers_files():
            if each.file_id == file_id:
                return each
        raise AdministrationError(f"there is no Failed Suppliers file {file_id}")

    async def apply(self, file_id: int, by: str, reasons: Sequence[str]) -> FailedSuppliersFile:
        """Make a file the list that counts; one reason for each warning that is ignored."""
        found = await self.file(file_id)
        if found.applied_at is not None:
            raise AdministrationError(f"file {file_id} was applied before")
        if by == found.uploaded_by:
            raise AdministrationError("another person than the one who uploaded it applies a file")
        if len(reasons) != len(found.warnings) or not all(each.strip() for each in reasons):
            raise AdministrationError(
                f"the file has {len(found.warnings)} warnings: give a reason for each"
            )
        now = self._clock.now()
        known = (await self._store.reference()).instructions
        check_against_register(found.rows, await self._refreshed(), known)
        await self._store.apply_failed_suppliers_file(file_id, by, now, reasons)
        await self._record(now, by, "applied", f"file {file_id}, {len(reasons)} warnings ignored")
        await self._refreshed()
        await self._delete_withdrawn()
        return await self.file(file_id)

    async def withdraw(
        self, supplier: Eui64, srp: Eui64, by: str, reason: str
    ) -> FailedSuppliersFile:
        """Take a supplier and SRP off the applied list (decision 10).

        What is not dispatched yet stops, what is in quarantine is deleted, and senders are told.
        """
        if not reason.strip():
            raise AdministrationError("a withdrawal has a reason")
        applied = (await self._store.reference()).applied_list
        rows = [] if applied is None else list(enumerate(applied.rows))
        standing = [
            index
            for index, row in rows
            if applied is not None
            and (row.supplier, row.srp) == (supplier, srp)
            and index not in applied.withdrawals
        ]
        if applied is None or not standing:
            raise AdministrationError(f"{supplier} with {srp} is not on the applied list")
        now = self._clock.now()
        for index in standing:
            withdrawal = Withdrawal(by, now, reason)
            await self._store.withdraw_failed_supplier(applied.file_id, index, withdrawal)
        await self._record(now, by, "withdrawn", f"{supplier} with {srp}: {reason}", supplier)
        await self._refreshed()
        await self._delete_withdrawn()
        return await self.file(applied.file_id)

    async def register_srp(self, pair: SrpRegistration, by: str) -> None:
        """Put a pair into the SRP register, or replace the one that begins with it (decision 8).

        The PMA's reference is recorded. One that ended stays on record.
        """
        view = await self._refreshed()
        await self._store.put_srp_registrations(registered(pair, view))
        until = (
            "further notice" if pair.effective_to is None else f"{pair.effective_to:%Y-%m-%dT%XZ}"
        )
        words = f"{pair.srp}, {pair.reference}, until {until}"
        await self._record(self._clock.now(), by, "srp register", words, pair.supplier)
        await self._refreshed()

    async def enter_instruction(self, instruction: InstructionRecord) -> InstructionRecord:
        """Enter an Authority instruction for one supplier and SRP.

        It counts when a second person has confirmed it. One reference may serve several pairs: a
        supplier with several identities, or several SRPs.
        """
        for each in await self._entered(instruction.reference):
            if each.confirmed_at is not None:
                raise AdministrationError(f"instruction {each.reference} is confirmed already")
        ends = instruction.effective_to
        if ends is not None and ends <= instruction.effective_from:
            raise AdministrationError("an instruction does not end before it begins")
        entered = replace(
            instruction, entered_at=self._clock.now(), confirmed_by="", confirmed_at=None
        )
        await self._store.put_instruction(entered)
        await self._record(
            entered.entered_at,
            entered.entered_by,
            "entered",
            f"instruction {entered.reference} for {entered.srp}",
            entered.supplier,
        )
        return entered

    async def confirm_instruction(self, reference: str, by: str) -> tuple[InstructionRecord, ...]:
        """The second person's word; the applied list must name the instruction for each pair."""
        view = await self._refreshed()
        entered = await self._entered(reference)
        if not entered:
            raise AdministrationError(f"there is no instruction {reference[:40]!r}")
        for each in entered:
            _check_confirmable(each, by, view)
        now = self._clock.now()
        confirmed = tuple(replace(each, confirmed_by=by, confirmed_at=now) for each in entered)
        for each in confirmed:
            await self._store.put_instruction(each)
            words = f"instruction {reference} for {each.srp}"
            await self._record(now, by, "confirmed", words, each.supplier)
        await self._refreshed()
        return confirmed

    async def set_threshold(self, rule: ThresholdRule, by: str) -> None:
        """Set a volume threshold; above zero for this role needs an instruction (R6.A)."""
        view = await self._refreshed()
        now = self._clock.now()
        _check_rule(rule, view, self._policy)
        if rule.role is UserRole.SOLR_CONTINGENCY and (rule.quarantine or rule.warning):
            in_effect = any(
                each.srp == rule.user_id and in_force(each, now)
                for each in view.instructions(rule.supplier)
            )
            if not in_effect:
                raise AdministrationError(
                    f"no Authority instruction for {rule.supplier} and {rule.user_id} is in force"
                )
        await self._store.put_threshold(rule, by, now)
        await self._record(
            now,
            by,
            "threshold",
            f"{rule.srv}: {rule.quarantine} in {rule.period_seconds} s for {rule.user_id}",
            rule.supplier,
        )
        await self._refreshed()

    async def set_overall_threshold(self, rule: OverallThreshold, by: str) -> None:
        """Set what the DCC lets pass from all Users together, beside their own thresholds (D14)."""
        if rule.role not in self._policy.eligible.get(rule.srv, frozenset()):
            raise AdministrationError(f"the role {rule.role.value} may not send {rule.srv}")
        _check_numbers(rule)
        now = self._clock.now()
        await self._store.put_overall_threshold(rule, by, now)
        words = f"{rule.srv}: {rule.quarantine} in {rule.period_seconds} s for every User"
        await self._record(now, by, "threshold", words)
        await self._refreshed()

    async def _refreshed(self) -> ReferenceIndex:
        return await self._view.newer_than(await self._view.current())

    async def _entered(self, reference: str) -> list[InstructionRecord]:
        known = (await self._store.reference()).instructions
        return [each for each in known if each.reference == reference]

    async def _record(
        self, at: datetime, by: str, code: str, detail: str, supplier: Eui64 | None = None
    ) -> None:
        entry = AuditEntry(at, "administration", code, f"{by}: {detail}", originator=supplier)
        await self._store.note(Note(entry))


def _check_confirmable(entered: InstructionRecord, by: str, view: ReferenceIndex) -> None:
    if entered.confirmed_at is not None:
        raise AdministrationError(f"instruction {entered.reference} is confirmed already")
    if by == entered.entered_by:
        raise AdministrationError("another person than the one who entered it confirms")
    if not any(
        each.srp == entered.srp and each.instruction_ref == entered.reference
        for each in view.failed_supplier_entries(entered.supplier)
    ):
        raise AdministrationError(
            f"no row of the applied list names {entered.reference} for"
            f" {entered.supplier} and {entered.srp}"
        )


def _check_rule(rule: ThresholdRule, view: ReferenceIndex, policy: Policy) -> None:
    user = view.user(rule.user_id)
    if user is None or rule.role not in user.roles:
        raise AdministrationError(f"{rule.user_id} does not hold the role {rule.role.value}")
    if rule.role not in policy.eligible.get(rule.srv, frozenset()):
        raise AdministrationError(f"the role {rule.role.value} may not send {rule.srv}")
    _check_numbers(rule)


def _check_numbers(rule: ThresholdRule | OverallThreshold) -> None:
    if not 0 <= rule.warning <= rule.quarantine:
        raise AdministrationError("a warning threshold is between zero and the quarantine one")
    if rule.period_seconds <= 0:
        raise AdministrationError("a period has at least one second")
