"""DCC Alert codes and alert storm protection: the documents, the values, and what must hold.

Source: decision 1 (codes), R7 (safety-critical alerts), SECMP0062 (alert storm protection).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field

from stayon.duis.codes import DCC_ALERT_CODES
from stayon.policy.errors import PolicyError

SAFETY_CRITICAL: Final = frozenset(
    {0x8F1D, 0x8F1F, 0x8F3F, 0x8F73, 0x8F74, 0x8F75, 0x8F76, 0x8F77, 0x8F78}
)
"""The alerts of R7. They reach the supplier, however many they are."""

_CODES_FILE, _STORMS_FILE = "codes.toml", "alert_storms.toml"
AlertCode = Annotated[str, Field(pattern=r"^[0-9A-F]{4}$")]


class DccAlertKind(Enum):
    """A DCC Alert that Stayon sends, by its key in codes.toml."""

    COMMAND_FAILURE = "command_failure"
    NO_RESPONSE = "no_response"
    QUARANTINED = "quarantined"
    QUARANTINE_DELETED = "quarantine_deleted"
    THRESHOLD_WARNING = "threshold_warning"
    S1SP_ALERT = "s1sp_alert"
    VERSION_MISMATCH = "version_mismatch"
    CHANGE_OF_SUPPLIER = "change_of_supplier"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class DccAlertDocument(_Strict):
    """A line of [dcc_alerts] in codes.toml."""

    code: str
    since: Annotated[str, Field(pattern=r"^[1-9][0-9]?\.[0-9]{1,2}$")]
    why: Annotated[str, Field(min_length=1)]


class StormDocument(_Strict):
    """How many alerts pass in each period."""

    period_seconds: Annotated[int, Field(ge=1, le=366 * 86400)]
    allowed: Annotated[int, Field(ge=1, le=10_000_000)]


class AlertStormsDocument(_Strict):
    """alert_storms.toml."""

    default: StormDocument
    never: frozenset[AlertCode]
    codes: dict[AlertCode, StormDocument] = {}


@dataclass(frozen=True, slots=True)
class DccAlertRule:
    """The code of a DCC Alert, and the DUIS version from which on Users know it."""

    code: str
    since: str
    why: str


@dataclass(frozen=True, slots=True)
class StormRule:
    """At most ``allowed`` alerts of one device and code in each ``period``, aligned to UTC."""

    period: timedelta
    allowed: int


@dataclass(frozen=True, slots=True)
class StormProtection:
    """Which Device Alerts are held back when there are too many of them."""

    default: StormRule
    never: frozenset[int]
    codes: Mapping[int, StormRule]

    def rule(self, code: int) -> StormRule | None:
        """The rule for an alert code; None for one that is never held back."""
        return None if code in self.never else self.codes.get(code, self.default)


def dcc_alerts(found: Mapping[DccAlertKind, DccAlertDocument]) -> dict[DccAlertKind, DccAlertRule]:
    """Every kind with its code; raises ``PolicyError`` for one that DUIS does not have."""
    for kind in DccAlertKind:
        if kind not in found:
            raise PolicyError(_CODES_FILE, f"dcc_alerts.{kind.value}", "is missing")
        if found[kind].code not in DCC_ALERT_CODES:
            raise PolicyError(
                _CODES_FILE, f"dcc_alerts.{kind.value}.code", "is not a DCC Alert code of DUIS"
            )
    return {kind: DccAlertRule(each.code, each.since, each.why) for kind, each in found.items()}


def storm_protection(document: AlertStormsDocument) -> StormProtection:
    """The rules; raises ``PolicyError`` if a safety-critical alert could be held back (R7)."""
    never = frozenset(int(code, 16) for code in document.never)
    if missing := SAFETY_CRITICAL - never:
        raise PolicyError(
            _STORMS_FILE, "never", f"lacks {min(missing):04X}, which is safety-critical (R7)"
        )
    codes = {int(code, 16): _rule(entry) for code, entry in document.codes.items()}
    if both := never & codes.keys():
        raise PolicyError(
            _STORMS_FILE, f"codes.{min(both):04X}", "is among those that are never held back"
        )
    return StormProtection(_rule(document.default), never, codes)


def _rule(document: StormDocument) -> StormRule:
    return StormRule(timedelta(seconds=document.period_seconds), document.allowed)
