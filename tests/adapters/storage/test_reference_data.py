"""Reference data: what goes in comes out, and every change counts."""

from dataclasses import replace
from datetime import timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import URL
from tests.adapters.storage.values import NOW, SRP, SUPPLIER, device_row, eui, rule

from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.database import Access, migrate, open_engine
from stayon.adapters.storage.tables import metadata
from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.domain.metering import DeviceStatus, UserRole
from stayon.ports.store_reference import (
    CertificateRecord,
    FailedSupplierRow,
    InstructionRecord,
    Registration,
    UploadWarning,
    UserRecord,
    Withdrawal,
)

USER = UserRecord(
    SUPPLIER,
    "Example Energy",
    "Example Energy Ltd",
    {UserRole.IMPORT_SUPPLIER: UserStatus.ACTIVE, UserRole.GAS_SUPPLIER: UserStatus.INACTIVE},
    receive_url="http://127.0.0.1:1/receive",
    party_suspended=True,
    participant_ids=("EXMP", "EXM2"),
)
ROW = FailedSupplierRow(SUPPLIER, "Example Energy", ("EXMP", "EXM2"), SRP, "OFG-1", NOW)


def test_the_migration_makes_the_schema_that_the_code_expects(database: URL) -> None:
    engine = open_engine(database, Access.WRITE)
    with engine.connect() as connection:
        # SQLite keeps text of any length, so migrations do not widen it there.
        by_type = connection.dialect.name != "sqlite"
        context = MigrationContext.configure(connection, opts={"compare_type": by_type})
        differences = compare_metadata(context, metadata)
    assert [d for d in differences if d[0] != "modify_type"] == []
    engine.dispose()


def test_migrating_twice_changes_nothing(database: URL) -> None:
    engine = open_engine(database, Access.WRITE)
    migrate(engine)
    engine.dispose()


async def test_an_empty_store_has_empty_reference_data(store: SqlStore) -> None:
    reference = await store.reference()
    assert (reference.version, reference.users, reference.applied_list) == (0, {}, None)
    assert reference.thresholds == ()


async def test_users_come_back_as_they_were(store: SqlStore) -> None:
    await store.put_users([USER, UserRecord(SRP, "Rescue", "Rescue Ltd", {})])
    await store.put_users([replace(USER, name="Example Energy (failed)")])
    reference = await store.reference()
    assert reference.users[SUPPLIER] == replace(USER, name="Example Energy (failed)")
    assert reference.users[SRP].roles == {}
    assert reference.version == 2


async def test_certificates_are_replaced_by_issuer_and_serial(store: SqlStore) -> None:
    first = CertificateRecord("OU=07,CN=Z1", 2**127 + 1, b"der", chain_verified=True)
    revoked = replace(first, revoked_at=NOW, key_compromise=True)
    await store.put_certificates([first, replace(first, serial=5)])
    await store.put_certificates([revoked])
    found = {each.serial: each for each in (await store.reference()).certificates}
    assert found == {first.serial: revoked, 5: replace(first, serial=5)}


async def test_the_srp_register_is_replaced(store: SqlStore) -> None:
    pair = SrpRegistration(SUPPLIER, SRP, "PMA-7", NOW, None)
    await store.put_srp_registrations([replace(pair, srp=eui(3))])
    await store.put_srp_registrations([pair])
    assert (await store.reference()).srp_register == (pair,)
    await store.put_srp_registrations([])
    assert (await store.reference()).srp_register == ()


async def test_a_threshold_replaces_the_one_before(store: SqlStore) -> None:
    await store.put_threshold(rule(10), "pat", NOW)
    await store.put_threshold(rule(20), "kim", NOW)
    assert (await store.reference()).thresholds == (rule(20),)


async def test_an_instruction_is_entered_and_confirmed(store: SqlStore) -> None:
    entered = InstructionRecord(
        "OFG-1", SUPPLIER, SRP, bytes(32), NOW, NOW + timedelta(days=28), "pat", NOW
    )
    await store.put_instruction(entered)
    confirmed = replace(entered, confirmed_by="kim", confirmed_at=NOW)
    await store.put_instruction(confirmed)
    assert (await store.reference()).instructions == (confirmed,)


