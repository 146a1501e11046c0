"""Time-based one-time codes (RFC 6238): six digits, thirty seconds, SHA-1 as every app has it."""

from datetime import datetime
from hmac import compare_digest

import pyotp

_STEP_SECONDS = 30
_ISSUER = "Stayon"


def new_secret() -> str:
    """A secret in base32, 160 bits."""
    return pyotp.random_base32()


def enrolment_address(secret: str, name: str) -> str:
    """The ``otpauth`` address that an authenticator app takes."""
    return pyotp.TOTP(secret).provisioning_uri(name=name, issuer_name=_ISSUER)


def code_at(secret: str, at: datetime) -> str:
    """The code at an instant."""
    return pyotp.HOTP(secret).at(_step(at))


def step_of(secret: str, code: str, at: datetime, last: int) -> int | None:
    """The time step that ``code`` belongs to; None for a wrong one or one used before.

    The steps before and after the present one count, because clocks differ. ``last`` is the step
    of the last code used: it and what lies before it is not accepted again.
    """
    now, found = _step(at), None
    for step in (now - 1, now, now + 1):
        right = compare_digest(pyotp.HOTP(secret).at(step).encode(), code.encode())
        if right and step > last:
            found = step
    return found


def _step(at: datetime) -> int:
    return int(at.timestamp()) // _STEP_SECONDS
