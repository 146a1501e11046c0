"""The SSMI's routes for changing a confirmed Authority instruction."""

from datetime import UTC
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.parties.dsp.data_management.amendments import Amendments
from stayon.parties.ssmi.documents import InstructionDocument, instruction_document


class ExtensionDocument(BaseModel):
    """A later end of an instruction; the document that says so stays with the DCC, as a hash."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    effective_to: AwareDatetime
    document_sha256: str = Field(pattern="^[0-9a-fA-F]{64}$")


class EndDocument(BaseModel):
    """Why an instruction ends now."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    reason: str = Field(min_length=1, max_length=400)


def add_amendments(router: APIRouter, amendments: Amendments, operator: Any) -> None:
    """Add the routes; ``operator`` is the dependency that names who asks."""

    @router.post("/authority-instructions/{reference}/extension", status_code=201)
    async def extend(reference: str, wanted: ExtensionDocument, by: operator) -> ExtensionDocument:
        """Enter a later end; a second person confirms it."""
        digest = bytes.fromhex(wanted.document_sha256)
        await amendments.extend(reference, wanted.effective_to.astimezone(UTC), digest, by)
        return wanted

    @router.post("/authority-instructions/{reference}/extension/confirmation")
    async def confirm(reference: str, by: operator) -> list[InstructionDocument]:
        """Confirm the later end."""
        return [
            instruction_document(each) for each in await amendments.confirm_extension(reference, by)
        ]

    @router.post("/authority-instructions/{reference}/withdrawal")
    async def withdraw(
        reference: str, wanted: EndDocument, by: operator
    ) -> list[InstructionDocument]:
        """End an instruction now, by one person: closing is always safe."""
        ended = await amendments.withdraw(reference, by, wanted.reason)
        return [instruction_document(each) for each in ended]
