"""Statements of the hot path: compiled once per database, then run as text by the driver.

SQLAlchemy makes the text and knows how each column goes to the database and comes back; what it
does beyond that at every execution costs several times what the database does for a row by its
key. They run in the transaction that is open on the connection, or in AUTOCOMMIT, and begin none.
Errors are the driver's own, which ``SqlStore`` knows. ``tests/adapters/storage/test_prepared.py``
holds that both ways do the same.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from sqlalchemy import ClauseElement, Column, Connection, Dialect, Table, insert

from stayon.adapters.storage.dialects import insert_or_ignore

_Row: TypeAlias = Mapping[str, Any]
_Process: TypeAlias = Callable[[Any], Any] | None
_MOST_ROWS: Final = 256
"""Of one INSERT: SQLite takes 32,766 parameters, PostgreSQL 65,535."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A statement's text for one kind of database.

    Its parameters in order, the values that some of them always have, the columns that come back.
    """

    text: str
    parameters: tuple[tuple[str, _Process], ...]
    constants: _Row
    columns: tuple[_Process, ...]

    def values(self, row: _Row) -> list[Any]:
        """The parameters for ``row``, as the driver takes them."""
        given = {**self.constants, **row} if self.constants else row
        return [
            given[name] if process is None else process(given[name])
            for name, process in self.parameters
        ]

    def read(self, found: Sequence[Any]) -> tuple[Any, ...]:
        """A row that came back, as values of the field."""
        return tuple(
            value if process is None else process(value)
            for value, process in zip(found, self.columns, strict=True)
        )


def _compile(
    statement: Any, dialect: Dialect, returned: Sequence[Column[Any]], names: list[str] | None
) -> _Compiled:
    # Parameters by place are the quickest for a driver; psycopg writes a place as %s.
    style = "format" if dialect.paramstyle == "pyformat" else dialect.paramstyle
    make_dialect: Callable[..., Dialect] = type(dialect)
    compiled = statement.compile(dialect=make_dialect(paramstyle=style), column_keys=names)
    binds = {name: compiled.binds[name] for name in compiled.positiontup}
    return _Compiled(
        text=str(compiled),
        parameters=tuple(
            (name, binds[name].type.dialect_impl(dialect).bind_processor(dialect))
            for name in compiled.positiontup
        ),
        constants={name: bind.value for name, bind in binds.items() if bind.value is not None},
        columns=tuple(
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in returned
        ),
    )


def _run(
    connection: Connection, compiled: _Compiled, text: str, values: list[Any]
) -> list[tuple[Any, ...]]:
    """Run ``text`` on the driver's connection, in the transaction that is open there."""
    with closing(connection.connection.cursor()) as cursor:
        cursor.execute(text, values)
        return [compiled.read(each) for each in cursor.fetchall()] if compiled.columns else []


class Prepared:
    """A statement with named parameters; ``returned`` are the columns of its rows, if it has any.

    It is given by itself, or by a function of the connection where databases spell it differently.
    Its text must not depend on the values.
    """

    def __init__(
        self,
        statement: ClauseElement | Callable[[Connection], ClauseElement],
        returned: Sequence[Column[Any]] = (),
    ) -> None:
        self._statement = statement
        self._returned = returned
        self._compiled: dict[str, _Compiled] = {}

    def _for(self, connection: Connection) -> _Compiled:
        dialect = connection.dialect
        compiled = self._compiled.get(dialect.name)
        if compiled is None:
            given = self._statement
            statement = given if isinstance(given, ClauseElement) else given(connection)
            compiled = _compile(statement, dialect, self._returned, None)
            self._compiled[dialect.name] = compiled
        return compiled

    def rows(self, connection: Connection, row: _Row) -> list[tuple[Any, ...]]:
        """Run it once; the rows that came back."""
        compiled = self._for(connection)
        return _run(connection, compiled, compiled.text, compiled.values(row))

    def run(self, connection: Connection, rows: Sequence[_Row]) -> None:
        """Run it for each of ``rows``; nothing comes back."""
        if rows:
            compiled = self._for(connection)
            with closing(connection.connection.cursor()) as cursor:
                cursor.executemany(compiled.text, [compiled.values(row) for row in rows])


class PreparedInsert:
    """INSERT of many rows as one statement: one round trip, and it can say which rows were new.

    With ``ignore_existing`` rows whose primary key exists are skipped; ``returning`` is the column
    of the rows that were written, which ``write`` gives back. Columns that are left ``out`` get
    what the database gives them.
    """

    def __init__(
        self,
        table: Table,
        *,
        ignore_existing: bool = False,
        returning: Column[Any] | None = None,
        out: Collection[str] = (),
    ) -> None:
        self._table = table
        self._ignore_existing = ignore_existing
        self._returned = () if returning is None else (returning,)
        # What counts itself up is left to the database.
        self._names = [
            column.name
            for column in table.columns
            if column is not table.autoincrement_column and column.name not in out
        ]
        self._compiled: dict[str, tuple[_Compiled, str, str, str]] = {}

    def _for(self, connection: Connection) -> tuple[_Compiled, str, str, str]:
        parts = self._compiled.get(connection.dialect.name)
        if parts is None:
            statement: Any = (
                insert_or_ignore(connection, self._table)
                if self._ignore_existing
                else insert(self._table)
            )
            if self._returned:
                statement = statement.returning(*self._returned)
            compiled = _compile(statement, connection.dialect, self._returned, self._names)
            head, _, rest = compiled.text.partition(" VALUES (")
            one, _, tail = rest.partition(")")
            parts = compiled, f"{head} VALUES ", f"({one})", tail
            self._compiled[connection.dialect.name] = parts
        return parts

    def write(self, connection: Connection, rows: Sequence[_Row]) -> list[Any]:
        """Insert ``rows``; the ``returning`` column of those that were written."""
        written: list[Any] = []
        for start in range(0, len(rows), _MOST_ROWS):
            written += self._write(connection, rows[start : start + _MOST_ROWS])
        return written

    def _write(self, connection: Connection, rows: Sequence[_Row]) -> list[Any]:
        compiled, head, one, tail = self._for(connection)
        text = f"{head}{', '.join([one] * len(rows))}{tail}"
        values: list[Any] = []
        for row in rows:
            values += compiled.values(row)
        return [each for (each,) in _run(connection, compiled, text, values)]
