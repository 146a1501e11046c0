"""Requests that are kept and not actioned (D13, D14)."""

from stayon.checks.sec import attribute_limits, volume_threshold
from stayon.duis.dcc_alerts import Breach

_BREACHES = {
    attribute_limits.CHECK.check_id: Breach.ATTRIBUTE_LIMITS,
    volume_threshold.CHECK.check_id: Breach.USER_THRESHOLD,
}


def breach_of(check_id: str) -> Breach:
    """What the alert names; whatever the DCC itself holds back counts as its own threshold."""
    return _BREACHES.get(check_id, Breach.DCC_THRESHOLD)


def liftable_by_user(check_id: str) -> bool:
    """Whether a User may lift, for its own requests, what this check holds.

    What the DCC holds back by itself stays closed to a User. Without an Authority instruction
    there is nothing to lift: the check runs again whoever asks.
    """
    return check_id in _LIFTABLE


_LIFTABLE = _BREACHES.keys() | {"mp134b/authority_instruction"}
