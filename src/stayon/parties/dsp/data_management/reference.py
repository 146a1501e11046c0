"""Reference data in memory, arranged by what the checks ask for."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from stayon.checks.facts import (
    AuthorityInstruction,
    FailedSupplierEntry,
    SrpRegistration,
    User,
)
from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.kms.certificates import CertificateIndex, CertificateReader
from stayon.ports.store import ReferenceStore
from stayon.ports.store_reference import OverallThreshold, ReferenceData, ThresholdRule, UserRecord

_T = TypeVar("_T", AuthorityInstruction, FailedSupplierEntry)


class ReferenceIndex:
    """One version of the reference data; it never changes."""

    def __init__(self, data: ReferenceData, certificates: CertificateIndex) -> None:
        self.version = data.version
        self.certificates = certificates
        self.records: Mapping[Eui64, UserRecord] = data.users
        self._users = {
            record.user_id: User(record.user_id, record.roles, record.party_suspended)
            for record in data.users.values()
        }
        self._entries = _applied_entries(data)
        self._srp_register: defaultdict[Eui64, list[SrpRegistration]] = defaultdict(list)
        for pair in data.srp_register:
            self._srp_register[pair.supplier].append(pair)
        self._instructions: defaultdict[Eui64, list[AuthorityInstruction]] = defaultdict(list)
        for each in data.instructions:
            if each.confirmed_at is not None:
                self._instructions[each.supplier].append(_same_fields(AuthorityInstruction, each))
        self.service_changes = data.service_changes
        self._thresholds = {
            (rule.user_id, rule.role, rule.supplier, rule.srv): rule for rule in data.thresholds
        }
        self._overall = {(rule.role, rule.srv): rule for rule in data.overall_thresholds}

    def user(self, user_id: Eui64) -> User | None:
        """A User as the checks know it."""
        return self._users.get(user_id)

    def failed_supplier_entries(self, supplier: Eui64) -> tuple[FailedSupplierEntry, ...]:
        """The rows of the applied list for one supplier; withdrawn ones are not on it (D2)."""
        return self._entries.get(supplier, ())

    def all_entries(self) -> tuple[FailedSupplierEntry, ...]:
        """The rows of the applied list, whichever the supplier."""
        return tuple(entry for entries in self._entries.values() for entry in entries)

    def all_registrations(self) -> tuple[SrpRegistration, ...]:
        """Every pair of the SRP register."""
        return tuple(pair for pairs in self._srp_register.values() for pair in pairs)

    def srp_registrations(self, supplier: Eui64) -> tuple[SrpRegistration, ...]:
        """The pairs of the SRP register for one supplier."""
        return tuple(self._srp_register.get(supplier, ()))

    def instructions(self, supplier: Eui64) -> tuple[AuthorityInstruction, ...]:
        """The confirmed Authority instructions for one supplier."""
        return tuple(self._instructions.get(supplier, ()))

    def threshold(
        self, user_id: Eui64, role: UserRole, supplier: Eui64, srv: str
    ) -> ThresholdRule | None:
        """The volume threshold that was set for exactly this."""
        return self._thresholds.get((user_id, role, supplier, srv))

    def overall_threshold(self, role: UserRole, srv: str) -> OverallThreshold | None:
        """The DCC's threshold for all Users together."""
        return self._overall.get((role, srv))

    def acts_for(self, srp: Eui64, supplier: Eui64, now: datetime) -> bool:
        """Whether the applied list and the register let ``srp`` act for ``supplier`` now."""
        return any(
            entry.srp == srp and in_force(entry, now)
            for entry in self.failed_supplier_entries(supplier)
        ) and any(
            pair.srp == srp and in_force(pair, now) for pair in self.srp_registrations(supplier)
        )


def _same_fields(kind: type[_T], record: object) -> _T:
    """A fact made of the fields that a record has under the same names."""
    return kind(**{name: getattr(record, name) for name in kind.__slots__})


def _applied_entries(data: ReferenceData) -> dict[Eui64, tuple[FailedSupplierEntry, ...]]:
    entries: defaultdict[Eui64, list[FailedSupplierEntry]] = defaultdict(list)
    applied = data.applied_list
    for index, row in enumerate(applied.rows if applied else ()):
        if applied is not None and index not in applied.withdrawals:
            entries[row.supplier].append(_same_fields(FailedSupplierEntry, row))
    return {supplier: tuple(found) for supplier, found in entries.items()}


class ReferenceView:
    """The newest version that this process has read."""

    def __init__(self, store: ReferenceStore) -> None:
        self._store = store
        self._reader = CertificateReader()
        self._current: ReferenceIndex | None = None
        self._reading = asyncio.Lock()
        self._listeners: list[Callable[[], None]] = []

    def on_change(self, listener: Callable[[], None]) -> None:
        """Have ``listener`` called whenever a newer version has been read."""
        self._listeners.append(listener)

    def names(self) -> dict[Eui64, str]:
        """What Users are called, as this process has read it; for people, not for checks."""
        known = {} if self._current is None else self._current.records
        return {user_id: record.name for user_id, record in known.items()}

    async def current(self) -> ReferenceIndex:
        """What is in memory, read now if nothing is."""
        return self._current or await self.newer_than(None)

    async def latest(self) -> ReferenceIndex:
        """What is true now, whoever has changed it."""
        current = await self.current()
        if (await self._store.versions()).reference == current.version:
            return current
        return await self.newer_than(current)

    async def newer_than(self, seen: ReferenceIndex | None) -> ReferenceIndex:
        """Read anew, unless somebody has done so since ``seen`` was current."""
        async with self._reading:
            if self._current is None or self._current is seen:
                data = await self._store.reference()
                self._current = ReferenceIndex(data, self._reader.index(data.certificates))
                for listener in self._listeners:
                    listener()
            return self._current
