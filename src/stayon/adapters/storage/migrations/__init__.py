"""Alembic migrations; ``stayon.adapters.storage.database.migrate`` runs them."""
