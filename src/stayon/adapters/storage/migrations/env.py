"""What Alembic runs: the caller hands in its connection, and its transaction."""

from alembic import context

from stayon.adapters.storage.tables import metadata

context.configure(connection=context.config.attributes["connection"], target_metadata=metadata)
context.run_migrations()
