"""The Failed Suppliers list: upload, warnings, difference, apply, withdraw, history (D1, D2)."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management import Administration
from stayon.parties.dsp.data_management.difference import changes
from stayon.parties.dsp.data_management.failed_suppliers import COLUMNS, FileError
from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.ports.audit import AuditQuery
from stayon.web.visits import Door, PageRefusal, Visit, text_of, upload_of

HERE: Final = "/ssmi/failed-suppliers"

ADVICE: Final = {
    "identity": (
        "What the file says of the supplier is not what the DCC knows of it as a User.",
        "whoever sent the file, for the right EUI-64, name and identifiers of participants.",
    ),
    "suspended": (
        "The supplier's Party is not suspended, so it may not have failed.",
        "the Authority's desk, whether the licence is revoked; the SEC Panel suspends a Party.",
    ),
    "certificates": (
        "Requests for it get E65 until its certificates are revoked.",
        "the SMKI Policy Management Authority, when they will be.",
    ),
}
"""What each warning means, and who to ask."""


class _FailedSuppliersPages:
    def __init__(self, administration: Administration, store: SsmiStore) -> None:
        self._administration = administration
        self._store = store

    async def list_files(self, visit: Visit) -> Response:
        return await self._list(visit)

    async def _list(
        self, visit: Visit, problems: Sequence[str] = (), status: int = 200
    ) -> Response:
        files = await self._store.failed_suppliers_files()
        return visit.page(
            "ssmi/failed_suppliers",
            status=status,
            applied=(await self._store.reference()).applied_list,
            files=sorted(files, key=lambda file: -file.file_id),
            columns=COLUMNS,
            problems=problems,
            scanner=self._administration.scanner.description,
        )

    async def upload(self, visit: Visit) -> Response:
        _, content = await upload_of(await visit.form(), "file")
        try:
            file = await self._administration.upload(content, visit.account.name)
        except FileError as error:
            return await self._list(visit, error.problems, 422)
        words = f"File {file.file_id} is kept for review. Another person applies it."
        return visit.go_to(f"{HERE}/{file.file_id}", words)

    async def show(self, visit: Visit) -> Response:
        file = await self._administration.file(_number(visit))
        applied = (await self._store.reference()).applied_list
        return visit.page(
            "ssmi/failed_suppliers_file",
            file=file,
            in_force=applied is not None and applied.file_id == file.file_id,
            superseded=applied is not None and applied.file_id > file.file_id,
            changes=changes(applied, file),
            advice=ADVICE,
            looked_at=await self._looked_at(file.file_id),
        )

    async def _looked_at(self, file_id: int) -> str | None:
        """What the audit trail says of who looked at the file before it was read."""
        uploads = await self._store.audit_rows(AuditQuery(code="uploaded", step="administration"))
        of_this = (row.entry.detail for row in uploads if f": file {file_id}, " in row.entry.detail)
        detail = next(of_this, None)
        return None if detail is None else detail.partition("; ")[2]

    async def apply(self, visit: Visit) -> Response:
        form = await visit.form()
        file = await self._administration.file(_number(visit))
        reasons = [text_of(form, f"reason-{number}") for number in range(len(file.warnings))]
        await self._administration.apply(file.file_id, visit.account.name, reasons)
        return visit.go_to(
            f"{HERE}/{file.file_id}", f"File {file.file_id} is the list in force from now on."
        )

    async def withdraw(self, visit: Visit) -> Response:
        form = await visit.form()
        supplier = Eui64.parse(text_of(form, "supplier"))
        srp, reason = Eui64.parse(text_of(form, "srp")), text_of(form, "reason")
        file = await self._administration.withdraw(supplier, srp, visit.account.name, reason)
        return visit.go_to(f"{HERE}/{file.file_id}", f"{supplier} with {srp} is withdrawn.")


def routes(door: Door, administration: Administration, store: SsmiStore) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _FailedSuppliersPages(administration, store), Area.SSMI
    acting = [
        (HERE, pages.upload),
        (f"{HERE}/withdrawals", pages.withdraw),
        (f"{HERE}/{{number:int}}/apply", pages.apply),
    ]
    return [
        Route(HERE, door.endpoint(pages.list_files, area), methods=["GET"]),
        Route(f"{HERE}/{{number:int}}", door.endpoint(pages.show, area), methods=["GET"]),
        *(Route(path, door.endpoint(do, area, acts=True), methods=["POST"]) for path, do in acting),
    ]


def _number(visit: Visit) -> int:
    number = int(visit.path("number"))
    if number >= 1 << 31:
        raise PageRefusal("there is no such file", 404)
    return number
