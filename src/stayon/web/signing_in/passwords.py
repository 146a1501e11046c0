"""Passwords, kept as argon2id hashes."""

from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from stayon.ports.accounts import AccountsError

SHORTEST, LONGEST = 12, 256

_HASHER = PasswordHasher()


@cache
def _nobodys() -> str:
    """A hash for accounts that do not exist; made when the first person signs in."""
    return _HASHER.hash("the password of an account that does not exist")


def hash_password(password: str) -> str:
    """The hash to keep; raises ``AccountsError`` for a password that is too short or long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise AccountsError(f"a password has {SHORTEST} to {LONGEST} characters")
    return _HASHER.hash(password)


def matches(password: str, password_hash: str | None) -> bool:
    """Whether it is the password; without a hash no, in the same time as with one."""
    nobodys = _nobodys()  # for everybody, so that making it tells nobody which accounts there are
    try:
        _HASHER.verify(password_hash or nobodys, password[: LONGEST + 1])
    except (VerificationError, InvalidHashError):
        return False
    return password_hash is not None
