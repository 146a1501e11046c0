"""Opening the SMKI's database, and bringing its schema up to date."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, func, select, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from stayon.ports.smki_store import CertificateStoreUnavailable

_OWNERSHIP = 0x534D4B49
"""The number of the advisory lock on PostgreSQL: "SMKI"."""
_HOLDER = text(
    "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND objid = :lock"
    " AND pid = :session"
    " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_KEEP_ALIVE = {"tcp_keepalives_idle": 10, "tcp_keepalives_interval": 5, "tcp_keepalives_count": 3}
"""Seconds: after half a minute PostgreSQL lets go of the lock of a machine that has gone."""
_BUSY_TIMEOUT_MILLISECONDS = 10_000
"""How long a writer waits for a reader from outside (a copy being made, a database tool)."""


@dataclass(frozen=True, slots=True)
class Engines:
    """One engine for transactions that write, one for single queries of what is committed."""

    writing: Engine
    reading: Engine

    def dispose(self) -> None:
        """Close every connection."""
        self.reading.dispose()
        self.writing.dispose()


def open_engines(url: str | URL) -> Engines:
    """Engines for ``url``; connections are made on first use."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return Engines(
            create_engine(parsed, pool_pre_ping=True),
            create_engine(parsed, pool_pre_ping=True, isolation_level="AUTOCOMMIT"),
        )
    engines = Engines(create_engine(parsed), create_engine(parsed))
    for engine in (engines.writing, engines.reading):
        event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engines.writing, "begin", _begin_sqlite)
    return engines


def _set_up_sqlite(connection: Any, _record: object) -> None:
    # The driver's own idea of transactions would commit and begin behind our back.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MILLISECONDS}")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _begin_sqlite(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


@contextmanager
def reaching_database() -> Iterator[None]:
    """Raise ``CertificateStoreUnavailable`` for whatever the database raises inside."""
    try:
        yield
    except SQLAlchemyError as error:
        raise CertificateStoreUnavailable(
            f"the SMKI's database does not answer: {type(error).__name__}"
        ) from error


def migrate(engine: Engine) -> None:
    """Bring the schema of ``engine`` (the one that writes) up to date; idempotent.

    Raises ``CertificateStoreUnavailable`` for a schema that this code is too old for.
    """
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.smki_store:migrations")
    with reaching_database(), engine.begin() as connection:
        configuration.attributes["connection"] = connection
        try:
            command.upgrade(configuration, "head")
        except CommandError as error:
            raise CertificateStoreUnavailable(f"the SMKI's database: {error}") from error


class Ownership:
    """The right of one store to a database file, until it is released or the process ends.

    A second store would not see in its memory what the first one revokes. The lock is on a file
    of its own: SQLite would lose its locks if anybody else opened and closed the database.
    """

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = path.with_name(f"{path.name}.lock")
        self._descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise CertificateStoreUnavailable(
                f"{path} is in use: an SMKI is running on it"
            ) from None

    def release(self) -> None:
        """Let another store have the database."""
        os.close(self._descriptor)


class ServerOwnership:
    """The right of one store to a PostgreSQL database, held by an advisory lock of a session.

    It ends with the session, so the server is told to look after a silent one. ``regain`` is for
    who has to know whether it has ended; ``require`` refuses a transaction that has no right to it.
    """

    def __init__(self, url: URL) -> None:
        self._engine = create_engine(url, isolation_level="AUTOCOMMIT")
        self._connection: Connection | None = None
        self._session = 0
        with reaching_database():
            owned = self._take()
        if not owned:
            self.release()
            raise CertificateStoreUnavailable("the database is in use: an SMKI is running on it")

    def _take(self) -> bool:
        connection = self._engine.connect()
        try:
            for setting, value in _KEEP_ALIVE.items():
                connection.exec_driver_sql(f"SET {setting} = {value}")
            session: int = connection.execute(select(func.pg_backend_pid())).scalar_one()
            taken = connection.execute(select(func.pg_try_advisory_lock(_OWNERSHIP)))
            if taken.scalar_one():
                self._connection, self._session = connection, session
        finally:
            if self._connection is not connection:
                _let_go(connection)
        return self._connection is not None

    def regain(self) -> bool:
        """Whether the right had been lost and is had again; False where it never was lost.

        Raises ``OwnershipLost`` when another store has it now, and ``CertificateStoreUnavailable``
        while the server does not answer.
        """
        with reaching_database():
            known = self._connection
            try:
                if known is not None:
                    known.execute(select(func.pg_backend_pid()))
                    return False
            except SQLAlchemyError:
                self._connection = None
                _let_go(known)
            owned = self._take()
        if owned:
            return True
        raise OwnershipLost("another SMKI has the database now")

    def require(self, connection: Connection) -> None:
        """Raise ``CertificateStoreUnavailable`` unless the right is had while this transaction is.

        The lock's row is looked up under the number of the session that took it.
        """
        held = connection.execute(_HOLDER, {"lock": _OWNERSHIP, "session": self._session})
        if held.first() is None:
            raise CertificateStoreUnavailable("this SMKI has lost its right to the database")

    def release(self) -> None:
        """Let another store have the database."""
        if self._connection is not None:
            self._connection.close()
        self._engine.dispose()


def _let_go(connection: Connection | None) -> None:
    """End its session, if that has not ended yet."""
    if connection is None:
        return
    with suppress(SQLAlchemyError):
        connection.invalidate()
        connection.close()


class OwnershipLost(CertificateStoreUnavailable):
    """Another store has the database: what this one has in memory is of no use any more."""
