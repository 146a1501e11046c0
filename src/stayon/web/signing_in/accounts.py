"""Signing in and out, and the life of an account."""

import secrets
from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from hmac import compare_digest
from hmac import digest as hmac_digest
from re import compile as pattern
from threading import Lock

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.ports.accounts import (
    Account,
    AccountEvent,
    AccountRole,
    AccountsError,
    AccountStore,
    Session,
)
from stayon.ports.clock import Clock
from stayon.ports.identity_provider import Identity
from stayon.web.signing_in.one_time_codes import new_secret, step_of
from stayon.web.signing_in.passwords import hash_password, matches

IDLE = timedelta(minutes=30)
LONGEST_SESSION = timedelta(hours=12)
FAILURES_BEFORE_LOCK = 5
LOCKED_FOR = timedelta(minutes=15)

_NO_PASSWORD = "!"  # noqa: S105 - the hash of none
_NAME = pattern(r"[a-z][a-z0-9.-]{1,63}")


class SignInRefused(StayonError):
    """Nobody was signed in. The words do not tell whether the account exists."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in. Every form of theirs carries ``form_token``."""

    account: Account
    form_token: str

    def has_form_token(self, found: str) -> bool:
        """Whether a form came from a page of this session."""
        return compare_digest(found.encode(), self.form_token.encode())


