"""The SSMI's pages of the Service Audit Trail: every step of every request, in order (D9)."""

from datetime import UTC
from typing import Annotated, Protocol

from fastapi import APIRouter, Query
from pydantic import AwareDatetime

from stayon.domain.eui64 import Eui64
from stayon.parties.json_service import RowNumber
from stayon.parties.ssmi.documents import AuditDocument, audit_document
from stayon.ports.audit import AuditQuery, AuditRow

LARGEST_PAGE = 10_000


class AuditTrail(Protocol):
    """What the pages are made from."""

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """See ``RequestStore.audit_rows``."""
        ...


def add_audit_trail(router: APIRouter, trail: AuditTrail) -> None:
    """Serve ``GET /sat``."""

    @router.get("/sat")
    async def sat(
        *,
        sender: str | None = None,
        originator: str | None = None,
        request_id: str | None = None,
        device: str | None = None,
        code: str | None = None,
        step: str | None = None,
        since: AwareDatetime | None = None,
        until: AwareDatetime | None = None,
        before: RowNumber = None,
        after: RowNumber = None,
        limit: Annotated[int, Query(ge=1, le=LARGEST_PAGE)] = 100,
    ) -> list[AuditDocument]:
        """Rows of the Service Audit Trail that match, oldest first.

        The newest ones, or those before or after a ``row``: the first row of a page is the
        ``before`` of the page before, the last one the ``after`` of the page after.
        """
        query = AuditQuery(
            sender=None if sender is None else Eui64.parse(sender),
            originator=None if originator is None else Eui64.parse(originator),
            request_id=request_id,
            device=None if device is None else Eui64.parse(device),
            code=code,
            step=step,
            since=None if since is None else since.astimezone(UTC),
            until=None if until is None else until.astimezone(UTC),
            before=before,
            after=after,
            limit=limit,
        )
        return [audit_document(row) for row in await trail.audit_rows(query)]
