"""The dry run: what a campaign would send, before anything is sent (PIA A6)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.metering import Generation
from stayon.domain.metering import Route as Carrier
from stayon.ports.accounts import Area
from stayon.ports.campaign_board import Count, Dimension
from stayon.ports.campaign_desk import CampaignDesk
from stayon.web.srp.opened import HERE, Opened, open_campaign
from stayon.web.visits import Door, Visit

_PACES: Final = (5, 10, 20, 50, 100)


@dataclass(frozen=True, slots=True)
class DryRun:
    """What would be sent; ``without_key`` are devices whose supplier's key is not held here.

    ``calls`` counts what is asked of the DSP for one attempt at each: Transform and Send Command
    for a SMETS2+ meter, Send Command for a SMETS1 meter.
    """

    suppliers: Sequence[Count]
    fuels: Sequence[Count]
    routes: Sequence[Count]
    regions: Sequence[Count]
    generations: Sequence[tuple[Generation, int]]
    keyless: Sequence[Count]
    calls: int

    @property
    def without_key(self) -> int:
        """How many devices cannot be signed for."""
        return sum(one.devices for one in self.keyless)


def first_pass(devices: int, per_second: float) -> timedelta:
    """How long the first attempts take at a pace, in whole seconds."""
    return timedelta(seconds=round(devices / per_second))


def _count(opened: Opened, desk: CampaignDesk) -> DryRun:
    board = opened.board
    suppliers = board.counts(Dimension.SUPPLIER)
    routes = board.counts(Dimension.ROUTE)
    by_generation = dict.fromkeys(Generation, 0)
    for one in routes:
        by_generation[Carrier(one.value).generation] += one.devices
    held = {str(each) for each in desk.keys_held()}
    return DryRun(
        suppliers,
        board.counts(Dimension.FUEL),
        routes,
        board.counts(Dimension.REGION),
        list(by_generation.items()),
        [one for one in suppliers if one.value not in held],
        by_generation[Generation.SMETS1] + 2 * by_generation[Generation.SMETS2],
    )


def routes(door: Door, desk: CampaignDesk) -> Sequence[BaseRoute]:
    """Where the page is."""

    async def page(visit: Visit) -> Response:
        opened = await open_campaign(visit, desk)
        devices = opened.standing.devices
        return visit.page(
            "srp/dry_run",
            **opened.context(),
            dry=await asyncio.to_thread(_count, opened, desk),
            paces=[(pace, first_pass(devices, pace)) for pace in _PACES],
            busy=await asyncio.to_thread(desk.running),
        )

    path = f"{HERE}/campaigns/{{number:int}}/dry-run"
    return [Route(path, door.endpoint(page, Area.SRP), methods=["GET"])]
