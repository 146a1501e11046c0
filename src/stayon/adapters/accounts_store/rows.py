"""Accounts, sessions and events as rows, and back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import Account, AccountEvent, AccountRole, Session

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def to_number(instant: datetime) -> int:
    """Whole microseconds since 1970-01-01T00:00:00Z."""
    return (instant - _EPOCH) // _MICROSECOND


def _instant(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def account_row(account: Account) -> dict[str, Any]:
    """The columns of ``schema.account``."""
    locked, user = account.locked_until, account.user_id
    return {
        "name": account.name,
        "person": account.person,
        "role": account.role.value,
        "password_hash": account.password_hash,
        "code_secret": account.code_secret,
        "created_at": to_number(account.created_at),
        "user_id": None if user is None else user.hex,
        "disabled": account.disabled,
        "failures": account.failures,
        "locked_until": None if locked is None else to_number(locked),
        "last_code": account.last_code,
        "subject": account.subject or None,
    }


def read_account(row: Any) -> Account:
    """The inverse of ``account_row``."""
    return Account(
        name=row.name,
        person=row.person,
        role=AccountRole(row.role),
        password_hash=row.password_hash,
        code_secret=row.code_secret,
        created_at=_instant(row.created_at),
        user_id=None if row.user_id is None else Eui64.parse(row.user_id),
        disabled=row.disabled,
        failures=row.failures,
        locked_until=None if row.locked_until is None else _instant(row.locked_until),
        last_code=row.last_code,
        subject=row.subject or "",
    )


def session_row(session: Session) -> dict[str, Any]:
    """The columns of ``schema.session``."""
    return {
        "digest": session.digest,
        "account": session.account,
        "started_at": to_number(session.started_at),
        "seen_at": to_number(session.seen_at),
    }


def read_session(row: Any) -> Session:
    """The inverse of ``session_row``."""
    return Session(row.digest, row.account, _instant(row.started_at), _instant(row.seen_at))


def event_row(event: AccountEvent) -> dict[str, Any]:
    """The columns of ``schema.event``, but for the number."""
    return {
        "at": to_number(event.at),
        "account": event.account,
        "action": event.action,
        "outcome": event.outcome,
    }


def read_event(row: Any) -> AccountEvent:
    """The inverse of ``event_row``."""
    return AccountEvent(_instant(row.at), row.account, row.action, row.outcome)
