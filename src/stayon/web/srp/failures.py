"""What failed and why, in words, with what people can do about it (PIA R3)."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState
from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_board import Reason
from stayon.ports.campaign_desk import CampaignDesk
from stayon.web.srp.opened import HERE, open_campaign
from stayon.web.visits import Door, PageRefusal, Visit

_A_PAGE: Final = 50


@dataclass(frozen=True, slots=True)
class Failing:
    """One cause: how many devices were given up for it, how many wait for another attempt.

    ``words`` and ``action`` are the retry policy's: what it means, and what to do about it.
    """

    cause: str
    words: str
    action: str
    ends: tuple[tuple[EndState, int], ...]
    waiting: int
    codes: tuple[str, ...]

    @property
    def given_up(self) -> int:
        """Devices that are not tried again by themselves."""
        return sum(number for _, number in self.ends)


def by_cause(reasons: Sequence[Reason], retry: RetryPolicy) -> list[Failing]:
    """The reasons put together, the cause with most devices first."""
    together: dict[str, list[Reason]] = {}
    for one in reasons:
        together.setdefault(one.cause, []).append(one)
    return sorted(
        (_failing(cause, found, retry) for cause, found in together.items()),
        key=lambda one: (-one.given_up, -one.waiting, one.cause),
    )


def _failing(cause: str, found: Sequence[Reason], retry: RetryPolicy) -> Failing:
    ends = dict.fromkeys(EndState, 0)
    for one in found:
        if one.end is not None:
            ends[one.end] += one.devices
    known = retry.causes.get(cause)
    return Failing(
        cause,
        known.words if known else "a cause that the policy does not name any more",
        known.action if known else "Visit, or call the home",
        tuple((end, number) for end, number in ends.items() if number),
        sum(one.devices for one in found if one.end is None),
        tuple(sorted({one.code for one in found if one.code})),
    )


def routes(door: Door, desk: CampaignDesk, retry: RetryPolicy) -> Sequence[BaseRoute]:
    """Where the pages are."""

    async def page(visit: Visit) -> Response:
        opened = await open_campaign(visit, desk)
        reasons = await asyncio.to_thread(opened.board.reasons)
        return visit.page("srp/failures", **opened.context(), failing=by_cause(reasons, retry))

    async def meters(visit: Visit) -> Response:
        opened = await open_campaign(visit, desk)
        cause = visit.path("cause")
        if cause not in retry.causes:
            raise PageRefusal("there is no such cause", 404)
        after = visit.query("after")
        begin = None if after is None else Eui64.parse(after)
        found = await asyncio.to_thread(opened.board.given_up, cause, begin, _A_PAGE)
        return visit.page(
            "srp/failed_meters",
            **opened.context(),
            cause=retry.causes[cause],
            found=found,
            following=found[-1][0].device_id if len(found) == _A_PAGE else None,
        )

    base = f"{HERE}/campaigns/{{number:int}}/failures"
    return [
        Route(base, door.endpoint(page, Area.SRP), methods=["GET"]),
        Route(f"{base}/{{cause}}", door.endpoint(meters, Area.SRP), methods=["GET"]),
    ]
