"""The tail of one writer's audit chain, and rows to append to it."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, desc, insert, select

from stayon.adapters.storage.tables import audit
from stayon.ports.audit import GENESIS, AuditEntry, AuditQuery, AuditRow, chain_hash


class AuditChain:
    """Appends to the chain of ``writer``; one process, one writer name.

    Two processes under one name cannot fork the chain: (writer, sequence) is unique.
    """

    def __init__(self, writer: str) -> None:
        self.writer = writer
        self._tail: tuple[int, bytes] | None = None

    def forget(self) -> None:
        """Read the tail anew before the next row: the last transaction did not commit."""
        self._tail = None

    def append(self, connection: Connection, entries: Iterable[AuditEntry]) -> None:
        """Write ``entries`` behind the tail, in the caller's transaction."""
        sequence, previous = self._tail or self._read_tail(connection)
        rows: list[dict[str, Any]] = []
        for entry in entries:
            sequence += 1
            previous = chain_hash(previous, self.writer, sequence, entry)
            rows.append(
                {
                    "writer": self.writer,
                    "sequence": sequence,
                    "hash": previous,
                    **{name: getattr(entry, name) for name in AuditEntry.__slots__},
                }
            )
        if rows:
            connection.execute(insert(audit), rows)
        self._tail = sequence, previous

    def _read_tail(self, connection: Connection) -> tuple[int, bytes]:
        last = connection.execute(
            select(audit.c.sequence, audit.c.hash)
            .where(audit.c.writer == self.writer)
            .order_by(desc(audit.c.sequence))
            .limit(1)
        ).one_or_none()
        return (last.sequence, last.hash) if last else (0, GENESIS)


def select_rows(query: AuditQuery) -> Select[Any]:
    """The newest ``query.limit`` rows that match, newest first."""
    statement = select(audit).order_by(desc(audit.c.row_id)).limit(query.limit)
    wanted = {
        audit.c.sender: query.sender,
        audit.c.request_id: query.request_id,
        audit.c.device: query.device,
        audit.c.code: query.code,
    }
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if query.since is not None:
        statement = statement.where(audit.c.at >= query.since)
    if query.until is not None:
        statement = statement.where(audit.c.at < query.until)
    return statement


def row_of(found: RowMapping) -> AuditRow:
    """A database row as an ``AuditRow``."""
    entry = AuditEntry(**{name: found[name] for name in AuditEntry.__slots__})
    return AuditRow(found["writer"], found["sequence"], entry, found["hash"])