class Accounts:
    """The people who may use the pages. Calls block, for the store and the hash take their time."""

    def __init__(self, store: AccountStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        # One attempt at a time: failures are counted exactly, and hashing has one buffer.
        self._attempt = Lock()

    def create(
        self, name: str, person: str, role: AccountRole, password: str, user_id: Eui64 | None = None
    ) -> Account:
        """Make an account; raises ``AccountsError`` for one that cannot be or is there already."""
        if not _NAME.fullmatch(name):
            raise AccountsError(
                f"account name {name[:70]!r}: a small letter, then small letters, digits, . or -"
            )
        if not person.strip():
            raise AccountsError("person: say whose account it is")
        if self._store.account(name) is not None:
            raise AccountsError(f"account {name} exists")
        account = Account(
            name=name,
            person=person.strip(),
            role=role,
            password_hash=hash_password(password),
            code_secret=new_secret(),
            created_at=self._clock.now(),
            user_id=user_id,
        )
        self._store.put(account)
        self.note(name, "account made", role.value)
        return account

    def sign_in(self, name: str, password: str, code: str) -> str:
        """Begin a session and return the secret for the cookie; raises ``SignInRefused``."""
        with self._attempt:
            found = self._store.account(name)
            known = matches(password, None if found is None else found.password_hash)
            if found is None:
                return self._refuse(name, "no such account")
            return self._sign_in(found, known, code.replace(" ", ""))

    def _sign_in(self, account: Account, known: bool, code: str) -> str:
        now = self._clock.now()
        if account.disabled:
            return self._refuse(account.name, "disabled")
        if account.subject:
            return self._refuse(account.name, "signs in at the OpenID provider")
        if account.locked_until is not None and now < account.locked_until:
            return self._refuse(account.name, "locked")
        step = step_of(account.code_secret, code, now, account.last_code)
        if not known or step is None:
            failures = account.failures + 1
            locks = failures >= FAILURES_BEFORE_LOCK
            self._store.put(
                replace(
                    account,
                    failures=0 if locks else failures,
                    locked_until=now + LOCKED_FOR if locks else None,
                )
            )
            return self._refuse(account.name, "wrong password" if not known else "wrong code")
        self._store.put(replace(account, failures=0, locked_until=None, last_code=step))
        return self._begin_session(account.name, "signed in")

    def sign_in_identified(self, identity: Identity) -> str:
        """Begin a session of somebody whom the OpenID provider names, in the role that it gives.

        Their account is made at the first time. Raises ``SignInRefused`` for one that is disabled.
        """
        with self._attempt:
            found = self._store.account_of(identity.subject)
            if found is None:
                found = self._made_for(identity)
            elif found.disabled:
                return self._refuse(found.name, "disabled")
            now = replace(
                found, person=identity.person, role=identity.role, user_id=identity.user_id
            )
            if now != found:
                self._store.put(now)
                self._store.end_sessions_of(now.name)
            words = f"signed in at the OpenID provider as {now.role.value}"
            return self._begin_session(now.name, words)

    def _made_for(self, identity: Identity) -> Account:
        # No name that is given here has an @, so nobody gets what is another's.
        name, number = f"{identity.login}@sso", 1
        while self._store.account(name) is not None:
            number += 1
            name = f"{identity.login}-{number}@sso"
        account = Account(
            name=name,
            person=identity.person,
            role=identity.role,
            password_hash=_NO_PASSWORD,
            code_secret=new_secret(),
            created_at=self._clock.now(),
            user_id=identity.user_id,
            subject=identity.subject,
        )
        self._store.put(account)
        self.note(name, "account made", f"{identity.role.value}, by the OpenID provider")
        return account

    def refuse_identified(self, why: str) -> None:
        """Write down that nobody was signed in at the provider's word."""
        self.note("", "sign in", f"refused: {why}"[:500])

    def _begin_session(self, name: str, outcome: str) -> str:
        secret, now = secrets.token_urlsafe(32), self._clock.now()
        self._store.begin_session(Session(_digest(secret), name, now, now))
        self.note(name, "sign in", outcome)
        return secret

    def _refuse(self, name: str, why: str) -> str:
        self.note(name[:64], "sign in", f"refused: {why}")
        raise SignInRefused("the name, the password or the code is wrong, or the account is locked")

    def who(self, secret: str) -> SignedIn | None:
        """Whoever has this secret in their cookie; None when the session is over."""
        digest, now = _digest(secret), self._clock.now()
        session = self._store.session(digest)
        if session is None:
            return None
        account = self._store.account(session.account)
        over = now >= session.started_at + LONGEST_SESSION or now >= session.seen_at + IDLE
        if over or account is None or account.disabled:
            self._store.end_session(digest)
            return None
        # Once a minute is enough for the idle limit and spares a commit a page.
        if now - session.seen_at >= timedelta(minutes=1):
            self._store.touch_session(digest, now)
        token = hmac_digest(secret.encode(), b"forms of this session", "sha256").hex()
        return SignedIn(account, token)

    def sign_out(self, secret: str) -> None:
        """End a session."""
        session = self._store.session(_digest(secret))
        if session is not None:
            self._store.end_session(session.digest)
            self.note(session.account, "sign out", "signed out")

    def change_password(self, account: Account, old: str, new: str) -> None:
        """Give somebody another password, on their own word; ends their other sessions too."""
        if not matches(old, account.password_hash):
            self.note(account.name, "change password", "refused: wrong password")
            raise AccountsError("the present password is wrong")
        self._replace_password(account, new)
        self.note(account.name, "change password", "done")

    def reset(self, name: str, password: str) -> Account:
        """Give somebody a new password and a new code secret, as an administrator does."""
        account = self._replace_password(self.get(name), password)
        account = replace(account, code_secret=new_secret(), last_code=0)
        self._store.put(account)
        self.note(name, "account reset", "done")
        return account

    def _replace_password(self, account: Account, password: str) -> Account:
        if account.subject:
            raise AccountsError(f"{account.name} signs in at the OpenID provider: no password here")
        changed = replace(
            account, password_hash=hash_password(password), failures=0, locked_until=None
        )
        self._store.put(changed)
        self._store.end_sessions_of(account.name)
        return changed

    def set_disabled(self, name: str, disabled: bool) -> Account:
        """Close an account and end its sessions, or open it again and lift a lock."""
        account = replace(self.get(name), disabled=disabled, failures=0, locked_until=None)
        self._store.put(account)
        if disabled:
            self._store.end_sessions_of(name)
        self.note(name, "account disabled" if disabled else "account enabled", "done")
        return account

    def get(self, name: str) -> Account:
        """The account of this name; raises ``AccountsError``."""
        found = self._store.account(name)
        if found is None:
            raise AccountsError(f"there is no account {name!r}")
        return found

    def all(self) -> tuple[Account, ...]:
        """Every account, by name."""
        return self._store.accounts()

    def note(self, name: str, action: str, outcome: str) -> None:
        """Write down what somebody did or tried."""
        self._store.record(AccountEvent(self._clock.now(), name, action, outcome))

    def events(self, limit: int = 200) -> tuple[AccountEvent, ...]:
        """What was done, newest first."""
        return self._store.events(limit)


def _digest(secret: str) -> bytes:
    return sha256(secret.encode()).digest()
