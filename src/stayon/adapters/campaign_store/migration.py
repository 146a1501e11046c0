"""A campaign that an earlier version of Stayon began goes on under this one."""

from sqlalchemy import Connection, inspect, text, update
from sqlalchemy.schema import CreateColumn

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.following import follow_progress


def bring_up_to_date(connection: Connection) -> None:
    """Add what came with later versions of the schema; nothing where there is no campaign."""
    if not inspect(connection).has_table(schema.campaign.name):
        return
    for column in schema.ADDED:
        table = column.table.name
        if column.name not in {each["name"] for each in inspect(connection).get_columns(table)}:
            definition = CreateColumn(column).compile(connection.engine)
            connection.execute(text(f"ALTER TABLE {table} ADD COLUMN {definition}"))
    schema.order.create(connection, checkfirst=True)
    follow_progress(connection)
    connection.execute(
        update(schema.campaign)
        .where(schema.campaign.c.schema_version < schema.SCHEMA_VERSION)
        .values(schema_version=schema.SCHEMA_VERSION)
    )
