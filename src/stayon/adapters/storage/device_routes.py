"""By which route each device is reached, remembered for as long as the inventory stays as it is."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection, bindparam, select

from stayon.adapters.storage.prepared import Prepared
from stayon.adapters.storage.tables import device, version
from stayon.domain.eui64 import Eui64

_INVENTORY = Prepared(
    select(version.c.value).where(version.c.kind == "inventory"), (version.c.value,)
)
_ONE, _MANY = 1, 64
_MOST: Final = 65_536


def _names(size: int) -> list[str]:
    return [f"device_{number}" for number in range(size)]


def _routes_of(size: int) -> Prepared:
    """The routes of ``size`` devices: a text that does not change is compiled once."""
    names = [bindparam(name, type_=device.c.device_id.type) for name in _names(size)]
    columns = (device.c.device_id, device.c.route)
    return Prepared(select(*columns).where(device.c.device_id.in_(names)), columns)


_ROUTES = {size: _routes_of(size) for size in (_ONE, _MANY)}


class DeviceRoutes:
    """Of one process; used by one thread at a time."""

    def __init__(self) -> None:
        self._inventory: int | None = None
        self._known: dict[Eui64 | None, str] = {None: ""}

    def of(
        self, connection: Connection, devices: Collection[Eui64 | None]
    ) -> dict[Eui64 | None, str]:
        """The word for the route of each; empty for no device, and for one in no inventory.

        Its version is read first: what another process changes between the two reads is read anew
        with the next version.
        """
        ((inventory,),) = _INVENTORY.rows(connection, {})
        if inventory != self._inventory or len(self._known) > _MOST:
            self._inventory, self._known = inventory, {None: ""}
        wanted = [each for each in devices if each not in self._known]
        while wanted:
            size = _ONE if len(wanted) == _ONE else _MANY
            asked, wanted = wanted[:size], wanted[size:]
            self._known |= dict.fromkeys(asked, "")
            row = dict(zip(_names(size), asked + asked[-1:] * (size - len(asked)), strict=True))
            found = _ROUTES[size].rows(connection, row)
            self._known |= {each: route.value for each, route in found}
        return {each: self._known[each] for each in devices}
