"""Requests that are kept and not actioned (D13, D14)."""

from stayon.checks.outcome import Quarantined
from stayon.checks.sec import attribute_limits, volume_threshold
from stayon.duis.dcc_alerts import Breach

_BREACHES = {
    attribute_limits.CHECK.check_id: Breach.ATTRIBUTE_LIMITS,
    volume_threshold.CHECK.check_id: Breach.USER_THRESHOLD,
}


def breach_of(verdict: Quarantined) -> Breach:
    """What the alert names; whatever the DCC itself holds back counts as its own threshold."""
    return _BREACHES.get(verdict.check, Breach.DCC_THRESHOLD)
