"""The SSMI's routes for ADT files: the DCC's people hand in what a User's ARO has signed (R4)."""

from typing import Any

from fastapi import APIRouter, Request

from stayon.parties.adt_documents import (
    AdtFileDocument,
    SignedFileDocument,
    adt_document,
    octets_of,
)
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.json_service import read_file


def add_adt_files(router: APIRouter, adt_files: AdtFiles, operator: Any) -> None:
    """Add the routes; ``operator`` is the dependency that names who asks."""

    @router.post("/adt-files/preview")
    async def preview(request: Request) -> AdtFileDocument:
        """What an ADT file (text/csv) would change for the User it names; nothing changes."""
        return adt_document(await adt_files.preview(await read_file(request), None))

    @router.post("/adt-files", status_code=201)
    async def submit(wanted: SignedFileDocument, by: operator) -> AdtFileDocument:
        """Hand in an ADT file that an ARO of the User it names has signed."""
        content = octets_of(wanted.file, "file")
        signature = octets_of(wanted.signature, "signature")
        return adt_document(await adt_files.submit(content, signature, None, by))
