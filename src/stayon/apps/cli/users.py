"""``stayon users``: who may sign in to the pages."""

import json
import secrets
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Any

import click

from stayon.adapters.accounts_store.sql import SqlAccountStore
from stayon.adapters.clock.system import SystemClock
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant
from stayon.ports.accounts import Account, AccountRole
from stayon.web.signing_in.accounts import Accounts
from stayon.web.signing_in.one_time_codes import code_at, enrolment_address

ACCOUNTS_FILE = "accounts.sqlite"


@click.group()
def users() -> None:
    """Accounts of the people who use the pages.

    A new account gets a password that is shown once, and an address for an authenticator app. Who
    may write the store of accounts may do everything: these commands ask for no password.
    """


def _accounts_command(command: Callable[..., None]) -> Callable[..., None]:
    @click.option(
        "--world",
        type=click.Path(path_type=Path, file_okay=False, exists=True),
        envvar="STAYON_WORLD",
        help=f"Folder of a world; its accounts are in {ACCOUNTS_FILE}.",
    )
    @click.option("--database-url", help="Store of accounts, instead of --world.")
    @wraps(command)
    def wrapped(*, world: Path | None, database_url: str | None, **options: Any) -> None:
        if database_url is not None:
            store = SqlAccountStore(database_url)
        elif world is not None:
            store = SqlAccountStore.in_file(world / ACCOUNTS_FILE)
        else:
            raise click.UsageError("say where the accounts are: --world DIR or --database-url URL")
        with closing(store):
            command(accounts=Accounts(store, SystemClock()), **options)

    return wrapped


_name = click.argument("name")


@users.command()
@_name
@click.option("--person", required=True, help="Whose account it is, for example 'Alice Smith'.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in AccountRole]),
    required=True,
    help="What they may do.",
)
@click.option("--user", help="EUI-64 of the DCC User that an SSI role acts for.")
@click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
@_accounts_command
def add(
    accounts: Accounts, *, name: str, person: str, role: str, user: str | None, as_json: bool
) -> None:
    """Make an account; prints its password and the address for an authenticator app, once."""
    password = new_password()
    account = accounts.create(
        name, person, AccountRole(role), password, None if user is None else Eui64.parse(user)
    )
    _show_secrets(account, password, as_json=as_json)


@users.command()
@_name
@click.option("--json", "as_json", is_flag=True, help="JSON, for a machine to read.")
@_accounts_command
def reset(accounts: Accounts, *, name: str, as_json: bool) -> None:
    """Give somebody a new password and authenticator; ends their sessions and lifts a lock."""
    password = new_password()
    _show_secrets(accounts.reset(name, password), password, as_json=as_json)


@users.command("list")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_accounts_command
def list_users(accounts: Accounts, *, as_json: bool) -> None:
    """Every account with its role and state."""
    now = SystemClock().now()
    for account in accounts.all():
        found = {
            "name": account.name,
            "person": account.person,
            "role": account.role.value,
            "user_id": None if account.user_id is None else str(account.user_id),
            "state": _state(account, now),
            "made": format_instant(account.created_at),
        }
        line = json.dumps(found) if as_json else "  ".join(str(v) for v in found.values() if v)
        click.echo(line)


@users.command()
@_name
@_accounts_command
def disable(accounts: Accounts, *, name: str) -> None:
    """Close an account and end its sessions."""
    click.echo(f"{accounts.set_disabled(name, disabled=True).name}: disabled")


@users.command()
@_name
@_accounts_command
def enable(accounts: Accounts, *, name: str) -> None:
    """Open an account that was disabled, and lift a lock."""
    click.echo(f"{accounts.set_disabled(name, disabled=False).name}: enabled")


@users.command()
@_name
@_accounts_command
def code(accounts: Accounts, *, name: str) -> None:
    """Print the one-time code of this moment, for demonstrations and tests."""
    click.echo(code_at(accounts.get(name).code_secret, SystemClock().now()))


@users.command()
@click.option("--last", type=click.IntRange(1, 10_000), default=50, show_default=True)
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@_accounts_command
def events(accounts: Accounts, *, last: int, as_json: bool) -> None:
    """What people did on the pages and what was done to their accounts, newest first."""
    for event in accounts.events(last):
        found = {
            "at": format_instant(event.at),
            "account": event.account,
            "action": event.action,
            "outcome": event.outcome,
        }
        click.echo(json.dumps(found) if as_json else "  ".join(found.values()))


def new_password() -> str:
    """A password that nobody guesses: 120 bits."""
    return secrets.token_urlsafe(15)


def _state(account: Account, now: datetime) -> str:
    if account.disabled:
        return "disabled"
    locked = account.locked_until is not None and now < account.locked_until
    return "locked" if locked else "active"


def _show_secrets(account: Account, password: str, *, as_json: bool) -> None:
    address = enrolment_address(account.code_secret, account.name)
    if as_json:
        found = {"name": account.name, "password": password, "authenticator": address}
        click.echo(json.dumps(found))
        return
    click.echo(
        f"name           {account.name}\npassword       {password}\nauthenticator  {address}"
    )
