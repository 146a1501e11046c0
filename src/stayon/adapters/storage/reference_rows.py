"""Reference data: records of the port to rows and back."""

from collections import defaultdict
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, bindparam, select

from stayon.adapters.storage.prepared import Prepared
from stayon.adapters.storage.tables import (
    certificate,
    device,
    failed_supplier,
    failed_suppliers_file,
    instruction,
    overall_threshold,
    registration,
    service_change,
    srp_registration,
    threshold,
    upload_warning,
    user,
    version,
)
from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route, UserRole
from stayon.duis.bodies import Mpxn, Property, Uprn
from stayon.ports.store_reference import (
    CertificateRecord,
    FailedSupplierRow,
    FailedSuppliersFile,
    InstructionRecord,
    InventoryRow,
    OverallThreshold,
    ReferenceData,
    Registration,
    ServiceChange,
    ThresholdRule,
    UploadWarning,
    UserRecord,
    Withdrawal,
)

DEVICE_FIELDS = tuple(n for n in InventoryRow.__slots__ if n != "registrations")
FAILED_SUPPLIER_FIELDS = FailedSupplierRow.__slots__
_RULE_FIELDS = ThresholdRule.__slots__
_REGISTRATIONS = (
    select(registration)
    .where(registration.c.mpxn == bindparam("wanted"))
    .order_by(registration.c.effective_from)
)
_DEVICE_BY_KEY = Prepared(
    select(*(device.c[name] for name in DEVICE_FIELDS)).where(
        device.c.device_id == bindparam("wanted")
    ),
    tuple(device.c[name] for name in DEVICE_FIELDS),
)
_REGISTRATION_FIELDS = Registration.__slots__
_REGISTRATIONS_BY_KEY = Prepared(
    select(*(registration.c[name] for name in _REGISTRATION_FIELDS))
    .where(registration.c.mpxn == bindparam("wanted"))
    .order_by(registration.c.effective_from),
    tuple(registration.c[name] for name in _REGISTRATION_FIELDS),
)
_USER_FIELDS = ("user_id", "name", "party", "party_suspended", "receive_url", "duis_version")


def joined(values: tuple[str, ...]) -> str:
    """A list in one field, by ``;`` (decision 9)."""
    return ";".join(values)


def split(text: str) -> tuple[str, ...]:
    """The inverse of ``joined``."""
    return tuple(text.split(";")) if text else ()


def row_of_user(record: UserRecord) -> dict[str, Any]:
    """A User as a row."""
    row = {name: getattr(record, name) for name in _USER_FIELDS}
    row["participant_ids"] = joined(record.participant_ids)
    row["roles"] = ";".join(f"{role.value}={has.value}" for role, has in record.roles.items())
    return row


def user_of(row: RowMapping) -> UserRecord:
    """The inverse of ``row_of_user``."""
    pairs = (item.split("=") for item in split(row["roles"]))
    return UserRecord(
        roles={UserRole(role): UserStatus(status) for role, status in pairs},
        participant_ids=split(row["participant_ids"]),
        **{name: row[name] for name in _USER_FIELDS},
    )


def row_of_failed_supplier(record: FailedSupplierRow) -> dict[str, Any]:
    """A row of a Failed Suppliers file as a row."""
    row = {name: getattr(record, name) for name in FAILED_SUPPLIER_FIELDS}
    return row | {"participant_ids": joined(record.participant_ids)}


def read_reference(connection: Connection) -> ReferenceData:
    """Everything but the inventory; the caller's transaction makes it one moment."""
    found = connection.execute(select(version.c.value).where(version.c.kind == "reference"))
    applied = read_files(connection, applied_only=True)
    return ReferenceData(
        version=found.scalar_one(),
        users={
            each.user_id: each for each in map(user_of, connection.execute(select(user)).mappings())
        },
        certificates=tuple(
            CertificateRecord(**row) for row in connection.execute(select(certificate)).mappings()
        ),
        srp_register=tuple(
            SrpRegistration(**row)
            for row in connection.execute(select(srp_registration)).mappings()
        ),
        applied_list=applied[-1] if applied else None,
        instructions=tuple(
            InstructionRecord(**row) for row in connection.execute(select(instruction)).mappings()
        ),
        thresholds=tuple(
            ThresholdRule(**{name: row[name] for name in _RULE_FIELDS})
            for row in connection.execute(select(threshold)).mappings()
        ),
        service_changes=tuple(
            ServiceChange(**row) for row in connection.execute(select(service_change)).mappings()
        ),
        overall_thresholds=tuple(
            OverallThreshold(**{name: row[name] for name in OverallThreshold.__slots__})
            for row in connection.execute(select(overall_threshold)).mappings()
        ),
    )