async def test_a_device_comes_back_with_its_registrations(store: SqlStore) -> None:
    await store.put_devices([device_row(1), device_row(2)])
    assert await store.device(eui(1)) == device_row(1)
    assert await store.device(eui(3)) is None


async def test_a_device_is_replaced(store: SqlStore) -> None:
    await store.put_devices([device_row(1)])
    await store.put_devices([replace(device_row(1), gbcs_version="3.2")])
    found = await store.device(eui(1))
    assert found is not None
    assert found.gbcs_version == "3.2"


async def test_changes_of_devices_are_counted_and_found(store: SqlStore) -> None:
    await store.put_devices([device_row(n) for n in range(1, 6)])
    loaded = (await store.versions()).inventory
    await store.set_device(eui(2), status=DeviceStatus.SUSPENDED)
    await store.set_device(eui(3), trust_anchor=(eui(77), 12))
    registered = Registration(device_row(4).mpxn, eui(77), NOW)
    await store.put_registrations(registered.mpxn, [registered])
    await store.put_registrations(device_row(5).mpxn, [])
    assert (await store.versions()).inventory == loaded + 4
    changed = await store.devices_changed_since(loaded, 100)
    assert set(changed) == {eui(2), eui(3), eui(4), eui(5)}
    assert len(await store.devices_changed_since(loaded, 1)) == 1
    two, three, four, five = [await store.device(eui(n)) for n in (2, 3, 4, 5)]
    assert two is not None
    assert two.status is DeviceStatus.SUSPENDED
    assert three is not None
    assert (three.notified_critical_supplier, three.supplier_certificate) == (eui(77), 12)
    assert four is not None
    assert four.registrations == (registered,)
    assert five is not None
    assert five.registrations == ()


async def upload(store: SqlStore, *rows: FailedSupplierRow) -> int:
    warnings = [UploadWarning(0, "suspended", "is not suspended")] if rows else []
    return await store.add_failed_suppliers_file(
        sha256=bytes(32), uploaded_by="pat", uploaded_at=NOW, rows=rows, warnings=warnings
    )


@pytest.mark.requirement("D1", "D2", refuses=True)
async def test_only_the_newest_applied_list_counts(store: SqlStore) -> None:
    first = await upload(store, ROW)
    assert (await store.reference()).applied_list is None
    await store.apply_failed_suppliers_file(first, "kim", NOW, ["the Authority has said so"])
    second = await upload(store, replace(ROW, instruction_ref="OFG-2"))
    applied = (await store.reference()).applied_list
    assert applied is not None
    assert (applied.file_id, applied.rows, applied.applied_by) == (first, (ROW,), "kim")
    assert applied.warnings[0].ignored_because == "the Authority has said so"
    await store.apply_failed_suppliers_file(second, "kim", NOW, [])
    applied = (await store.reference()).applied_list
    assert applied is not None
    assert applied.file_id == second
    history = await store.failed_suppliers_files()
    assert [each.file_id for each in history] == [first, second]


@pytest.mark.requirement("D2")
async def test_a_withdrawn_row_stays_in_the_history(store: SqlStore) -> None:
    file_id = await upload(store, ROW, replace(ROW, srp=eui(8)))
    await store.apply_failed_suppliers_file(file_id, "kim", NOW, [])
    withdrawal = Withdrawal("pat", NOW, "Change of Supplier is complete")
    await store.withdraw_failed_supplier(file_id, 1, withdrawal)
    await store.withdraw_failed_supplier(file_id, 1, replace(withdrawal, by="kim"))
    applied = (await store.reference()).applied_list
    assert applied is not None
    assert len(applied.rows) == 2
    assert applied.withdrawals == {1: withdrawal}


async def test_an_empty_file_is_a_list_too(store: SqlStore) -> None:
    file_id = await upload(store)
    await store.apply_failed_suppliers_file(file_id, "kim", NOW, [])
    applied = (await store.reference()).applied_list
    assert applied is not None
    assert applied.rows == ()
