"""What people tell a campaign: start, stop, pause, resume, another pace, retry a cause."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_board import Reason
from stayon.ports.campaign_control import OrderKind
from stayon.ports.campaign_desk import CampaignDesk
from stayon.web.srp.opened import HERE, Opened, open_campaign
from stayon.web.visits import Door, PageRefusal, Visit, text_of

_FASTEST: Final = 1000.0


def pace_of(text: str) -> float:
    """Requests a second; raises ``PageRefusal``."""
    try:
        pace = float(text)
    except ValueError:
        pace = 0.0
    if not 0.01 <= pace <= _FASTEST:
        raise PageRefusal(f"pace: is a number of requests a second, at most {_FASTEST:g}")
    return pace


class _OrderingPages:
    def __init__(self, desk: CampaignDesk, retry: RetryPolicy) -> None:
        self._desk = desk
        self._retry = retry

    async def start(self, visit: Visit) -> Response:
        form = await visit.form()
        opened = await open_campaign(visit, self._desk)
        pace = pace_of(text_of(form, "pace"))
        if opened.campaign.started_at is not None and pace != opened.pace:
            # An order of before would otherwise have the last word.
            await self._give(visit, opened, OrderKind.PACE, f"{pace:g}")
        await self._start(visit, opened, pace)
        return visit.go_to(
            opened.path, f"The campaign runs, at {pace:g} requests a second at most."
        )

    async def stop(self, visit: Visit) -> Response:
        await visit.form()
        opened = await open_campaign(visit, self._desk)
        await asyncio.to_thread(self._desk.stop, opened.campaign.number)
        return visit.go_to(opened.path, "The campaign was told to stop; it can be started again.")

    async def pause(self, visit: Visit) -> Response:
        return await self._order(
            visit, OrderKind.PAUSE, "Nothing more is sent until it is resumed."
        )

    async def resume(self, visit: Visit) -> Response:
        return await self._order(visit, OrderKind.RESUME, "The campaign goes on.")

    async def pace(self, visit: Visit) -> Response:
        form = await visit.form()
        opened = await open_campaign(visit, self._desk)
        pace = pace_of(text_of(form, "pace"))
        await self._give(visit, opened, OrderKind.PACE, f"{pace:g}")
        return visit.go_to(opened.path, f"From now on {pace:g} requests a second at most.")

    async def retry(self, visit: Visit) -> Response:
        form = await visit.form()
        opened = await open_campaign(visit, self._desk)
        cause = text_of(form, "cause")
        if cause not in self._retry.causes:
            raise PageRefusal(f"cause: is none of {', '.join(self._retry.causes)}")
        reasons = await asyncio.to_thread(opened.board.reasons)
        number = given_up_for(reasons, cause)
        if not number:
            raise PageRefusal("no device is given up for this cause")
        if not opened.alive and await asyncio.to_thread(self._desk.running) is not None:
            raise PageRefusal("another campaign runs: this one can be retried after it")
        await self._give(visit, opened, OrderKind.RETRY, cause)
        if not opened.alive:
            await self._start(visit, opened, opened.pace)
        return visit.go_to(
            opened.path, f"{number:,} device{' is' if number == 1 else 's are'} tried again."
        )

    async def _order(self, visit: Visit, kind: OrderKind, said: str) -> Response:
        await visit.form()
        opened = await open_campaign(visit, self._desk)
        if not opened.alive:
            raise PageRefusal("the campaign does not run")
        await self._give(visit, opened, kind, "")
        return visit.go_to(opened.path, said)

    async def _give(self, visit: Visit, opened: Opened, kind: OrderKind, value: str) -> None:
        await asyncio.to_thread(
            opened.control.give, kind, value, by=visit.account.name, at=visit.door.clock.now()
        )

    async def _start(self, visit: Visit, opened: Opened, pace: float) -> None:
        await asyncio.to_thread(
            self._desk.start,
            opened.campaign.number,
            pace,
            by=visit.account.name,
            at=visit.door.clock.now(),
        )


def given_up_for(reasons: Sequence[Reason], cause: str) -> int:
    """How many devices were given up for a cause."""
    return sum(one.devices for one in reasons if one.cause == cause and one.end is not None)


def routes(door: Door, desk: CampaignDesk, retry: RetryPolicy) -> Sequence[BaseRoute]:
    """Where orders are given."""
    pages = _OrderingPages(desk, retry)
    doing = (
        ("start", pages.start),
        ("stop", pages.stop),
        ("pause", pages.pause),
        ("resume", pages.resume),
        ("pace", pages.pace),
        ("retry", pages.retry),
    )
    return [
        Route(
            f"{HERE}/campaigns/{{number:int}}/{name}",
            door.endpoint(do, Area.SRP, acts=True),
            methods=["POST"],
        )
        for name, do in doing
    ]
