"""Changes of reference data, each counted so that nobody judges by what was."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy import func as sql

from stayon.adapters.storage import reference_rows
from stayon.adapters.storage.dialects import upsert
from stayon.adapters.storage.journal import POLICY
from stayon.adapters.storage.tables import (
    certificate,
    device,
    failed_supplier,
    failed_suppliers_file,
    instruction,
    instruction_extension,
    key_rotation,
    overall_threshold,
    registration,
    service_change,
    srp_registration,
    threshold,
    upload_warning,
    user,
    version,
)
from stayon.adapters.storage.wake_ups import tell_of_reference_data
from stayon.checks.facts import SrpRegistration
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus
from stayon.ports.store_reference import (
    CertificateRecord,
    FailedSupplierRow,
    InstructionExtension,
    InstructionRecord,
    InventoryRow,
    KeyRotation,
    OverallThreshold,
    Registration,
    ServiceChange,
    ThresholdRule,
    UploadWarning,
    UserRecord,
    Withdrawal,
)

_CHUNK = 10_000
"""Rows prepared at a time: a whole inventory of them would not fit a small machine."""


def count_change(connection: Connection, kind: str) -> int:
    """Count a change of ``reference`` or ``inventory``; the new version."""
    statement = (
        update(version)
        .where(version.c.kind == kind)
        .values(value=version.c.value + 1)
        .returning(version.c.value)
    )
    value: int = connection.execute(statement).scalar_one()
    tell_of_reference_data(connection)
    return value


def put_policy(connection: Connection, fingerprint: int) -> None:
    """Say which policy is in force from this transaction on."""
    row = {"kind": POLICY, "value": fingerprint}
    connection.execute(upsert(connection, version), row)
    tell_of_reference_data(connection)


def put_key_rotations(connection: Connection, rotations: Iterable[KeyRotation]) -> None:
    """Replace what is known of replaced keys."""
    connection.execute(delete(key_rotation))
    rows = [{n: getattr(each, n) for n in KeyRotation.__slots__} for each in rotations]
    if rows:
        connection.execute(insert(key_rotation), rows)


def key_rotations(connection: Connection) -> tuple[KeyRotation, ...]:
    """The last replacement of each key, by its word."""
    rows = connection.execute(select(key_rotation).order_by(key_rotation.c.key)).mappings()
    return tuple(KeyRotation(**row) for row in rows)


def put_users(connection: Connection, users: Iterable[UserRecord]) -> None:
    """Add or replace Users."""
    count_change(connection, "reference")
    rows = [reference_rows.row_of_user(each) for each in users]
    if rows:
        connection.execute(upsert(connection, user), rows)


def put_certificates(connection: Connection, records: Iterable[CertificateRecord]) -> None:
    """Add or replace certificates."""
    count_change(connection, "reference")
    rows = [{n: getattr(each, n) for n in CertificateRecord.__slots__} for each in records]
    if rows:
        connection.execute(upsert(connection, certificate), rows)


def put_devices(connection: Connection, records: Sequence[InventoryRow]) -> None:
    """Add or replace devices and the registrations of their MPxNs."""
    now = count_change(connection, "inventory")
    for start in range(0, len(records), _CHUNK):
        _put_devices(connection, records[start : start + _CHUNK], now)


def _put_devices(connection: Connection, records: Sequence[InventoryRow], now: int) -> None:
    devices = [
        {name: getattr(each, name) for name in reference_rows.DEVICE_FIELDS} | {"version": now}
        for each in records
    ]
    connection.execute(upsert(connection, device), devices)
    registrations = {
        (each.mpxn, each.effective_from): _registration_row(each)
        for record in records
        for each in record.registrations
    }
    if registrations:
        connection.execute(upsert(connection, registration), list(registrations.values()))


def set_device(
    connection: Connection,
    device_id: Eui64,
    status: DeviceStatus | None,
    trust_anchor: tuple[Eui64, int | None] | None,
) -> None:
    """Change one device."""
    values: dict[str, object] = {"version": count_change(connection, "inventory")}
    if status is not None:
        values["status"] = status
    if trust_anchor is not None:
        values["notified_critical_supplier"], values["supplier_certificate"] = trust_anchor
    connection.execute(update(device).where(device.c.device_id == device_id).values(values))


def put_registrations(
    connection: Connection, mpxn: str, registrations: Iterable[Registration]
) -> None:
    """Replace the registrations of one MPxN; its devices have changed with them."""
    now = count_change(connection, "inventory")
    connection.execute(delete(registration).where(registration.c.mpxn == mpxn))
    rows = [_registration_row(each) for each in registrations]
    if rows:
        connection.execute(insert(registration), rows)
    connection.execute(update(device).where(device.c.mpxn == mpxn).values(version=now))


def _registration_row(each: Registration) -> dict[str, object]:
    return {name: getattr(each, name) for name in Registration.__slots__}


def put_srp_registrations(connection: Connection, pairs: Iterable[SrpRegistration]) -> None:
    """Replace the SRP register."""
    count_change(connection, "reference")
    connection.execute(delete(srp_registration))
    rows = [{n: getattr(each, n) for n in SrpRegistration.__slots__} for each in pairs]
    if rows:
        connection.execute(insert(srp_registration), rows)


def put_service_changes(connection: Connection, changes: Iterable[ServiceChange]) -> None:
    """Replace the changes of service requests, unless they are these already."""
    wanted = set(changes)
    rows = connection.execute(select(service_change)).mappings()
    if {ServiceChange(**row) for row in rows} == wanted:
        return
    count_change(connection, "reference")
    connection.execute(delete(service_change))
    if wanted:
        connection.execute(
            insert(service_change),
            [{n: getattr(each, n) for n in ServiceChange.__slots__} for each in wanted],
        )


def put_threshold(connection: Connection, rule: ThresholdRule, by: str, at: datetime) -> None:
    """Set a threshold."""
    count_change(connection, "reference")
    row = {name: getattr(rule, name) for name in ThresholdRule.__slots__}
    connection.execute(upsert(connection, threshold), row | {"set_by": by, "set_at": at})


def put_instruction_extension(connection: Connection, extension: InstructionExtension) -> None:
    """Enter an extension; nothing that counts has changed yet."""
    row = {name: getattr(extension, name) for name in InstructionExtension.__slots__}
    connection.execute(upsert(connection, instruction_extension), row)


def instruction_extensions(connection: Connection) -> tuple[InstructionExtension, ...]:
    """Extensions that wait."""
    rows = connection.execute(select(instruction_extension)).mappings()
    return tuple(InstructionExtension(**row) for row in rows)


def amend_instructions(connection: Connection, records: Sequence[InstructionRecord]) -> None:
    """Replace instructions, and forget the extensions that waited for them."""
    for record in records:
        put_instruction(connection, record)
    waiting = instruction_extension.c.reference.in_({each.reference for each in records})
    connection.execute(delete(instruction_extension).where(waiting))


def put_thresholds(
    connection: Connection, rules: Sequence[ThresholdRule], by: str, at: datetime
) -> None:
    """Set several thresholds."""
    for rule in rules:
        put_threshold(connection, rule, by, at)


def put_overall_threshold(
    connection: Connection, rule: OverallThreshold, by: str, at: datetime
) -> None:
    """Set a threshold of the DCC."""
    count_change(connection, "reference")
    row = {name: getattr(rule, name) for name in OverallThreshold.__slots__}
    connection.execute(upsert(connection, overall_threshold), row | {"set_by": by, "set_at": at})


def put_instruction(connection: Connection, record: InstructionRecord) -> None:
    """Enter or confirm an Authority instruction."""
    count_change(connection, "reference")
    row = {name: getattr(record, name) for name in InstructionRecord.__slots__}
    connection.execute(upsert(connection, instruction), row)


def add_failed_suppliers_file(
    connection: Connection,
    *,
    sha256: bytes,
    uploaded_by: str,
    uploaded_at: datetime,
    rows: Sequence[FailedSupplierRow],
    warnings: Sequence[UploadWarning],
) -> int:
    """Keep a file for review; nothing that counts has changed yet."""
    file_id: int = connection.execute(
        insert(failed_suppliers_file)
        .values(sha256=sha256, uploaded_by=uploaded_by, uploaded_at=uploaded_at, applied_by="")
        .returning(failed_suppliers_file.c.file_id)
    ).scalar_one()
    if rows:
        connection.execute(
            insert(failed_supplier),
            [
                reference_rows.row_of_failed_supplier(each) | {"file_id": file_id, "row": index}
                for index, each in enumerate(rows)
            ],
        )
    if warnings:
        connection.execute(
            insert(upload_warning),
            [
                {n: getattr(each, n) for n in UploadWarning.__slots__}
                | {"file_id": file_id, "number": number}
                for number, each in enumerate(warnings)
            ],
        )
    return file_id


def apply_failed_suppliers_file(
    connection: Connection, file_id: int, by: str, at: datetime, reasons: Sequence[str]
) -> None:
    """Make the file the applied list, once."""
    count_change(connection, "reference")
    files = failed_suppliers_file
    last = connection.execute(select(sql.coalesce(sql.max(files.c.apply_order), 0))).scalar_one()
    connection.execute(
        update(files)
        .where(files.c.file_id == file_id, files.c.applied_at.is_(None))
        .values(applied_by=by, applied_at=at, apply_order=last + 1)
    )
    for number, reason in enumerate(reasons):
        connection.execute(
            update(upload_warning)
            .where(upload_warning.c.file_id == file_id, upload_warning.c.number == number)
            .values(ignored_because=reason)
        )


def withdraw_failed_supplier(
    connection: Connection, file_id: int, row: int, withdrawal: Withdrawal
) -> None:
    """Take a row off; a second withdrawal changes nothing."""
    count_change(connection, "reference")
    rows = failed_supplier
    connection.execute(
        update(rows)
        .where(rows.c.file_id == file_id, rows.c.row == row, rows.c.withdrawn_at.is_(None))
        .values(
            withdrawn_by=withdrawal.by,
            withdrawn_at=withdrawal.at,
            withdrawn_because=withdrawal.reason,
        )
    )
