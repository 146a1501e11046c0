"""ADT files: what one would allow, and handing it in with an ARO's signature (R4, R6.A, D4)."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.data_management.adt_file import COLUMNS
from stayon.parties.dsp.data_management.adt_submission import AdtFile, AdtFiles
from stayon.parties.dsp.data_management.failed_suppliers import FileError
from stayon.ports.accounts import Area
from stayon.ports.nominations import JobRole
from stayon.web.ssi.officers import Officers
from stayon.web.visits import Door, PageRefusal, Visit, text_of, upload_of

HERE: Final = "/ssi/adt"


class _AdtPages:
    def __init__(self, officers: Officers, files: AdtFiles) -> None:
        self._officers = officers
        self._files = files

    async def show(self, visit: Visit) -> Response:
        await self._officers.officer(visit)
        return self._page(visit)

    def _page(
        self,
        visit: Visit,
        preview: AdtFile | None = None,
        problems: Sequence[str] = (),
        status: int = 200,
    ) -> Response:
        return visit.page(
            "ssi/adt",
            status=status,
            columns=COLUMNS,
            preview=preview,
            problems=problems,
            may_submit=visit.account.role.decides,
        )

    async def take(self, visit: Visit) -> Response:
        form = await visit.form()
        officer = await self._officers.officer(visit)
        act = text_of(form, "act")
        _, content = await upload_of(form, "file")
        try:
            if act == "preview":
                return self._page(visit, await self._files.preview(content, officer.user_id))
            if act != "submit":
                raise PageRefusal("act: is preview or submit")
            officer.require(JobRole.ARO)
            _, signature = await upload_of(form, "signature")
            name = officer.person.name
            taken = await self._files.submit(content, signature, officer.user_id, name)
        except FileError as error:
            return self._page(visit, problems=error.problems, status=422)
        words = f"{len(taken.changes)} thresholds are set, as {taken.signed_by} has signed."
        return visit.go_to("/ssi", words)


def routes(door: Door, officers: Officers, files: AdtFiles) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _AdtPages(officers, files), Area.SSI
    return [
        Route(HERE, door.endpoint(pages.show, area), methods=["GET"]),
        Route(HERE, door.endpoint(pages.take, area, acts=True), methods=["POST"]),
    ]
