"""Opening a database: an engine for each kind of access, and the schema brought up to date."""

from enum import Enum
from typing import Any

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.engine.interfaces import IsolationLevel
from sqlalchemy.exc import OperationalError

_BUSY_TIMEOUT_MILLISECONDS = 10_000
"""How long a writer waits for another process's transaction before it gives up."""


class Access(Enum):
    """What an engine's connections are for."""

    WRITE = "transactions that write"
    SNAPSHOT = "transactions that read one moment"
    LATEST = "single queries, each of what is committed now"


_SQLITE_BEGIN = {Access.WRITE: "BEGIN IMMEDIATE", Access.SNAPSHOT: "BEGIN"}
"""IMMEDIATE takes the write lock at the start: a transaction that began by reading would fail when
it came to write after somebody else, and SQLite ignores ``FOR UPDATE``."""

_ISOLATION: dict[Access, IsolationLevel] = {
    Access.WRITE: "READ COMMITTED",
    Access.SNAPSHOT: "REPEATABLE READ",
    Access.LATEST: "AUTOCOMMIT",
}


def open_engine(url: str | URL, access: Access) -> Engine:
    """An engine for ``url``; connections are made on first use."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        server = create_engine(parsed, pool_pre_ping=True, isolation_level=_ISOLATION[access])
        event.listen(server, "connect", _set_up_postgresql)
        return server
    engine = create_engine(parsed, connect_args={"check_same_thread": False})
    event.listen(engine, "connect", _set_up_sqlite)
    if access in _SQLITE_BEGIN:
        statement = _SQLITE_BEGIN[access]
        event.listen(engine, "begin", lambda connection: _begin(connection, statement))
    return engine


def _begin(connection: Connection, statement: str) -> None:
    # On the driver's connection: SQLAlchemy's way costs ten times what SQLite does.
    driver = connection.connection.driver_connection
    assert driver is not None  # noqa: S101 - it has just been checked out
    try:
        driver.execute(statement).close()
    except driver_error(connection.engine) as error:
        raise OperationalError(statement, None, error) from error


def _set_up_postgresql(connection: Any, _record: object) -> None:
    # Whatever the server's default is: an acknowledgement leaves when the commit is on disk.
    connection.execute("SET synchronous_commit TO on")
    connection.commit()


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own idea of transactions would commit and begin behind our back.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    # An INSERT of many rows would make and unlink a file in /var/tmp (ADR 0013).
    cursor.execute("PRAGMA temp_store=MEMORY")
    cursor.execute("PRAGMA foreign_keys=ON")
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MILLISECONDS}")
    cursor.close()


def driver_error(engine: Engine) -> type[Exception]:
    """What the driver raises for whatever goes wrong, where SQLAlchemy does not translate it."""
    error: type[Exception] = engine.dialect.loaded_dbapi.Error
    return error


def migrate(engine: Engine) -> None:
    """Bring the schema of ``engine`` (one that writes) up to date; idempotent."""
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.storage:migrations")
    with engine.begin() as connection:
        configuration.attributes["connection"] = connection
        command.upgrade(configuration, "head")
