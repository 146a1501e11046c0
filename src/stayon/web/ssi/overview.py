"""A User's own thresholds and their use, jobs and certificates."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.data_management import ReferenceView
from stayon.parties.ssi.api import SsiStore
from stayon.parties.ssi.threshold_use import uses_of
from stayon.ports.accounts import Area
from stayon.web.ssi.officers import Officers
from stayon.web.visits import Door, Visit


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
