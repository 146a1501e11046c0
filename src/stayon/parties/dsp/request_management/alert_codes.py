"""DCC Alert codes as the policy gives them (``codes.toml``, [dcc_alerts]; decision 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

from stayon.policy.alerts import DccAlertKind, DccAlertRule


@dataclass(frozen=True, slots=True)
class DccAlertCodes:
    """The code for each kind of DCC Alert; ``since`` says which DUIS version brought a code."""

    command_failure: str
    no_response: str
    quarantined: str
    quarantine_deleted: str
    threshold_warning: str
    s1sp_alert: str
    version_mismatch: str
    change_of_supplier: str
    since: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, rules: Mapping[DccAlertKind, DccAlertRule]) -> Self:
        """From a policy's rules, which have every kind."""
        return cls(
            **{kind.value: rules[kind].code for kind in DccAlertKind},
            since={rule.code: rule.since for rule in rules.values()},
        )
