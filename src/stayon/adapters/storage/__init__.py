"""The DSP's store on SQLAlchemy Core: SQLite today, PostgreSQL by URL when many machines share it.

``tables`` describes the schema, ``migrations`` makes it, ``database`` opens engines, ``journal``
writes groups of changes in one transaction, ``group_commit`` forms the groups, ``store`` puts them
together as the ports of ``stayon.ports.store``.
"""

from stayon.adapters.storage.store import SqlStore

__all__ = ["SqlStore"]
