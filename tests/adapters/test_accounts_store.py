"""The store of accounts in SQLite."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import column, create_engine, table, update

from stayon.adapters.accounts_store.schema import VERSION_TABLE, metadata
from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import (
    Account,
    AccountEvent,
    AccountRole,
    AccountsError,
    AccountsUnavailable,
    Session,
)

NOW = datetime(2026, 11, 20, 17, 0, 0, 123456, tzinfo=UTC)
ALICE = Account("alice", "Alice Smith", AccountRole.DCC_OPERATOR, "hash", "SECRET", NOW)
CAROL = Account(
    "carol", "Carol Jones", AccountRole.ARO, "hash", "SECRET", NOW, user_id=Eui64(bytes(8)),
    disabled=True, failures=3, locked_until=NOW + timedelta(minutes=15), last_code=59_000_000,
)  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqlAccountStore]:
    opened = SqlAccountStore.in_file(tmp_path / "accounts.sqlite")
    yield opened
    opened.close()


def test_accounts_come_back_as_they_were_put(store: SqlAccountStore) -> None:
    store.put(CAROL)
    store.put(ALICE)
    assert store.accounts() == (ALICE, CAROL)
    assert store.account("carol") == CAROL
    assert store.account("nobody") is None


def test_an_account_is_replaced_by_name(store: SqlAccountStore) -> None:
    store.put(ALICE)
    changed = Account("alice", "Alice Brown", AccountRole.DCC_VIEWER, "other", "OTHER", NOW)
    store.put(changed)
    assert store.accounts() == (changed,)


def test_sessions_begin_are_used_and_end(store: SqlAccountStore) -> None:
    first, second = Session(b"1" * 32, "alice", NOW, NOW), Session(b"2" * 32, "alice", NOW, NOW)
    other = Session(b"3" * 32, "carol", NOW, NOW)
    for session in (first, second, other):
        store.begin_session(session)
    later = NOW + timedelta(minutes=5)
    store.touch_session(first.digest, later)
    assert store.session(first.digest) == Session(first.digest, "alice", NOW, later)
    store.end_session(first.digest)
    assert store.session(first.digest) is None
    store.end_sessions_of("alice")
    assert store.session(second.digest) is None
    assert store.session(other.digest) == other


def test_events_come_newest_first(store: SqlAccountStore) -> None:
    events = [AccountEvent(NOW, "alice", f"action {number}", "done") for number in range(3)]
    for event in events:
        store.record(event)
    assert store.events(2) == (events[2], events[1])


def test_what_is_kept_is_there_for_the_next_process(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    first = SqlAccountStore.in_file(path)
    first.put(ALICE)
    first.close()
    second = SqlAccountStore.in_file(path)
    assert second.account("alice") == ALICE
    second.close()


def test_only_the_owner_may_read_the_file(store: SqlAccountStore, tmp_path: Path) -> None:
    store.put(ALICE)
    assert {file.stat().st_mode & 0o077 for file in tmp_path.iterdir()} == {0}


def test_the_migrations_make_the_schema(store: SqlAccountStore, tmp_path: Path) -> None:
    del store
    engine = create_engine(f"sqlite:///{tmp_path / 'accounts.sqlite'}")
    with engine.connect() as connection:
        options = {"version_table": VERSION_TABLE}
        assert (
            compare_metadata(MigrationContext.configure(connection, opts=options), metadata) == []
        )
    engine.dispose()


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    path.write_bytes(b"not a database, whatever it is called" * 100)
    with pytest.raises(AccountsUnavailable, match="does not answer"):
        SqlAccountStore.in_file(path)


def test_a_newer_schema_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "accounts.sqlite"
    SqlAccountStore.in_file(path).close()
    engine = create_engine(f"sqlite:///{path}")
    with engine.begin() as connection:
        version = table(VERSION_TABLE, column("version_num"))
        connection.execute(update(version).values(version_num="9999"))
    engine.dispose()
    with pytest.raises(AccountsUnavailable, match="9999"):
        SqlAccountStore.in_file(path)


@pytest.mark.requirement("R4", refuses=True)
@pytest.mark.parametrize(
    ("role", "user_id"),
    [(AccountRole.ARO, None), (AccountRole.DCC_OPERATOR, Eui64(bytes(8)))],
)
def test_ssi_roles_and_no_others_act_for_a_user(role: AccountRole, user_id: Eui64 | None) -> None:
    with pytest.raises(AccountsError, match="an SSI role acts for a User"):
        Account("dave", "Dave", role, "hash", "SECRET", NOW, user_id=user_id)
