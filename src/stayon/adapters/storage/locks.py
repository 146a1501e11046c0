"""The order in which a group of changes takes its locks, the same for every process.

Two transactions that take the same locks in different orders wait for each other for ever, and
PostgreSQL ends one of them: its requests would be answered by 503. So every transaction of the
``Journal`` goes through the tables in this order, and through the rows of each by their key:

1. ``version``, shared (whoever changes reference data takes one of its rows first, alone)
2. ``request``, new identities
3. ``volume_count``
4. ``quarantine``, decided events
5. ``dead_letter``, decided letters
6. ``incoming``, new keys
7. ``request``, concluded or decided ones
8. ``alert_throttle``
9. ``cos_command``, new keys
10. ``outbox``, what is finished, put off or given up

What has a key of the writer's own (new work, audit rows, hourly counts) nobody waits for.
``Outbox.claim`` waits for nobody: it skips what is locked. SQLite has one writer at a time.
"""

from collections.abc import Collection
from typing import Any

from sqlalchemy import Column, ColumnElement, Connection, String, select


def in_order(column: Column[Any]) -> ColumnElement[Any]:
    """``column`` as what to sort by: text by its octets, as Python does, in any language."""
    return column.collate("C") if isinstance(column.type, String) else column


def lock_rows(connection: Connection, key: Column[Any], wanted: Collection[Any]) -> None:
    """Lock the rows whose primary ``key`` is among ``wanted``, by their key."""
    if not wanted or connection.dialect.name == "sqlite":
        return
    statement = select(key).where(key.in_(wanted)).order_by(in_order(key)).with_for_update()
    connection.execute(statement)
