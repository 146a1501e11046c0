"""Registration data over the SSMI: who is the supplier of an MPxN (D11, decision 14)."""

from collections.abc import Iterable
from datetime import UTC
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management import Administration
from stayon.ports.store import DataManagementStore
from stayon.ports.store_reference import Registration


class MoveDocument(BaseModel):
    """An MPxN goes to a supplier from an instant (UTC) on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    supplier_id: str
    effective_from: AwareDatetime


class RegistrationDocument(BaseModel):
    """The supplier of an MPxN in [from, to), UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    mpxn: str = Field(max_length=13)
    supplier_id: str
    effective_from: AwareDatetime
    effective_to: AwareDatetime | None


def add_registration_data(
    router: APIRouter, administration: Administration, store: DataManagementStore, operator: Any
) -> None:
    """Add the routes."""
    del store
    registrations = administration.registrations

    @router.get("/registrations/{mpxn}")
    async def of(mpxn: str) -> list[RegistrationDocument]:
        """Every registration of an MPxN, oldest first."""
        return _documents(await registrations.of(mpxn))

    @router.post("/registrations/{mpxn}", status_code=201)
    async def move(mpxn: str, wanted: MoveDocument, by: operator) -> list[RegistrationDocument]:
        """Register another supplier for an MPxN."""
        supplier, at = Eui64.parse(wanted.supplier_id), wanted.effective_from.astimezone(UTC)
        return _documents(await registrations.move(mpxn, supplier, at, by))


def _documents(found: Iterable[Registration]) -> list[RegistrationDocument]:
    return [
        RegistrationDocument(
            mpxn=each.mpxn,
            supplier_id=str(each.supplier),
            effective_from=each.effective_from,
            effective_to=each.effective_to,
        )
        for each in found
    ]
