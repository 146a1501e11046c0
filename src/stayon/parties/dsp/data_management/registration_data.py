"""Registration data: who is the supplier of an MPxN, and from when (D11, decision 14).

The real DSP takes them from the registration systems as files; here one of the DCC's people enters
a change, which is in the audit trail.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol

from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.duis.bodies import Mpxn
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.ports.audit import AuditEntry
from stayon.ports.clock import Clock
from stayon.ports.store import DataManagementStore, RequestStore
from stayon.ports.store_reference import Registration
from stayon.ports.store_work import Note

_SUPPLIER_ROLES = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})


class RegistrationStore(DataManagementStore, RequestStore, Protocol):
    """Registrations, and the audit trail."""


class RegistrationData:
    """Moves meter points between suppliers."""

    def __init__(self, store: RegistrationStore, view: ReferenceView, clock: Clock) -> None:
        self._store = store
        self._view = view
        self._clock = clock

    async def of(self, mpxn: str) -> tuple[Registration, ...]:
        """Every registration of an MPxN, oldest first; raises ``AdministrationError`` for none."""
        devices = await self._store.devices_found(Mpxn(mpxn), 1)
        if not devices:
            raise AdministrationError(f"{mpxn[:20]} is the MPxN of no device")
        return devices[0].registrations

    async def move(
        self, mpxn: str, supplier: Eui64, at: datetime, by: str
    ) -> tuple[Registration, ...]:
        """Register ``supplier`` for the MPxN from ``at`` (UTC) on; the registrations after that.

        What is registered to begin later is taken back. Raises ``AdministrationError`` for an MPxN
        or a supplier that is not known, and for a supplier who is registered at ``at`` already.
        """
        before = await self.of(mpxn)
        user = (await self._view.latest()).user(supplier)
        if user is None or not _SUPPLIER_ROLES & user.roles.keys():
            raise AdministrationError(f"{supplier} is no supplier who is a User")
        if any(each.supplier == supplier and in_force(each, at) for each in before):
            raise AdministrationError(f"{supplier} is registered for {mpxn} already")
        kept = tuple(
            replace(each, effective_to=at) if in_force(each, at) else each
            for each in before
            if each.effective_from < at
        )
        after = (*kept, Registration(mpxn, supplier, at))
        await self._store.put_registrations(mpxn, after)
        now = self._clock.now()
        words = f"{by}: {mpxn} to {supplier} from {at:%Y-%m-%d %H:%M:%S} UTC"
        await self._store.note(
            Note(AuditEntry(now, "administration", "registration", words, originator=supplier))
        )
        return after
