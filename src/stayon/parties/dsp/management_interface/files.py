"""Writing reference data as the files of the Management Interface (PIA 4.3 - 4.5)."""

import csv
import io
from collections.abc import Iterable, Iterator
from datetime import datetime

from stayon.checks.facts import FailedSupplierEntry, SrpRegistration
from stayon.domain.instants import format_instant
from stayon.ports.management_interface import COLUMNS, DEVICES, FAILED_SUPPLIERS, SERVICES, USERS
from stayon.ports.store_reference import InventoryRow, ServiceChange, UserRecord

_Row = tuple[str, ...]


def users_file(users: Iterable[UserRecord]) -> bytes:
    """Every User with its status in each role; suspension of its Party is not status (A9)."""
    return _written(
        USERS,
        (
            (user.user_id.hex, role.value, status.value)
            for user in users
            for role, status in user.roles.items()
        ),
    )


def devices_file(devices: Iterable[InventoryRow]) -> bytes:
    """The devices of one S1SP, a row for each registration."""
    return _written(DEVICES, (row for device in devices for row in _device_rows(device)))


def _device_rows(device: InventoryRow) -> Iterator[_Row]:
    critical = device.notified_critical_supplier
    begins = (
        device.device_id.hex,
        device.device_type.value,
        "" if critical is None else critical.hex,
    )
    if not device.registrations:
        yield (*begins, "", "", "")
    for each in device.registrations:
        yield (*begins, each.supplier.hex, *_period(each.effective_from, each.effective_to))


def failed_suppliers_file(
    entries: Iterable[FailedSupplierEntry], register: Iterable[SrpRegistration]
) -> bytes:
    """The applied list as far as the SRP register has the pair: the time that both allow."""
    return _written(FAILED_SUPPLIERS, _authorised(entries, tuple(register)))


def _authorised(
    entries: Iterable[FailedSupplierEntry], register: tuple[SrpRegistration, ...]
) -> Iterator[_Row]:
    for entry in entries:
        for pair in register:
            if (pair.supplier, pair.srp) != (entry.supplier, entry.srp):
                continue
            begins = max(entry.effective_from, pair.effective_from)
            ends = _earlier(entry.effective_to, pair.effective_to)
            if ends is None or begins < ends:
                yield entry.supplier.hex, entry.srp.hex, *_period(begins, ends)


def services_file(services: Iterable[ServiceChange]) -> bytes:
    """Which role may send which service request, and the change that brought it."""
    return _written(SERVICES, ((each.role.value, each.srv, each.change) for each in services))


def _earlier(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return min(one, other)


def _period(begins: datetime, ends: datetime | None) -> tuple[str, str]:
    return format_instant(begins), "" if ends is None else format_instant(ends)


def _written(name: str, rows: Iterable[_Row]) -> bytes:
    """The file with its rows in order, so that the same data give the same octets."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS[name])
    writer.writerows(sorted(rows))
    return text.getvalue().encode()