def read_files(
    connection: Connection, *, applied_only: bool = False
) -> tuple[FailedSuppliersFile, ...]:
    """Uploaded files, oldest first; or those applied, in the order in which they were."""
    files = failed_suppliers_file
    wanted = select(files).order_by(files.c.file_id)
    if applied_only:
        wanted = select(files).where(files.c.apply_order.is_not(None)).order_by(files.c.apply_order)
    rows: dict[int, list[RowMapping]] = defaultdict(list)
    for row in connection.execute(
        select(failed_supplier).order_by(failed_supplier.c.file_id, failed_supplier.c.row)
    ).mappings():
        rows[row["file_id"]].append(row)
    warnings: dict[int, list[UploadWarning]] = defaultdict(list)
    for row in connection.execute(
        select(upload_warning).order_by(upload_warning.c.file_id, upload_warning.c.number)
    ).mappings():
        warnings[row["file_id"]].append(
            UploadWarning(row["row"], row["kind"], row["text"], row["ignored_because"])
        )
    return tuple(
        FailedSuppliersFile(
            file_id=row["file_id"],
            sha256=row["sha256"],
            uploaded_by=row["uploaded_by"],
            uploaded_at=row["uploaded_at"],
            rows=tuple(map(_failed_supplier_of, rows[row["file_id"]])),
            warnings=tuple(warnings[row["file_id"]]),
            applied_by=row["applied_by"],
            applied_at=row["applied_at"],
            withdrawals={
                each["row"]: Withdrawal(
                    each["withdrawn_by"], each["withdrawn_at"], each["withdrawn_because"]
                )
                for each in rows[row["file_id"]]
                if each["withdrawn_at"] is not None
            },
        )
        for row in connection.execute(wanted).mappings()
    )


def _failed_supplier_of(row: RowMapping) -> FailedSupplierRow:
    values = {name: row[name] for name in FAILED_SUPPLIER_FIELDS}
    return FailedSupplierRow(**values | {"participant_ids": split(row["participant_ids"])})


def read_device(connection: Connection, device_id: Eui64) -> InventoryRow | None:
    """One device with the registrations of its MPxN, oldest first."""
    found = _DEVICE_BY_KEY.rows(connection, {"wanted": device_id})
    if not found:
        return None
    values = dict(zip(DEVICE_FIELDS, found[0], strict=True))
    registrations = _REGISTRATIONS_BY_KEY.rows(connection, {"wanted": values["mpxn"]})
    return InventoryRow(
        registrations=tuple(Registration(*each) for each in registrations), **values
    )


def find_devices(
    connection: Connection, key: Uprn | Eui64 | Mpxn | Property, limit: int
) -> tuple[InventoryRow, ...]:
    """Devices by what an 8.2 names, in the order of their EUI-64s."""
    wanted = select(device).where(_named_by(key)).order_by(device.c.device_id).limit(limit)
    rows = connection.execute(wanted).mappings().all()
    return tuple(_device_of(connection, row) for row in rows)


def _named_by(key: Uprn | Eui64 | Mpxn | Property) -> ColumnElement[bool]:
    match key:
        case Uprn(number):
            return device.c.uprn == number
        case Mpxn(text):
            return device.c.mpxn == text
        case Property(postcode, address_identifier):
            return and_(
                device.c.postcode == postcode, device.c.address_identifier == address_identifier
            )
        case _:
            return device.c.device_id == key


def _device_of(connection: Connection, row: RowMapping) -> InventoryRow:
    registrations = connection.execute(_REGISTRATIONS, {"wanted": row["mpxn"]}).mappings()
    return InventoryRow(
        registrations=tuple(Registration(**each) for each in registrations),
        **{name: row[name] for name in DEVICE_FIELDS},
    )


def read_devices_of(connection: Connection, route: Route) -> list[InventoryRow]:
    """The devices of one route with the registrations of their MPxNs, oldest first."""
    registrations: defaultdict[str, list[Registration]] = defaultdict(list)
    of_route = select(device.c.mpxn).where(device.c.route == route)
    for each in connection.execute(
        select(registration)
        .where(registration.c.mpxn.in_(of_route))
        .order_by(registration.c.effective_from)
    ).mappings():
        registrations[each["mpxn"]].append(Registration(**each))
    rows = connection.execute(select(device).where(device.c.route == route)).mappings()
    return [
        InventoryRow(
            registrations=tuple(registrations[row["mpxn"]]),
            **{name: row[name] for name in DEVICE_FIELDS},
        )
        for row in rows
    ]
