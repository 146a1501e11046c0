"""What a campaign leaves on paper: results, people's list, field pack, close-out report."""

import asyncio
import io
import json
import zipfile
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from stayon.parties.srp.close_out import FIRST_STOP, as_markdown, close_out
from stayon.parties.srp.field_pack import MANIFEST_COLUMNS, local_deliveries, manifest_row
from stayon.parties.srp.people import PEOPLE_COLUMNS, people_list
from stayon.parties.srp.results import COLUMNS, result_rows
from stayon.parties.srp.spreadsheet import csv_lines
from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_desk import CampaignDesk
from stayon.ports.campaign_store import CampaignStore
from stayon.web.srp.opened import HERE, Opened, open_campaign
from stayon.web.visits import Door, PageRefusal, Visit

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer as Buffer

_CHUNK: Final = 64 * 1024


class _Growing(io.RawIOBase):
    """What is written into it is taken out in pieces: a file that nobody has to keep whole."""

    def __init__(self) -> None:
        self._pieces = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: "Buffer") -> int:
        octets = bytes(piece)
        self._pieces += octets
        return len(octets)

    def take(self) -> bytes:
        piece = bytes(self._pieces)
        self._pieces.clear()
        return piece

    def __len__(self) -> int:
        return len(self._pieces)


def field_pack_zip(store: CampaignStore, retry: RetryPolicy) -> Iterator[bytes]:
    """The field pack as a ZIP, piece by piece: a Command a file, manifest.csv, people.csv."""
    growing = _Growing()
    with zipfile.ZipFile(growing, "w", zipfile.ZIP_DEFLATED) as pack:
        rows = []
        for delivery in local_deliveries(store):
            pack.writestr(delivery.file_name, delivery.command)
            rows.append(manifest_row(delivery))
            if len(growing) > _CHUNK:
                yield growing.take()
        pack.writestr("manifest.csv", "".join(csv_lines(MANIFEST_COLUMNS, rows)))
        people = (one.row() for one in people_list(store, retry))
        pack.writestr("people.csv", "".join(csv_lines(PEOPLE_COLUMNS, people)))
    yield growing.take()


class _PaperPages:
    def __init__(self, desk: CampaignDesk, retry: RetryPolicy) -> None:
        self._desk = desk
        self._retry = retry

    async def page(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        return visit.page("srp/papers", **opened.context(), warning=FIRST_STOP)

    async def results(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        lines = csv_lines(COLUMNS, result_rows(opened.store))
        return _download(opened, lines, "results.csv", "text/csv")

    async def people(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        rows = (one.row() for one in people_list(opened.store, self._retry))
        return _download(opened, csv_lines(PEOPLE_COLUMNS, rows), "people.csv", "text/csv")

    async def field_pack(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        pack = field_pack_zip(opened.store, self._retry)
        return _download(opened, pack, "field-pack.zip", "application/zip")

    async def close_out(self, visit: Visit) -> Response:
        opened = await open_campaign(visit, self._desk)
        form = visit.path("form")
        if form not in ("json", "md"):
            raise PageRefusal("there is no such form of the report", 404)
        orders = await asyncio.to_thread(opened.control.orders)
        report = await asyncio.to_thread(close_out, opened.store, self._retry, orders)
        if form == "json":
            text = json.dumps(report, indent=2) + "\n"
            return _download(opened, iter([text]), "close-out.json", "application/json")
        return _download(opened, iter([as_markdown(report)]), "close-out.md", "text/markdown")


def _download(
    opened: Opened, content: Iterator[str] | Iterator[bytes], name: str, kind: str
) -> Response:
    file = f"campaign-{opened.campaign.number}-{name}"
    return StreamingResponse(
        content,
        media_type=kind,
        headers={
            "Content-Disposition": f'attachment; filename="{file}"',
            "Cache-Control": "no-store",
        },
    )


def routes(door: Door, desk: CampaignDesk, retry: RetryPolicy) -> Sequence[BaseRoute]:
    """Where the papers are."""
    pages, area = _PaperPages(desk, retry), Area.SRP
    base = f"{HERE}/campaigns/{{number:int}}"
    looking = (
        ("papers", pages.page),
        ("results.csv", pages.results),
        ("people.csv", pages.people),
        ("field-pack.zip", pages.field_pack),
    )
    return [
        *(
            Route(f"{base}/{name}", door.endpoint(do, area), methods=["GET"])
            for name, do in looking
        ),
        Route(f"{base}/close-out/{{form}}", door.endpoint(pages.close_out, area), methods=["GET"]),
    ]
