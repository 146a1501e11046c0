"""Accounts of the people who use the pages, their sessions, and what they did.

A password is kept as an argon2 hash, a session as the digest of its secret: who reads the store
cannot sign in with what stands there. The secret of the one-time codes has to be kept as it is.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64


class AccountsError(StayonError):
    """An account that cannot be, in words for who wanted it."""


class AccountsUnavailable(StayonError):
    """The store of accounts does not answer: nobody gets in."""


class Area(Enum):
    """Whose pages: the DCC's own, those of its Users, the Shared Resource Provider's."""

    SSMI = "ssmi"
    SSI = "ssi"
    SRP = "srp"


class AccountRole(Enum):
    """What somebody may do, by the job that they have (CSC DP108)."""

    DCC_OPERATOR = "dcc-operator"
    DCC_VIEWER = "dcc-viewer"
    SRO = "sro"
    ARO = "aro"
    USER_STAFF = "user-staff"
    CAMPAIGN_OPERATOR = "campaign-operator"
    CAMPAIGN_VIEWER = "campaign-viewer"

    @property
    def area(self) -> Area:
        """The one area that the role belongs to."""
        return _AREAS[self]

    @property
    def acts(self) -> bool:
        """Whether the role may do more than look."""
        return self not in _LOOKS_ONLY

    @property
    def decides(self) -> bool:
        """Whether the role releases and deletes what is in quarantine, and submits ADT files."""
        return self in {AccountRole.DCC_OPERATOR, AccountRole.ARO}


_AREAS = {
    AccountRole.DCC_OPERATOR: Area.SSMI,
    AccountRole.DCC_VIEWER: Area.SSMI,
    AccountRole.SRO: Area.SSI,
    AccountRole.ARO: Area.SSI,
    AccountRole.USER_STAFF: Area.SSI,
    AccountRole.CAMPAIGN_OPERATOR: Area.SRP,
    AccountRole.CAMPAIGN_VIEWER: Area.SRP,
}
_LOOKS_ONLY = {AccountRole.DCC_VIEWER, AccountRole.USER_STAFF, AccountRole.CAMPAIGN_VIEWER}


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    ``name`` is what they type, ``person`` who they are; ``user_id`` is the DCC User that they act
    for, which the roles of the SSI have and no other. ``code_secret`` (base32) makes the one-time
    codes; ``last_code`` is the time step of the last one used, so that none is used twice.
    ``subject`` is not empty for somebody who signs in at an OpenID provider and has no password
    here: it says who they are there (``ports.identity_provider``).
    """

    name: str
    person: str
    role: AccountRole
    password_hash: str
    code_secret: str
    created_at: datetime
    user_id: Eui64 | None = None
    disabled: bool = False
    failures: int = 0
    locked_until: datetime | None = None
    last_code: int = 0
    subject: str = ""

    def __post_init__(self) -> None:
        if (self.role.area is Area.SSI) != (self.user_id is not None):
            raise AccountsError(
                f"account {self.name}: an SSI role acts for a User (EUI-64), no other role does"
            )


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody is signed in; ``digest`` is the SHA-256 of the secret in their cookie."""

    digest: bytes
    account: str
    started_at: datetime
    seen_at: datetime


@dataclass(frozen=True, slots=True)
class AccountEvent:
    """Something that an account did or that was done to it; ``account`` is what was typed."""

    at: datetime
    account: str
    action: str
    outcome: str


class AccountStore(Protocol):
    """Where accounts are kept. Every call may raise ``AccountsUnavailable``, and blocks."""

    def put(self, account: Account) -> None:
        """Add an account, or replace the one of this name."""
        ...

    def account(self, name: str) -> Account | None:
        """The account of this name."""
        ...

    def account_of(self, subject: str) -> Account | None:
        """The account of somebody at the OpenID provider."""
        ...

    def accounts(self) -> tuple[Account, ...]:
        """Every account, by name."""
        ...

    def begin_session(self, session: Session) -> None:
        """Keep a session."""
        ...

    def session(self, digest: bytes) -> Session | None:
        """The session with this digest."""
        ...

    def touch_session(self, digest: bytes, at: datetime) -> None:
        """Somebody used the session."""
        ...

    def end_session(self, digest: bytes) -> None:
        """Forget a session; one that is not there is no mistake."""
        ...

    def end_sessions_of(self, name: str) -> None:
        """Forget every session of an account."""
        ...

    def record(self, event: AccountEvent) -> None:
        """Write down what somebody did."""
        ...

    def events(self, limit: int) -> tuple[AccountEvent, ...]:
        """The newest events, newest first."""
        ...
