"""A campaign that an earlier version of Stayon began goes on under this one."""

from sqlalchemy import Connection, inspect, text, update
from sqlalchemy.schema import CreateColumn

from stayon.adapters.campaign_store import schema
from stayon.adapters.campaign_store.following import follow_progress


def bring_up_to_date(connection: Connection) -> None:
    """Add what came with later versions of the schema; nothing where there is no campaign."""
    if not inspect(connection).has_table(schema.campaign.name):
        return
    present = {column["name"] for column in inspect(connection).get_columns("progress")}
    for column in schema.SINCE_VERSION_2:
        if column.name not in present:
            definition = CreateColumn(column).compile(connection.engine)
            connection.execute(text(f"ALTER TABLE progress ADD COLUMN {definition}"))
    schema.order.create(connection, checkfirst=True)
    follow_progress(connection)
    connection.execute(
        update(schema.campaign)
        .where(schema.campaign.c.schema_version < schema.SCHEMA_VERSION)
        .values(schema_version=schema.SCHEMA_VERSION)
    )
