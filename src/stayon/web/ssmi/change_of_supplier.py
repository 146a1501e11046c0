"""Change of Supplier: registrations, trust anchors, and whether the contingency still applies.

A contingency request passes while the failed supplier is registered for the meter point and in the
device's trust anchor (D11, decision 14). Moving the registration closes the first door, 6.23 by the
gaining supplier the second.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.checks.periods import in_force
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.duis.bodies import Mpxn
from stayon.parties.dsp.data_management import Administration
from stayon.parties.dsp.data_management.registration_data import RegistrationData
from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.ports.audit import AuditQuery, AuditRow
from stayon.ports.operations import Operations
from stayon.ports.store_reference import InventoryRow, ReferenceData
from stayon.web.visits import Door, PageRefusal, Visit, instant_of, text_of

HERE: Final = "/ssmi/change-of-supplier"
_SUPPLIER_ROLES: Final = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})
_MOST_DEVICES: Final = 50
_MOVES_SHOWN: Final = 15


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a device is: who is registered for it, whom it trusts, what that means.

    ``trusted`` is None where the DSP does not know it: for SMETS1 the S1SP does, until a 6.23.
    """

    device: InventoryRow
    registered: Eui64 | None
    trusted: Eui64 | None
    failed: frozenset[Eui64]

    @property
    def gained(self) -> bool:
        """Whether the registered supplier has taken the device over."""
        return self.registered is not None and self.registered == self.trusted

    @property
    def words(self) -> str:
        """What a contingency request for the device comes to now."""
        if self.registered is None:
            return "nobody is registered for it: every request gets E4"
        if self.registered in self.failed:
            if self.trusted in (None, self.registered):
                return "the contingency applies: the failed supplier is registered and trusted"
            return "E4: the device trusts another supplier than the one that is registered"
        if self.gained:
            return "the contingency is over: its supplier is registered, and the device trusts it"
        if self.trusted in self.failed or self.trusted is None:
            return "E4 for the contingency from now on; it waits for 6.23 by its new supplier"
        return "E4 until 6.23 by the supplier that is registered"


def standing(device: InventoryRow, failed: frozenset[Eui64], now: datetime) -> Standing:
    """Where a device stands at ``now``."""
    registered = [each.supplier for each in device.registrations if in_force(each, now)]
    return Standing(
        device,
        registered[-1] if registered else None,
        device.notified_critical_supplier,
        failed,
    )


class ChangeStore(SsmiStore, Operations, Protocol):
    """What the page shows."""


class _ChangePages:
    def __init__(self, registrations: RegistrationData, store: ChangeStore) -> None:
        self._registrations = registrations
        self._store = store

    async def show(self, visit: Visit) -> Response:
        now, mpxn = visit.door.clock.now(), visit.query("mpxn")
        reference = await self._store.reference()
        failed = failed_suppliers(reference)
        devices: tuple[InventoryRow, ...] = ()
        problem = ""
        if mpxn is not None:
            try:
                devices = await self._store.devices_found(Mpxn(mpxn), _MOST_DEVICES)
            except StayonError as error:
                problem = str(error)
            if not devices and not problem:
                problem = f"{mpxn[:20]} is the MPxN of no device"
        users = sorted(reference.users.values(), key=lambda each: each.name)
        return visit.page(
            "ssmi/change_of_supplier",
            status=404 if problem else 200,
            mpxn=mpxn or "",
            found=[standing(each, failed, now) for each in devices],
            history=devices[0].registrations if devices else (),
            in_force=lambda each: in_force(each, now),
            problem=problem,
            suppliers=[each for each in users if _SUPPLIER_ROLES & each.roles.keys()],
            failed=failed,
            shares=await self._store.supplier_shares(now),
            moves=await self._moves(),
        )

    async def _moves(self) -> Sequence[AuditRow]:
        rows = await self._store.audit_rows(AuditQuery(code="registration", limit=_MOVES_SHOWN))
        return tuple(reversed(rows))

    async def move(self, visit: Visit) -> Response:
        form = await visit.form()
        mpxn, supplier = text_of(form, "mpxn"), Eui64.parse(text_of(form, "supplier"))
        at = instant_of(form, "effective_from") or visit.door.clock.now()
        if at < visit.door.clock.now() - timedelta(days=28):
            raise PageRefusal("effective_from: a registration is dated back 28 days at most")
        await self._registrations.move(mpxn, supplier, at.astimezone(UTC), visit.account.name)
        gaining = visit.door.name_of(supplier)
        words = f"{mpxn} is registered to {gaining} from {at:%-d %b %Y %H:%M} UTC on."
        return visit.go_to(f"{HERE}?mpxn={mpxn}", words)


def failed_suppliers(reference: ReferenceData) -> frozenset[Eui64]:
    """The suppliers on the list in force, without those that were withdrawn."""
    applied = reference.applied_list
    if applied is None:
        return frozenset()
    return frozenset(
        row.supplier for index, row in enumerate(applied.rows) if index not in applied.withdrawals
    )


def routes(door: Door, administration: Administration, store: ChangeStore) -> Sequence[BaseRoute]:
    """Where the page is."""
    pages, area = _ChangePages(administration.registrations, store), Area.SSMI
    return [
        Route(HERE, door.endpoint(pages.show, area), methods=["GET"]),
        Route(HERE, door.endpoint(pages.move, area, acts=True), methods=["POST"]),
    ]
