"""The evidence for any one meter: every attempt, what was sent, what the meter signed."""

import asyncio
from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.parties.srp.proof import prove
from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_board import Attempt, Found
from stayon.ports.campaign_desk import CampaignDesk
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.web.reading_messages import readable
from stayon.web.srp.opened import HERE, open_campaign
from stayon.web.visits import Door, PageRefusal, Visit

_LONGEST_MPXN: Final = 13


def wanted(text: str) -> Eui64 | str:
    """A device identifier or an MPxN, by how it looks; raises ``PageRefusal`` for neither."""
    if text.isdecimal() and text.isascii() and len(text) <= _LONGEST_MPXN:
        return text
    try:
        return Eui64.parse(text)
    except FieldError:
        raise PageRefusal(
            "find: is neither a device identifier such as 02-5A-5C-01-00-00-00-07 nor an MPAN or"
            " MPRN"
        ) from None


class _MeterPages:
    def __init__(self, desk: CampaignDesk, lookup: CertificateLookup, retry: RetryPolicy) -> None:
        self._desk = desk
        self._lookup = lookup
        self._retry = retry

    async def search(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        text = visit.query("find") or ""
        problem, status = "", 200
        found: Sequence[Found] = ()
        if text:
            try:
                found = await asyncio.to_thread(opened.board.find, wanted(text))
            except PageRefusal as error:
                problem, status = str(error), error.status
        return visit.page(
            "srp/meters",
            status=status,
            **opened.context(),
            text=text,
            found=found,
            problem=problem,
        )

    async def show(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        try:
            device_id = Eui64.parse(visit.path("device"))
        except FieldError as error:
            raise PageRefusal(str(error), 404) from None
        found = await asyncio.to_thread(opened.board.find, device_id)
        if not found:
            raise PageRefusal(f"{device_id} is not in this campaign", 404)
        ((device, progress),) = found
        attempts = await asyncio.to_thread(opened.board.attempts, device_id)
        evidence = await asyncio.to_thread(opened.store.evidence, device_id)
        now = visit.door.clock.now()
        shown = _chosen(attempts, visit.query("attempt"))
        kept = None if evidence is None else evidence.response or evidence.command
        return visit.page(
            "srp/meter",
            **opened.context(),
            device=device,
            progress=progress,
            attempts=attempts,
            shown=shown,
            sent=None if shown is None or shown.request is None else readable(shown.request),
            evidence=evidence,
            answer=None if kept is None else readable(kept),
            verdict=None if evidence is None else await prove(device, evidence, self._lookup, now),
            cause=self._retry.causes.get(progress.cause),
        )


def _chosen(attempts: Sequence[Attempt], number: str | None) -> Attempt | None:
    """The attempt that the address asks for; else the last one that was signed."""
    if number is not None:
        chosen = next((one for one in attempts if str(one.number) == number), None)
        if chosen is None:
            raise PageRefusal("there is no such attempt", 404)
        return chosen
    return next((one for one in reversed(attempts) if one.request is not None), None)


def routes(
    door: Door, desk: CampaignDesk, lookup: CertificateLookup, retry: RetryPolicy
) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages = _MeterPages(desk, lookup, retry)
    base = f"{HERE}/campaigns/{{number:int}}/meters"
    return [
        Route(base, door.endpoint(pages.search, Area.SRP), methods=["GET"]),
        Route(f"{base}/{{device}}", door.endpoint(pages.show, Area.SRP), methods=["GET"]),
    ]
