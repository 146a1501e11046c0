"""The store of accounts in an SQL database; each call is one transaction."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, delete, insert, select, update
from sqlalchemy import event as listening
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

from stayon.adapters.accounts_store import schema
from stayon.adapters.accounts_store.rows import (
    account_row,
    event_row,
    read_account,
    read_event,
    read_session,
    session_row,
    to_number,
)
from stayon.ports.accounts import Account, AccountEvent, AccountsUnavailable, Session


class SqlAccountStore:
    """Implements ``stayon.ports.accounts.AccountStore``; safe to call from several threads."""

    def __init__(self, url: str | URL) -> None:
        parsed = make_url(url)
        self._engine = create_engine(parsed, pool_pre_ping=True)
        if parsed.get_backend_name() == "sqlite":
            listening.listen(self._engine, "connect", _set_up_sqlite)
        try:
            _migrate(self._engine)
        except BaseException:
            self._engine.dispose()
            raise

    @classmethod
    def in_file(cls, path: Path) -> "SqlAccountStore":
        """A store in an SQLite file that its owner alone may read, made or brought up to date."""
        # Made here, so that it never exists with other permissions.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
        return cls(URL.create("sqlite", database=str(path)))

    def close(self) -> None:
        """Let go of the database."""
        self._engine.dispose()

    def put(self, account: Account) -> None:
        """Add an account, or replace the one of this name."""
        with _transaction(self._engine) as connection:
            connection.execute(delete(schema.account).where(schema.account.c.name == account.name))
            connection.execute(insert(schema.account), account_row(account))

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        with _transaction(self._engine) as connection:
            found = connection.execute(select(schema.account).where(schema.account.c.name == name))
            row = found.one_or_none()
        return None if row is None else read_account(row)

    def account_of(self, subject: str) -> Account | None:
        """The account of somebody at the OpenID provider."""
        wanted = select(schema.account).where(schema.account.c.subject == subject)
        with _transaction(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else read_account(row)

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        with _transaction(self._engine) as connection:
            rows = connection.execute(select(schema.account).order_by(schema.account.c.name)).all()
        return tuple(map(read_account, rows))

    def begin_session(self, session: Session) -> None:
        """Keep a session."""
        with _transaction(self._engine) as connection:
            connection.execute(insert(schema.session), session_row(session))

    def session(self, digest: bytes) -> Session | None:
        """The session with this digest."""
        wanted = select(schema.session).where(schema.session.c.digest == digest)
        with _transaction(self._engine) as connection:
            row = connection.execute(wanted).one_or_none()
        return None if row is None else read_session(row)

    def touch_session(self, digest: bytes, at: datetime) -> None:
        """Somebody used the session."""
        changed = update(schema.session).where(schema.session.c.digest == digest)
        with _transaction(self._engine) as connection:
            connection.execute(changed.values(seen_at=to_number(at)))

    def end_session(self, digest: bytes) -> None:
        """Forget a session; one that is not there is no mistake."""
        with _transaction(self._engine) as connection:
            connection.execute(delete(schema.session).where(schema.session.c.digest == digest))

    def end_sessions_of(self, name: str) -> None:
        """Forget every session of an account."""
        with _transaction(self._engine) as connection:
            connection.execute(delete(schema.session).where(schema.session.c.account == name))

    def record(self, event: AccountEvent) -> None:
        """Write down what somebody did."""
        with _transaction(self._engine) as connection:
            connection.execute(insert(schema.event), event_row(event))

    def events(self, limit: int) -> tuple[AccountEvent, ...]:
        """The newest events, newest first."""
        newest = select(schema.event).order_by(schema.event.c.number.desc()).limit(limit)
        with _transaction(self._engine) as connection:
            return tuple(map(read_event, connection.execute(newest).all()))


@contextmanager
def _transaction(engine: Engine) -> Iterator[Connection]:
    try:
        with engine.begin() as connection:
            yield connection
    except SQLAlchemyError as error:
        raise AccountsUnavailable(
            f"the store of accounts does not answer: {type(error).__name__}"
        ) from error


def _set_up_sqlite(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.close()


def _migrate(engine: Engine) -> None:
    configuration = Config()
    configuration.set_main_option("script_location", "stayon.adapters.accounts_store:migrations")
    with _transaction(engine) as connection:
        configuration.attributes["connection"] = connection
        try:
            command.upgrade(configuration, "head")
        except CommandError as error:
            raise AccountsUnavailable(f"the store of accounts: {error}") from error
