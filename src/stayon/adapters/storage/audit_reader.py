"""Reading an audit trail to verify it, from whatever database it is in; nothing is written."""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import URL
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from stayon.adapters.storage.audit_chain import chain_of, heads
from stayon.adapters.storage.database import Access, open_engine
from stayon.ports.audit import Anchor, AuditChainError, AuditRow


class AuditReader:
    """One moment of the audit trail in ``database``: a file of SQLite, or a database URL.

    Raises ``AuditChainError`` for what is no audit trail.
    """

    def __init__(self, database: str) -> None:
        self._engine = open_engine(_url(database), Access.SNAPSHOT)
        try:
            self._connection = self._engine.connect()
        except SQLAlchemyError as error:
            raise AuditChainError(f"{database}: cannot be opened") from error
        self._name = database

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        del kind, trace
        self._connection.close()
        self._engine.dispose()
        if isinstance(error, SQLAlchemyError):
            raise AuditChainError(f"{self._name}: has no audit trail that can be read") from error

    def heads(self, at: datetime) -> list[Anchor]:
        """Where the chain of each writer stands; ``at`` is the time of looking."""
        return heads(self._connection, at)

    def chain(self, writer: str) -> Iterator[AuditRow]:
        """Every row of one writer from its first on."""
        return chain_of(self._connection, writer)


def _url(database: str) -> URL:
    if "://" in database:
        return make_url(database)
    if not Path(database).is_file():
        raise AuditChainError(f"{database}: is not there")
    return URL.create("sqlite", database=database)
