"""What SQLite and PostgreSQL both have and SQLAlchemy spells by database."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite


def _insert(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    if connection.dialect.name == "sqlite":
        return sqlite.insert(table)
    return postgresql.insert(table)


def insert_or_ignore(connection: Connection, table: Table) -> "sqlite.Insert | postgresql.Insert":
    """INSERT that skips rows whose primary key exists."""
    keys = [column.name for column in table.primary_key]
    return _insert(connection, table).on_conflict_do_nothing(index_elements=keys)


def upsert(
    connection: Connection, table: Table, changes: Mapping[str, Any] | None = None
) -> "sqlite.Insert | postgresql.Insert":
    """INSERT that changes the row where the primary key exists: every column, or ``changes``."""
    keys = [column.name for column in table.primary_key]
    statement = _insert(connection, table)
    if changes is None:
        changes = {
            column.name: statement.excluded[column.name]
            for column in table.columns
            if column.name not in keys
        }
    return statement.on_conflict_do_update(index_elements=keys, set_=dict(changes))
