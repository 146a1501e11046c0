"""How the DSP is doing: queues, routes, alerts by code, storms, performance measures (PANEL)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.ports.accounts import Area
from stayon.ports.operations import Operations
from stayon.web.visits import Door, Visit

HERE: Final = "/ssmi/health"
_MEASURED: Final = timedelta(hours=24)


def routes(door: Door, operations: Operations) -> Sequence[BaseRoute]:
    """Where the page and its live part are."""

    async def page(visit: Visit) -> Response:
        now = visit.door.clock.now()
        return visit.page(
            "ssmi/health",
            health=await operations.health(now),
            measures=await operations.measures(now - _MEASURED, now),
        )

    async def live(visit: Visit) -> Response:
        health = await operations.health(visit.door.clock.now())
        return visit.part("ssmi/health_now", health=health)

    return [
        Route(HERE, door.endpoint(page, Area.SSMI)),
        Route(f"{HERE}/now", door.endpoint(live, Area.SSMI)),
    ]
