"""Every campaign, and how a portfolio becomes one."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.srp.portfolio import COLUMNS, PortfolioError, load_portfolio
from stayon.ports.accounts import Area
from stayon.ports.campaign_desk import CampaignDesk
from stayon.web.srp.opened import HERE, look_at
from stayon.web.visits import Door, PageRefusal, Visit, text_of, upload_of

IMPORT: Final = f"{HERE}/import"
LARGEST_PORTFOLIO: Final = 64 * 1024 * 1024
_LONGEST_NAME: Final = 100
_PROBLEMS_SHOWN: Final = 200


class _CampaignPages:
    def __init__(self, desk: CampaignDesk) -> None:
        self._desk = desk

    async def overview(self, visit: Visit) -> Response:
        def look() -> list[object]:
            return [look_at(self._desk, each.number) for each in self._desk.campaigns()]

        return visit.page("srp/campaigns", all=await asyncio.to_thread(look))

    async def form(self, visit: Visit) -> Response:
        return self._form(visit, 200)

    async def take(self, visit: Visit) -> Response:
        form = await visit.form(LARGEST_PORTFOLIO)
        name = text_of(form, "name")
        if len(name) > _LONGEST_NAME:
            raise PageRefusal(f"name: has at most {_LONGEST_NAME} characters")
        file, portfolio = await upload_of(form, "portfolio")
        try:
            devices = await asyncio.to_thread(load_portfolio, portfolio)
        except PortfolioError as refused:
            return self._form(visit, 422, refused, file, name)
        kept = await asyncio.to_thread(
            self._desk.keep,
            name,
            portfolio,
            devices,
            by=visit.account.name,
            at=visit.door.clock.now(),
        )
        said = f"{kept.devices:,} devices are kept. Nothing is sent before the campaign is started."
        return visit.go_to(f"{HERE}/campaigns/{kept.number}/dry-run", said)

    @staticmethod
    def _form(
        visit: Visit,
        status: int,
        refused: PortfolioError | None = None,
        file: str = "",
        name: str = "",
    ) -> Response:
        problems = () if refused is None else refused.problems
        return visit.page(
            "srp/import",
            status=status,
            columns=COLUMNS,
            file=file,
            name=name,
            problems=problems[:_PROBLEMS_SHOWN],
            more=max(0, len(problems) - _PROBLEMS_SHOWN),
        )


def routes(door: Door, desk: CampaignDesk) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _CampaignPages(desk), Area.SRP
    return [
        Route(HERE, door.endpoint(pages.overview, area), methods=["GET"]),
        Route(IMPORT, door.endpoint(pages.form, area), methods=["GET"]),
        Route(IMPORT, door.endpoint(pages.take, area, acts=True), methods=["POST"]),
    ]
