"""The supplier in each device's trust anchor cell, as its S1SP keeps it (S2; PIA 4.4)."""

from collections.abc import Iterable

from stayon.domain.eui64 import Eui64
from stayon.parties.s1sp.reference_data import S1spDevice


class TrustAnchorCells:
    """Filled when a device is enrolled, changed by SRV 6.23 and by nothing else.

    Neither revocation nor registration nor the Failed Suppliers list touches a cell, so Device
    Alerts go on to the supplier that is in it.
    """

    def __init__(self) -> None:
        self._suppliers: dict[Eui64, Eui64] = {}

    def enrol(self, devices: Iterable[S1spDevice]) -> None:
        """Take in devices that are not known yet; the cell of a known one stays as it is."""
        for device in devices:
            if device.notified_critical_supplier is not None:
                self._suppliers.setdefault(device.device_id, device.notified_critical_supplier)

    def supplier(self, device: Eui64) -> Eui64 | None:
        """Whose certificate is in the cell; None for a device that was never enrolled."""
        return self._suppliers.get(device)

    def change(self, device: Eui64, supplier: Eui64) -> None:
        """Change of Supplier (SRV 6.23)."""
        self._suppliers[device] = supplier
