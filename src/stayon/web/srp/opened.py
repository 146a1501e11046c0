"""The campaign that a page is about, and how it goes."""

import asyncio
from dataclasses import dataclass
from enum import Enum
from typing import Any

from stayon.ports.campaign_board import CampaignBoard, Standing
from stayon.ports.campaign_control import CampaignControl, InForce, in_force
from stayon.ports.campaign_desk import (
    CampaignDesk,
    DeskCampaignStore,
    KeptCampaign,
    NoSuchCampaign,
)
from stayon.web.rendering import Link
from stayon.web.visits import PageRefusal, Visit

HERE = "/srp"
_LARGEST_NUMBER = 1 << 31


class Going(Enum):
    """How a campaign goes, in a word for people."""

    READY = "not started"
    RUNNING = "running"
    PAUSED = "paused"
    STOPPED = "stopped"
    DONE = "complete"


@dataclass(frozen=True, slots=True)
class Opened:
    """One campaign; ``pace`` is what was ordered last, in requests a second."""

    campaign: KeptCampaign
    going: Going
    standing: Standing
    ordered: InForce
    store: DeskCampaignStore

    @property
    def board(self) -> CampaignBoard:
        """What is counted."""
        return self.store.board

    @property
    def control(self) -> CampaignControl:
        """Its orders."""
        return self.store.control

    @property
    def pace(self) -> float:
        """Requests a second."""
        return self.ordered.pace or self.campaign.pace

    @property
    def path(self) -> str:
        """Where its pages are."""
        return f"{HERE}/campaigns/{self.campaign.number}"

    @property
    def alive(self) -> bool:
        """Whether its process runs."""
        return self.going in (Going.RUNNING, Going.PAUSED)

    def context(self) -> dict[str, Any]:
        """What each of its pages is told."""
        tabs = (
            Link(self.path, "Live"),
            Link(f"{self.path}/dry-run", "Dry run"),
            Link(f"{self.path}/failures", "What failed"),
            Link(f"{self.path}/meters", "Any one meter"),
            Link(f"{self.path}/papers", "Papers"),
        )
        return {"opened": self, "campaign": self.campaign, "tabs": tabs, "Going": Going}


def number_of(visit: Visit) -> int:
    """The campaign that the address names."""
    number = int(visit.path("number"))
    if number >= _LARGEST_NUMBER:
        raise PageRefusal("there is no such campaign", 404)
    return number


async def open_campaign(visit: Visit, desk: CampaignDesk) -> Opened:
    """The campaign that the address names; raises ``PageRefusal`` where there is none."""
    return await asyncio.to_thread(look_at, desk, number_of(visit))


def look_at(desk: CampaignDesk, number: int) -> Opened:
    """How a campaign goes; blocks."""
    try:
        campaign = desk.campaign(number)
        store = desk.store(number)
    except NoSuchCampaign as error:
        raise PageRefusal(str(error), 404) from None
    standing = store.board.standing()
    ordered = in_force(store.control.orders())
    going = _going(campaign, standing, ordered, runs=desk.running() == number)
    return Opened(campaign, going, standing, ordered, store)


def _going(campaign: KeptCampaign, standing: Standing, ordered: InForce, *, runs: bool) -> Going:
    if runs:
        return Going.PAUSED if ordered.paused else Going.RUNNING
    if standing.ended == standing.devices:
        return Going.DONE
    return Going.READY if campaign.started_at is None else Going.STOPPED
