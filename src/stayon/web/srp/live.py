"""A campaign while it runs: counts, times, forecast, the chart; pushed by server-sent events."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_board import Dimension
from stayon.ports.campaign_desk import CampaignDesk
from stayon.web.srp.chart import safe_over_time
from stayon.web.srp.failures import by_cause
from stayon.web.srp.milestones import SafeTimes, forecast, milestones
from stayon.web.srp.opened import HERE, Opened, look_at, open_campaign
from stayon.web.visits import Door, Visit

_LOOK_EVERY_SECONDS: Final = 1.0
# The browser comes again at once, and is asked anew who it is; and a server that is told to stop
# does not wait longer than this.
_STREAM_FOR: Final = timedelta(seconds=15)
_DRAWN_AT_MOST_EVERY: Final = timedelta(seconds=3)
_CHART_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'"


@dataclass(frozen=True, slots=True)
class _Drawn:
    safe: int
    at: datetime
    picture: bytes


class _LivePages:
    def __init__(self, desk: CampaignDesk, retry: RetryPolicy) -> None:
        self._desk = desk
        self._retry = retry
        self._drawn: dict[int, _Drawn] = {}
        self._known: dict[int, tuple[int, SafeTimes]] = {}

    async def page(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        words = await asyncio.to_thread(self._desk.last_words, opened.campaign.number)
        context = await asyncio.to_thread(self._counted, opened, visit.door.clock.now())
        return visit.page(
            "srp/live",
            **context,
            last_words=words,
            busy=await asyncio.to_thread(self._desk.running),
        )

    async def events(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        return StreamingResponse(
            self._stream(visit, opened.campaign.number),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def chart(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        picture = await asyncio.to_thread(self._draw, opened, visit.door.clock.now())
        return Response(
            picture,
            media_type="image/svg+xml",
            headers={"Content-Security-Policy": _CHART_POLICY, "Cache-Control": "no-store"},
        )

    async def _stream(self, visit: Visit, number: int) -> AsyncIterator[str]:
        clock = visit.door.clock
        until = clock.now() + _STREAM_FOR
        yield "retry: 500\n\n"
        before = None
        while clock.now() < until:
            opened = await asyncio.to_thread(look_at, self._desk, number)
            context = await asyncio.to_thread(self._counted, opened, clock.now())
            # A forecast moves with the clock: it is not told anew unless something has happened.
            counted = (opened.standing, opened.ordered, context["reasons"])
            if counted != before:
                yield event("live", visit.text("srp/live_now", now=clock.now(), **context))
                before = counted
            if not opened.alive:
                # The buttons change with it, so the page is loaded anew.
                yield event("over", "")
                return
            await clock.sleep(_LOOK_EVERY_SECONDS)

    def _counted(self, opened: Opened, now: datetime) -> dict[str, Any]:
        board = opened.board
        safe_times = self._safe_times(opened)
        shown: Sequence[Dimension] = (Dimension.ROUTE, Dimension.FUEL, Dimension.REGION)
        return {
            **opened.context(),
            "counts": {each.value: board.counts(each) for each in shown},
            "milestones": milestones(safe_times, opened.standing.devices),
            "forecast": forecast(opened.standing, board.waiting(), safe_times, opened.pace, now),
            "reasons": by_cause(board.reasons(), self._retry),
        }

    def _safe_times(self, opened: Opened) -> SafeTimes:
        """When how many became safe, which is read anew only when there are more."""
        number, safe = opened.campaign.number, opened.standing.safe
        known = self._known.get(number)
        if known is None or known[0] != safe:
            known = self._known[number] = (safe, opened.board.made_safe())
        return known[1]

    def _draw(self, opened: Opened, now: datetime) -> bytes:
        number, safe = opened.campaign.number, opened.standing.safe
        drawn = self._drawn.get(number)
        fresh = drawn is not None and (
            drawn.safe == safe or (opened.alive and now - drawn.at < _DRAWN_AT_MOST_EVERY)
        )
        if drawn is None or not fresh:
            began = opened.campaign.started_at or now
            picture = safe_over_time(self._safe_times(opened), opened.standing.devices, began)
            drawn = self._drawn[number] = _Drawn(safe, now, picture)
        return drawn.picture


def event(name: str, data: str) -> str:
    """A server-sent event; each line of ``data`` is one of it."""
    lines = "".join(f"data: {line}\n" for line in data.splitlines() or ("",))
    return f"event: {name}\n{lines}\n"


def routes(door: Door, desk: CampaignDesk, retry: RetryPolicy) -> Sequence[BaseRoute]:
    """Where the page, its events and its chart are."""
    pages, area = _LivePages(desk, retry), Area.SRP
    base = f"{HERE}/campaigns/{{number:int}}"
    return [
        Route(base, door.endpoint(pages.page, area), methods=["GET"]),
        Route(f"{base}/events", door.endpoint(pages.events, area), methods=["GET"]),
        Route(f"{base}/safe.svg", door.endpoint(pages.chart, area), methods=["GET"]),
    ]
