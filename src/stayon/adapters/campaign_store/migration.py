"""A campaign that an earlier version of Stayon began goes on under this one."""

from typing import Final

from sqlalchemy import Connection, inspect, text, update
from sqlalchemy.schema import CreateColumn

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.following import drop_retired, follow_progress


def bring_up_to_date(connection: Connection) -> None:
    """Add what came with later versions of the schema; nothing where there is no campaign."""
    if not inspect(connection).has_table(schema.campaign.name):
        return
    for column in schema.ADDED:
        table = column.table.name
        if not _has_column(connection, table, column.name):
            definition = CreateColumn(column).compile(connection.engine)
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {definition}"))
    schema.order.create(connection, checkfirst=True)
    drop_retired(connection)
    _move_requests(connection)
    follow_progress(connection)
    connection.execute(
        update(schema.campaign)
        .where(schema.campaign.c.schema_version < schema.SCHEMA_VERSION)
        .values(schema_version=schema.SCHEMA_VERSION)
    )


def _has_column(connection: Connection, table: str, column: str) -> bool:
    """Also False where there is no such table."""
    found = inspect(connection)
    return found.has_table(table) and column in {each["name"] for each in found.get_columns(table)}


_REQUESTS_OF_VERSION_4: Final = {
    # A device that has only a number still holds the request of the attempt before.
    "progress": "SELECT device_id, attempt, request FROM progress"
    " WHERE request IS NOT NULL AND stage <> 'numbered'",
    "attempt": "SELECT device_id, number, request FROM attempt WHERE request IS NOT NULL",
}
"""The present attempt's was kept with its device, those of earlier ones with the attempt."""


def _move_requests(connection: Connection) -> None:
    """Into the table that version 5 has for them."""
    schema.signed_request.create(connection, checkfirst=True)
    for table, requests in _REQUESTS_OF_VERSION_4.items():
        if _has_column(connection, table, "request"):
            connection.execute(text(f"INSERT OR IGNORE INTO signed_request {requests}"))
            connection.execute(text(f"ALTER TABLE {table} DROP COLUMN request"))
