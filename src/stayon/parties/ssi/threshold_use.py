"""How much of a User's thresholds is used in their present windows (D14)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management import ReferenceView
from stayon.parties.dsp.request_management.thresholds import window_start
from stayon.ports.store_reference import ReferenceData, ThresholdRule


class ThresholdStore(Protocol):
    """Where thresholds and their counts are."""

    async def reference(self) -> ReferenceData:
        """See ``ReferenceStore.reference``."""
        ...

    async def volume_used(self, rule: ThresholdRule, window: datetime) -> int:
        """How much of a threshold is used in the window that begins then."""
        ...


@dataclass(frozen=True, slots=True)
class ThresholdUse:
    """A threshold, what is used of it in its present window, and that window (UTC)."""

    rule: ThresholdRule
    used: int
    begins: datetime
    until: datetime
    in_effect: bool


async def uses_of(
    user_id: Eui64, view: ReferenceView, store: ThresholdStore, now: datetime
) -> list[ThresholdUse]:
    """Every threshold of a User; one of the contingency has effect while an instruction has."""
    reference = await view.latest()
    found = []
    for rule in (await store.reference()).thresholds:
        if rule.user_id != user_id:
            continue
        begins = window_start(now, rule.period_seconds)
        in_effect = rule.role is not UserRole.SOLR_CONTINGENCY or any(
            each.srp == user_id and in_force(each, now)
            for each in reference.instructions(rule.supplier)
        )
        used = await store.volume_used(rule, begins)
        ends = begins + timedelta(seconds=rule.period_seconds)
        found.append(ThresholdUse(rule, used, begins, ends, in_effect))
    return found
