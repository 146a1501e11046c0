"""Finding audit rows: by every key, page by page, and by an index each."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy.dialects import sqlite
from tests.adapters.storage.values import NOW, SUPPLIER, entry, eui

from stayon.adapters.storage import SqlStore
from stayon.adapters.storage.audit_chain import select_rows
from stayon.ports.audit import AuditQuery
from stayon.ports.store_work import Note

OTHER = eui(77)
QUERIES = {
    "sender": AuditQuery(sender=OTHER, limit=3),
    "originator": AuditQuery(originator=OTHER, limit=3),
    "device": AuditQuery(device=OTHER, limit=3),
    "request": AuditQuery(request_id="00-00-00-00-00-00-00-4D:x:1", limit=3),
    "since": AuditQuery(since=NOW + timedelta(seconds=7), limit=3),
    "until": AuditQuery(until=NOW + timedelta(seconds=3), limit=3),
    "code": AuditQuery(code="E4", limit=3),
    "step": AuditQuery(step="delivery", limit=3),
}


@pytest.fixture
async def filled(store: SqlStore) -> SqlStore:
    """Ten rows a second apart; the eighth to tenth differ from the rest in everything."""
    for second in range(10):
        row = replace(entry("I99", "another"), at=NOW + timedelta(seconds=second))
        if second >= 7:
            row = replace(
                row,
                sender=OTHER,
                originator=OTHER,
                device=OTHER,
                code="E4",
                step="delivery",
                request_id="00-00-00-00-00-00-00-4D:x:1",
            )
        await store.note(Note(row))
    return store


@pytest.mark.requirement("D9")
@pytest.mark.parametrize("name", QUERIES)
async def test_rows_are_found_by_each_key(filled: SqlStore, name: str) -> None:
    rows = await filled.audit_rows(QUERIES[name])
    assert [row.sequence for row in rows] == ([1, 2, 3] if name == "until" else [8, 9, 10])


@pytest.mark.requirement("D9")
async def test_pages_go_both_ways_and_miss_nothing(filled: SqlStore) -> None:
    query = AuditQuery(originator=SUPPLIER, limit=3)
    newest = await filled.audit_rows(query)
    assert [row.sequence for row in newest] == [5, 6, 7]
    before = await filled.audit_rows(replace(query, before=newest[0].row_id))
    assert [row.sequence for row in before] == [2, 3, 4]
    assert await filled.audit_rows(replace(query, after=newest[-1].row_id)) == ()
    again = await filled.audit_rows(replace(query, after=before[-1].row_id))
    assert again == newest
    first = await filled.audit_rows(replace(query, after=0))
    assert [row.sequence for row in first] == [1, 2, 3]


@pytest.mark.parametrize(
    ("name", "index"),
    [
        ("sender", "ix_audit_sender_row_id"),
        ("originator", "ix_audit_originator_row_id"),
        ("device", "ix_audit_device_row_id"),
        ("request", "ix_audit_request_id_row_id"),
    ],
)
@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_a_key_is_looked_up_and_nothing_is_sorted(
    filled: SqlStore, name: str, index: str
) -> None:
    for query in (QUERIES[name], replace(QUERIES[name], before=9), replace(QUERIES[name], after=2)):
        statement = select_rows(query).compile(
            dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
        )
        with filled._snapshots.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
        (step,) = (row[3] for row in plan)
        assert f"USING INDEX {index}" in step


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
async def test_without_a_key_pages_go_by_the_primary_key(filled: SqlStore) -> None:
    statement = select_rows(AuditQuery(before=9)).compile(
        dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}
    )
    with filled._snapshots.connect() as connection:
        plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}").all()
    assert [row[3] for row in plan] == ["SEARCH audit USING INTEGER PRIMARY KEY (rowid<?)"]
