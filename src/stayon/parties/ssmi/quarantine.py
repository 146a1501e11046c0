"""The SSMI's routes for quarantined requests: the DCC's people see and decide all of them (D14)."""

from typing import Annotated, Any

from fastapi import APIRouter, Query

from stayon.domain.eui64 import Eui64
from stayon.parties.dsp.request_management.exit_quarantine import Decider, ExitQuarantine
from stayon.parties.json_service import AfterNumber, EventNumber
from stayon.parties.ssmi.quarantine_documents import (
    DecisionDocument,
    QuarantineDocument,
    quarantine_document,
)
from stayon.ports.quarantine import QuarantineQuery, QuarantineState, QuarantineStore


def add_quarantine(
    router: APIRouter, exit_quarantine: ExitQuarantine, store: QuarantineStore, operator: Any
) -> None:
    """Add the routes; ``operator`` is the dependency that names who asks."""

    @router.get("/quarantine")
    async def records(
        *,
        sender: str | None = None,
        supplier: str | None = None,
        state: QuarantineState | None = QuarantineState.HELD,
        after_event: AfterNumber = 0,
        limit: Annotated[int, Query(ge=1, le=10_000)] = 1000,
    ) -> list[QuarantineDocument]:
        """Quarantined requests in the order of their events; those that are held, unless asked."""
        query = QuarantineQuery(
            sender=None if sender is None else Eui64.parse(sender),
            supplier=None if supplier is None else Eui64.parse(supplier),
            state=state,
            after_event=after_event,
            limit=limit,
        )
        return [quarantine_document(each) for each in await store.quarantine_records(query)]

    @router.get("/quarantine/{event}")
    async def record(event: EventNumber, by: operator) -> QuarantineDocument:
        """One of them, whatever has become of it."""
        return quarantine_document(await exit_quarantine.record(event, Decider(by)))

    @router.post("/quarantine/{event}/release")
    async def release(
        event: EventNumber, wanted: DecisionDocument, by: operator
    ) -> QuarantineDocument:
        """Run the checks anew and carry it out; refused if they refuse it now."""
        found = await exit_quarantine.release(event, Decider(by), wanted.reason)
        return quarantine_document(found)

    @router.post("/quarantine/{event}/deletion")
    async def delete(
        event: EventNumber, wanted: DecisionDocument, by: operator
    ) -> QuarantineDocument:
        """Remove it for good; its sender is told."""
        found = await exit_quarantine.delete(event, Decider(by), wanted.reason)
        return quarantine_document(found)
