"""The Smart Metering Inventory, as far as it is asked for, in memory."""

from datetime import datetime

from stayon.checks.facts import DeviceRecord
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.kms.certificates import CertificateIndex
from stayon.ports.store import ReferenceStore
from stayon.ports.store_reference import InventoryRow

_LARGEST_CHANGE = 1000
"""Devices changed at once that are dropped one by one; beyond, everything is dropped."""


class InventoryCache:
    """Rows of the inventory, each read when it is first asked for.

    ``version`` is the version of the inventory up to which changes have been followed.
    """

    def __init__(self, store: ReferenceStore, capacity: int = 50_000) -> None:
        self._store = store
        self._capacity = capacity
        self._rows: dict[Eui64, InventoryRow] = {}
        self.version = -1

    async def device(self, device_id: Eui64) -> InventoryRow | None:
        """One device; what is not there is asked for again the next time."""
        if self.version < 0:
            self.version = (await self._store.versions()).inventory
        row = self._rows.get(device_id)
        if row is None:
            row = await self._store.device(device_id)
            if row is not None:
                if len(self._rows) >= self._capacity:
                    del self._rows[next(iter(self._rows))]
                self._rows[device_id] = row
        return row

    async def follow(self) -> None:
        """Forget what has changed since the last time."""
        version = (await self._store.versions()).inventory
        if version == self.version:
            return
        changed = await self._store.devices_changed_since(self.version, _LARGEST_CHANGE)
        if len(changed) == _LARGEST_CHANGE:
            self._rows.clear()
        for device_id in changed:
            self._rows.pop(device_id, None)
        self.version = version


def device_record(
    row: InventoryRow,
    certificates: CertificateIndex,
    now: datetime,
    effective: datetime | None = None,
) -> DeviceRecord:
    """A device as the checks know it at this instant, for a request that takes effect at another.

    The registered supplier is who is registered when the request takes effect.
    """
    registered, then = None, now if effective is None else max(now, effective)
    for registration in row.registrations:
        until = registration.effective_to
        if registration.effective_from <= then and (until is None or then < until):
            registered = registration.supplier
    anchor = None
    if row.notified_critical_supplier is not None and row.supplier_certificate is not None:
        anchor = certificates.in_trust_anchor(
            row.notified_critical_supplier, row.supplier_certificate
        )
    return DeviceRecord(
        device_id=row.device_id,
        device_type=row.device_type,
        generation=row.route.generation,
        status=row.status,
        route=row.route,
        mpxn=row.mpxn or None,
        takes_ecs08a=row.takes_ecs08a,
        registered_supplier=registered,
        notified_critical_supplier=row.notified_critical_supplier,
        supplier_certificate=None if anchor is None else anchor.facts(now),
    )
