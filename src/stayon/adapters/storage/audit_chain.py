"""The audit trail's rows: the chain of one writer, its tail, and queries over all of them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, desc, select
from sqlalchemy import func as sql

from stayon.adapters.storage.prepared import PreparedInsert
from stayon.adapters.storage.tables import audit
from stayon.ports.audit import GENESIS, Anchor, AuditEntry, AuditQuery, AuditRow, chain_hash

_INSERT = PreparedInsert(audit)


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
                    "at": entry.at,
                    "step": entry.step,
                    "code": entry.code,
                    "detail": entry.detail,
                    "request_id": entry.request_id,
                    "sender": entry.sender,
                    "role": entry.role,
                    "originator": entry.originator,
                    "device": entry.device,
                    "srv": entry.srv,
                    "command_variant": entry.command_variant,
                }
            )
        _INSERT.write(connection, rows)
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
    """The rows that match, newest first, or oldest first with ``query.after``.

    Pages are found by key: what was shown before is not read again.
    """
    order = audit.c.row_id if query.after is not None else desc(audit.c.row_id)
    statement = select(audit).order_by(order).limit(query.limit)
    wanted = {
        audit.c.sender: query.sender,
        audit.c.originator: query.originator,
        audit.c.request_id: query.request_id,
        audit.c.device: query.device,
        audit.c.code: query.code,
        audit.c.step: query.step,
    }
    for column, value in wanted.items():
        if value is not None:
            statement = statement.where(column == value)
    if query.since is not None:
        statement = statement.where(audit.c.at >= query.since)
    if query.until is not None:
        statement = statement.where(audit.c.at < query.until)
    if query.before is not None:
        statement = statement.where(audit.c.row_id < query.before)
    if query.after is not None:
        statement = statement.where(audit.c.row_id > query.after)
    return statement


def rows_of(connection: Connection, query: AuditQuery) -> tuple[AuditRow, ...]:
    """The rows that match, oldest first."""
    found = [row_of(row) for row in connection.execute(select_rows(query)).mappings()]
    return tuple(found if query.after is not None else reversed(found))


def chain_of(connection: Connection, writer: str) -> Iterator[AuditRow]:
    """Every row of one writer from its first on, for ``verify_chain``."""
    statement = select(audit).where(audit.c.writer == writer).order_by(audit.c.sequence)
    with connection.execution_options(yield_per=1000).execute(statement) as rows:
        for row in rows.mappings():
            yield row_of(row)


def heads(connection: Connection, at: datetime) -> list[Anchor]:
    """Where the chain of each writer stands."""
    last = select(audit.c.writer, sql.max(audit.c.sequence).label("sequence")).group_by(
        audit.c.writer
    )
    ends = last.subquery()
    statement = (
        select(audit.c.writer, audit.c.sequence, audit.c.hash)
        .join(ends, (audit.c.writer == ends.c.writer) & (audit.c.sequence == ends.c.sequence))
        .order_by(audit.c.writer)
    )
    return [Anchor(row.writer, row.sequence, row.hash, at) for row in connection.execute(statement)]


def row_of(found: RowMapping) -> AuditRow:
    """A database row as an ``AuditRow``."""
    entry = AuditEntry(**{name: found[name] for name in AuditEntry.__slots__})
    return AuditRow(found["writer"], found["sequence"], entry, found["hash"], found["row_id"])
