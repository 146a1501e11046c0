"""What Alembic runs: the caller hands in its connection, and its transaction."""

from alembic import context

from stayon.adapters.smki_store import registration_schema as _tables  # noqa: F401
from stayon.adapters.smki_store.schema import VERSION_TABLE, metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    version_table=VERSION_TABLE,
)
context.run_migrations()
