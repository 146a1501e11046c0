"""DSPInventory, the answer to Service Request 8.2, as XML.

Source: DUIS 5.4, DSPInventory. What Stayon does not use (PPMID and hub details) is left out when
written and refused by nobody when read: ``read_inventory`` skips it.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus
from stayon.duis import lexical
from stayon.duis.bodies import Property
from stayon.duis.errors import DuisError
from stayon.duis.names import SR, local_name
from stayon.duis.reading import Children, text_of
from stayon.duis.writing import leaf, node, optional


@dataclass(frozen=True, slots=True)
class InventoryDevice:
    """One device; ``device_type`` is DUIS's (ESME, GSME, GPF, CHF, HCALCS, PPMID, IHD, CAD)."""

    device_id: Eui64
    device_type: str
    status: DeviceStatus | None
    manufacturer: str
    model: str
    smets_version: str | None = None
    firmware_version: str | None = None
    import_mpxn: str | None = None
    csp_region: str | None = None
    gbcs_version: str | None = None
    s1sp: str | None = None
    uprn: int | None = None
    place: Property | None = None


@dataclass(frozen=True, slots=True)
class Inventory:
    """1 to 17 devices, as the schema has it."""

    devices: tuple[InventoryDevice, ...]


_STATUSES = {status.value: status for status in DeviceStatus}


def read_inventory(element: etree._Element) -> Inventory:
    """The value of a DSPInventory element."""
    children = Children(element)
    devices = tuple(_read_device(device) for device in children.many("Device"))
    children.end()
    return Inventory(devices)


def _read_device(element: etree._Element) -> InventoryDevice:
    texts = {local_name(child): text_of(child) for child in element if not len(child)}
    for name in ("DeviceID", "DeviceType", "DeviceManufacturer", "DeviceModel"):
        if name not in texts:
            raise DuisError("Device", f"{name} is missing")
    status = texts.get("DeviceStatus")
    if status is not None and status not in _STATUSES:
        raise DuisError("DeviceStatus", f"{status[:40]!r} is not a status")
    uprn, place = texts.get("UPRN"), element.find(f"{{{SR}}}PropertyFilter")
    return InventoryDevice(
        device_id=lexical.eui64(texts["DeviceID"], "DeviceID"),
        device_type=texts["DeviceType"],
        status=None if status is None else _STATUSES[status],
        manufacturer=texts["DeviceManufacturer"],
        model=texts["DeviceModel"],
        smets_version=texts.get("SMETSCHTSVersion"),
        firmware_version=texts.get("DeviceFirmwareVersion"),
        import_mpxn=texts.get("ImportMPxN"),
        csp_region=texts.get("CSPRegion"),
        gbcs_version=texts.get("DeviceGBCSVersion"),
        s1sp=texts.get("S1SP"),
        uprn=None if uprn is None else lexical.integer(uprn, "UPRN", (1, 10**12 - 1)),
        place=None if place is None else _read_place(place),
    )


def _read_place(element: etree._Element) -> Property:
    children = Children(element)
    place = Property(children.text("PostCode"), children.text("AddressIdentifier"))
    children.end()
    return place


def write_inventory(inventory: Inventory) -> str:
    """The DSPInventory element."""
    return node("DSPInventory", *_write_devices(inventory.devices))


def _write_devices(devices: Sequence[InventoryDevice]) -> list[str]:
    return [
        node(
            "Device",
            leaf("DeviceID", str(device.device_id)),
            leaf("DeviceType", device.device_type),
            optional("DeviceStatus", None if device.status is None else device.status.value),
            leaf("DeviceManufacturer", device.manufacturer),
            leaf("DeviceModel", device.model),
            optional("SMETSCHTSVersion", device.smets_version),
            optional("DeviceFirmwareVersion", device.firmware_version),
            optional("ImportMPxN", device.import_mpxn),
            optional("UPRN", device.uprn),
            _write_place(device.place),
            optional("CSPRegion", device.csp_region),
            optional("DeviceGBCSVersion", device.gbcs_version),
            optional("S1SP", device.s1sp),
        )
        for device in devices
    ]


def _write_place(place: Property | None) -> str:
    if place is None:
        return ""
    return node(
        "PropertyFilter",
        leaf("PostCode", place.postcode),
        leaf("AddressIdentifier", place.address_identifier),
    )
