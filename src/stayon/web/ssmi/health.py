"""How the DSP is doing: queues, routes, alerts by code, storms, performance measures (PANEL)."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.ports.accounts import Area
from stayon.ports.operations import Operations
from stayon.web.visits import Door, PageRefusal, Visit
from stayon.web.words import ROUTES

HERE: Final = "/ssmi/health"
_HOUR: Final = timedelta(hours=1)


def routes(door: Door, operations: Operations) -> Sequence[BaseRoute]:
    """Where the pages and their live part are."""

    async def page(visit: Visit) -> Response:
        now = visit.door.clock.now()
        return visit.page("ssmi/health", health=await operations.health(now), routes=ROUTES)

    async def measures(visit: Visit) -> Response:
        """One hour at a time: a day of a campaign has millions of rows behind it."""
        present = visit.door.clock.now().replace(minute=0, second=0, microsecond=0)
        hour = min(_hour(visit) or present, present)
        return visit.page(
            "ssmi/measures",
            hour=hour,
            before=hour - _HOUR,
            after=hour + _HOUR if hour < present else None,
            measures=await operations.measures(hour, hour + _HOUR),
        )

    async def live(visit: Visit) -> Response:
        health = await operations.health(visit.door.clock.now())
        return visit.part("ssmi/health_now", health=health, routes=ROUTES)

    return [
        Route(HERE, door.endpoint(page, Area.SSMI)),
        Route(f"{HERE}/now", door.endpoint(live, Area.SSMI)),
        Route(f"{HERE}/measures", door.endpoint(measures, Area.SSMI)),
    ]


def _hour(visit: Visit) -> datetime | None:
    text = visit.query("hour")
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PageRefusal("hour: is no date and time") from None
    if found.tzinfo is None:
        raise PageRefusal("hour: says no time zone")
    return found.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
