"""Where things stand: the list in force, instructions, what waits for somebody."""

from collections.abc import Sequence

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.web.visits import Door, Visit


def routes(door: Door, store: SsmiStore) -> Sequence[BaseRoute]:
    """Where the page is."""

    async def overview(visit: Visit) -> Response:
        reference = await store.reference()
        files = await store.failed_suppliers_files()
        applied = reference.applied_list
        standing = [
            row
            for index, row in enumerate(applied.rows if applied else ())
            if applied is not None and index not in applied.withdrawals
        ]
        newest = 0 if applied is None else applied.file_id
        return visit.page(
            "ssmi/overview",
            applied=applied,
            standing=standing,
            waiting=[one for one in files if one.applied_at is None and one.file_id > newest],
            unconfirmed=[one for one in reference.instructions if one.confirmed_at is None],
            confirmed=[one for one in reference.instructions if one.confirmed_at is not None],
            thresholds=reference.thresholds,
        )

    return [Route("/ssmi", door.endpoint(overview, Area.SSMI))]
