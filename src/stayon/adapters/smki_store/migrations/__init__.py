"""Alembic migrations; ``stayon.adapters.smki_store.database.migrate`` runs them."""
