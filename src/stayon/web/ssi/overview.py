"""A User's own thresholds and their use, jobs and certificates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.checks.periods import in_force
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management import ReferenceView
from stayon.parties.dsp.request_management.facts import window_start
from stayon.parties.ssi.api import SsiStore
from stayon.ports.accounts import Area
from stayon.ports.store_reference import ThresholdRule
from stayon.web.ssi.officers import Officers
from stayon.web.visits import Door, Visit


@dataclass(frozen=True, slots=True)
class ThresholdUse:
    """A threshold, what is used of it in its present window, and when that ends (UTC)."""

    rule: ThresholdRule
    used: int
    until: datetime
    in_effect: bool


async def uses_of(
    user_id: Eui64, view: ReferenceView, store: SsiStore, now: datetime
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
        found.append(ThresholdUse(rule, used, ends, in_effect))
    return found


def routes(
    door: Door, officers: Officers, view: ReferenceView, store: SsiStore
) -> Sequence[BaseRoute]:
    """Where the page is."""

    async def overview(visit: Visit) -> Response:
        officer = await officers.officer(visit)
        reference = await view.latest()
        user = reference.records.get(officer.user_id)
        known = reference.certificates.of_owner(officer.user_id)
        return visit.page(
            "ssi/overview",
            officer=officer,
            user=user,
            thresholds=await uses_of(officer.user_id, view, store, visit.door.clock.now()),
            certificates=sorted(known, key=lambda each: each.certificate.not_before),
        )

    return [Route("/ssi", door.endpoint(overview, Area.SSI))]
