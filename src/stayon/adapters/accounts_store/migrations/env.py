"""What Alembic runs: the caller hands in its connection, and its transaction."""

from alembic import context

from stayon.adapters.accounts_store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
