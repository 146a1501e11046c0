"""Prepared statements do what SQLAlchemy does when it runs the same statement itself."""

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import URL, Connection, bindparam, delete, insert, select, update
from tests.adapters.storage.values import NOW, eui

from stayon.adapters.storage.database import Access, open_engine
from stayon.adapters.storage.prepared import Prepared, PreparedInsert
from stayon.adapters.storage.tables import audit, outbox
from stayon.domain.metering import UserRole
from stayon.ports.store_work import WorkKind

LEFT_OUT = ("failures", "failing_since")
INSERT = PreparedInsert(outbox, out=LEFT_OUT)
INSERT_NEW = PreparedInsert(outbox, ignore_existing=True, returning=outbox.c.key, out=LEFT_OUT)
DEFER = Prepared(
    update(outbox).where(outbox.c.key == bindparam("of")).values(attempt=7, target=bindparam("to"))
)
ONE = Prepared(select(outbox).where(outbox.c.key == bindparam("of")), tuple(outbox.c))

rows = st.fixed_dictionaries(
    {
        "key": st.uuids().map(str),
        "kind": st.sampled_from(WorkKind),
        "target": st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=32),
        "message": st.binary(max_size=40),
        "request_id": st.none() | st.text("0123456789ABCDEF-:", max_size=72),
        "device": st.none() | st.integers(0, 2**64 - 1).map(eui),
        "sender": st.none() | st.integers(0, 2**64 - 1).map(eui),
        "role": st.none() | st.sampled_from(UserRole),
        "supplier": st.none() | st.integers(0, 2**64 - 1).map(eui),
        "event": st.none() | st.integers(-(2**63), 2**63 - 1),
        "created_at": st.just(NOW),
        "due_at": st.just(NOW),
        "attempt": st.integers(0, 2**31 - 1),
        "position": st.none() | st.integers(0, 2**63 - 1),
        "held_back_reports": st.none() | st.integers(0, 2**63 - 1),
        "held_back_count": st.none() | st.integers(0, 2**63 - 1),
        "unheard": st.integers(0, 2**31 - 1),
    }
)
"""Rows of a table that has every type of column that the hot path writes."""


@pytest.fixture
def connection(database: URL) -> Iterator[Connection]:
    engine = open_engine(database, Access.WRITE)
    with engine.connect() as opened:
        yield opened
    engine.dispose()


def contents(connection: Connection) -> list[dict[str, Any]]:
    found = connection.execute(select(outbox).order_by(outbox.c.key)).mappings()
    return [dict(row) for row in found]


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(given_rows=st.lists(rows, max_size=5, unique_by=lambda row: row["key"]))
def test_rows_are_written_and_read_as_sqlalchemy_would(
    connection: Connection, given_rows: list[dict[str, Any]]
) -> None:
    connection.execute(delete(outbox))
    assert INSERT.write(connection, given_rows) == []
    written = contents(connection)
    connection.execute(delete(outbox))
    if given_rows:
        connection.execute(insert(outbox), given_rows)
    assert written == contents(connection)
    for row in given_rows:
        # What is left out is what the database gives it.
        whole = {**row, "failures": 0, "failing_since": None}
        expected = tuple(whole[column.name] for column in outbox.c)
        assert ONE.rows(connection, {"of": row["key"]}) == [expected]
    connection.rollback()


def one(key: str) -> dict[str, Any]:
    names = [
        *("request_id", "device", "sender", "role", "supplier", "event"),
        *("position", "held_back_reports", "held_back_count"),
    ]
    given = {"key": key, "kind": WorkKind.CARRY, "target": "t", "message": b"m", "attempt": 1}
    given |= {"unheard": 1}
    return {**given, "created_at": NOW, "due_at": NOW, **dict.fromkeys(names)}


def test_rows_that_exist_are_skipped_and_not_reported(connection: Connection) -> None:
    many = [one(f"{number:04}") for number in range(600)]
    assert len(INSERT_NEW.write(connection, many[:300])) == 300
    assert sorted(INSERT_NEW.write(connection, many)) == [row["key"] for row in many[300:]]
    assert INSERT_NEW.write(connection, []) == []
    connection.rollback()


def test_a_statement_runs_for_every_row_with_its_constants(connection: Connection) -> None:
    INSERT.write(connection, [one("a"), one("b"), one("c")])
    DEFER.run(connection, [{"of": "a", "to": "x"}, {"of": "c", "to": "y"}])
    DEFER.run(connection, [])
    found = [(row["key"], row["target"], row["attempt"]) for row in contents(connection)]
    assert found == [("a", "x", 7), ("b", "t", 1), ("c", "y", 7)]
    assert ONE.rows(connection, {"of": "nowhere"}) == []
    connection.rollback()


def test_numbers_that_the_database_counts_are_left_to_it(connection: Connection) -> None:
    names = (column.name for column in audit.columns if column.name != "row_id")
    row = dict.fromkeys(names, "") | {
        "writer": "w", "sequence": 1, "at": NOW, "sender": None, "role": None,
        "originator": None, "device": None, "command_variant": None, "hash": bytes(32),
    }  # fmt: skip
    PreparedInsert(audit).write(connection, [row, row | {"sequence": 2}])
    first, second = connection.execute(select(audit.c.row_id).order_by(audit.c.row_id)).scalars()
    assert second == first + 1
    connection.rollback()
