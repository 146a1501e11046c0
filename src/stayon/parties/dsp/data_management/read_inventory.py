"""Service Request 8.2: what the Smart Metering Inventory says of some devices.

Source: DUIS 5.4, ReadInventory and DSPInventory. The request names the devices by EUI-64, MPxN,
UPRN or property; exactly those are told of.
"""

from typing import Final

from stayon.domain.metering import Generation, Route
from stayon.duis.bodies import Property, ReadInventory
from stayon.duis.inventory import Inventory, InventoryDevice
from stayon.parties.dsp.refusing import DccRefusal
from stayon.ports.store import ReferenceStore
from stayon.ports.store_reference import InventoryRow

MOST_DEVICES: Final = 17
"""What one DSPInventory holds (DUIS 5.4)."""

_S1SP: Final = {
    Route.S1SP_CGI_IE: "CGI IE",
    Route.S1SP_SECURE: "Secure",
    Route.S1SP_TRILLIANT: "Trilliant",
}


async def read_inventory(store: ReferenceStore, body: ReadInventory) -> Inventory:
    """The inventory of what the request names; raises ``DccRefusal`` where there is none."""
    rows = await store.devices_found(body.key, MOST_DEVICES + 1)
    if not rows:
        raise DccRefusal("inventory_nothing_found", "no device is there by that name")
    if len(rows) > MOST_DEVICES:
        words = f"more than {MOST_DEVICES} devices are there"
        raise DccRefusal("inventory_too_many_found", words)
    return Inventory(tuple(map(_told, rows)))


def _told(row: InventoryRow) -> InventoryDevice:
    place = None
    if row.postcode and row.address_identifier:
        place = Property(row.postcode, row.address_identifier)
    smets1 = row.route.generation is Generation.SMETS1
    return InventoryDevice(
        device_id=row.device_id,
        device_type=row.device_type.value,
        status=row.status,
        manufacturer=row.manufacturer,
        model=row.model,
        smets_version=row.smets_version or None,
        firmware_version=row.firmware_version or None,
        import_mpxn=row.mpxn or None,
        csp_region=row.csp_region or None,
        gbcs_version=row.gbcs_version or None,
        s1sp=_S1SP[row.route] if smets1 else None,
        uprn=row.uprn,
        place=place,
    )
