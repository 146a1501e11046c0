"""Codes and short names in the words that people of the operations room use."""

from collections.abc import Mapping
from typing import Final

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis import codes
from stayon.ports.accounts import AccountRole

_ROUTES: Final = {
    "csp-north": "CSP North",
    "csp-central-south": "CSP Central & South",
    "s1sp-cgi-ie": "S1SP CGI IE",
    "s1sp-secure": "S1SP Secure",
    "s1sp-trilliant": "S1SP Trilliant",
}
_JOBS: Final = {
    AccountRole.DCC_OPERATOR: "DCC operator",
    AccountRole.DCC_VIEWER: "DCC viewer",
    AccountRole.SRO: "SRO",
    AccountRole.ARO: "ARO",
    AccountRole.USER_STAFF: "User's staff",
    AccountRole.CAMPAIGN_OPERATOR: "campaign operator",
    AccountRole.CAMPAIGN_VIEWER: "campaign viewer",
}
_ALERTS: Final = {
    "810D": "low credit",
    "8119": "below the emergency credit threshold",
    "8168": "armed by emergency credit",
    "81AA": "emergency credit used up",
    "81AB": "emergency credit activated",
    "8F0F": "supply disabled for want of credit",
    "8F32": "supply armed",
    "8F47": "top-up over the maximum balance",
    "8F5B": "top-up over the maximum credit",
    "8F66": "future-dated command executed",
    "8F67": "future-dated command failed",
    "8F1D": "GSME power supply loss",
    "8F1F": "low battery capacity",
    "8F3F": "tamper detected",
    "8F73": "unauthorised access: battery cover",
    "8F74": "unauthorised access: meter cover",
    "8F75": "unauthorised access: strong magnetic field",
    "8F76": "unauthorised access: terminal cover",
    "8F77": "unauthorised access: second terminal cover",
    "8F78": "unauthorised access: other",
}
ROUTES: Final = tuple(_ROUTES)
"""Every WAN and S1SP, in the order in which they are shown."""


def route(value: str) -> str:
    """A WAN or S1SP."""
    return _ROUTES.get(value, value)


def target(value: str, names: Mapping[Eui64, str]) -> str:
    """Whom a piece of work is for: a WAN, an S1SP, or a User by name."""
    try:
        return names.get(Eui64.parse(value), value)
    except StayonError:
        return route(value)


def job(role: AccountRole) -> str:
    """What somebody is."""
    return _JOBS[role]


def answer(code: str) -> str:
    """What an answer of the DSP says; empty for what is no code of DUIS."""
    return {
        "I99": "accepted, outcome to follow",
        "quarantined": "held by anomaly detection",
        "warning": "passed, over a warning threshold",
    }.get(code) or codes.RESPONSE_CODES.get(code, "")


def alert(code: str) -> str:
    """What a Device Alert is about; empty for a code that the emulated meters do not raise."""
    return _ALERTS.get(code.upper(), "")
