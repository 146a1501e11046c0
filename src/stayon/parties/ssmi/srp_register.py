"""The SRP register over the SSMI: which SRP may act for which supplier (decision 8)."""

from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from stayon.checks.facts import SrpRegistration
from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.data_management import Administration
from stayon.ports.store import DataManagementStore


class SrpRegistrationDocument(BaseModel):
    """A pair with the reference of the PMA's decision; in force in [from, to), UTC."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    supplier_id: str
    srp_id: str
    pma_reference: str = Field(min_length=1, max_length=64)
    effective_from: AwareDatetime
    effective_to: AwareDatetime | None = None


def add_srp_register(
    router: APIRouter, administration: Administration, store: DataManagementStore, operator: Any
) -> None:
    """Add the routes."""

    @router.get("/srp-register")
    async def register() -> list[SrpRegistrationDocument]:
        """Every pair, also those that have ended."""
        return [_document(each) for each in (await store.reference()).srp_register]

    @router.post("/srp-register")
    async def put(wanted: SrpRegistrationDocument, by: operator) -> SrpRegistrationDocument:
        """Register a pair; with the same beginning again, it replaces the pair."""
        ends = wanted.effective_to
        pair = SrpRegistration(
            Eui64.parse(wanted.supplier_id),
            Eui64.parse(wanted.srp_id),
            wanted.pma_reference,
            _utc(wanted.effective_from),
            None if ends is None else _utc(ends),
        )
        await administration.register_srp(pair, by)
        return _document(pair)


def _utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _document(pair: SrpRegistration) -> SrpRegistrationDocument:
    return SrpRegistrationDocument(
        supplier_id=str(pair.supplier),
        srp_id=str(pair.srp),
        pma_reference=pair.reference,
        effective_from=pair.effective_from,
        effective_to=pair.effective_to,
    )
