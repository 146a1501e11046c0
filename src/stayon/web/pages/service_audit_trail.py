"""The Service Audit Trail: search, and a request's whole story on one page (D9).

The DCC's people see every row, a User's officers those of which their User is the sender.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final, Protocol
from urllib.parse import urlencode

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.parties.dsp.sat import Step
from stayon.ports.accounts import Area
from stayon.ports.audit import AuditQuery, AuditRow
from stayon.ports.kept_messages import KeptMessages
from stayon.ports.store_work import StoredRequest
from stayon.web.pages.checks_of_request import judgements
from stayon.web.reading_messages import readable
from stayon.web.visits import Door, PageRefusal, Visit

_A_PAGE: Final = 50
_LONGEST_STORY: Final = 1000
_STEPS: Final = (*(step.value for step in Step), "administration", "reference data")
FIELDS: Final = ("request_id", "device", "sender", "originator", "code", "step", "since", "until")


class AuditTrail(KeptMessages, Protocol):
    """Rows and messages."""

    async def audit_rows(self, query: AuditQuery) -> tuple[AuditRow, ...]:
        """See ``RequestStore.audit_rows``."""
        ...

    async def request(self, request_id: RequestId) -> StoredRequest | None:
        """See ``RequestStore.request``."""
        ...


def query_of(visit: Visit) -> AuditQuery:
    """What the address asks for; raises ``StayonError`` naming the field that is wrong."""
    return AuditQuery(
        sender=visit.account.user_id or _eui64(visit, "sender"),
        originator=_eui64(visit, "originator"),
        request_id=visit.query("request_id"),
        device=_eui64(visit, "device"),
        since=_instant(visit, "since"),
        until=_instant(visit, "until"),
        code=visit.query("code"),
        step=visit.query("step"),
        before=_row(visit, "before"),
        limit=_A_PAGE,
    )


class _AuditPages:
    def __init__(self, trail: AuditTrail, base: str) -> None:
        self._trail = trail
        self._base = base

    async def search(self, visit: Visit) -> Response:
        wanted = {name: visit.query(name) or "" for name in FIELDS}
        try:
            query = query_of(visit)
        except StayonError as error:
            return self._page(visit, wanted, problem=str(error), status=422)
        rows = await self._trail.audit_rows(query)
        older = ""
        if len(rows) == _A_PAGE:
            more = {name: value for name, value in wanted.items() if value}
            older = f"{self._base}/sat?{urlencode({**more, 'before': rows[0].row_id})}"
        return self._page(visit, wanted, rows=tuple(reversed(rows)), older=older)

    def _page(
        self,
        visit: Visit,
        wanted: dict[str, str],
        *,
        rows: Sequence[AuditRow] = (),
        older: str = "",
        problem: str = "",
        status: int = 200,
    ) -> Response:
        return visit.page(
            "pages/sat",
            status=status,
            base=self._base,
            everybody=visit.account.user_id is None,
            wanted=wanted,
            steps=_STEPS,
            rows=rows,
            older=older,
            problem=problem,
        )

    async def story(self, visit: Visit) -> Response:
        identity = visit.path("identity")
        try:
            request_id = RequestId.parse(identity)
        except StayonError as error:
            raise PageRefusal(str(error), 404) from None
        own = visit.account.user_id
        rows = await self._trail.audit_rows(
            AuditQuery(request_id=str(request_id), sender=own, limit=_LONGEST_STORY)
        )
        stored = await self._trail.request(request_id)
        visible = stored is not None and own in (None, stored.sender)
        messages = await self._trail.messages(request_id) if visible else ()
        if not rows and not messages:
            raise PageRefusal(f"nothing is known of the request {request_id}", 404)
        return visit.page(
            "pages/story",
            base=self._base,
            request_id=request_id,
            rows=rows,
            judgements=judgements(rows),
            messages=[(message, readable(message.octets)) for message in messages],
        )


def routes(door: Door, trail: AuditTrail, area: Area) -> Sequence[BaseRoute]:
    """Where the pages of an area are."""
    base = f"/{area.value}"
    pages = _AuditPages(trail, base)
    return [
        Route(f"{base}/sat", door.endpoint(pages.search, area)),
        Route(f"{base}/sat/requests/{{identity}}", door.endpoint(pages.story, area)),
    ]


def _eui64(visit: Visit, name: str) -> Eui64 | None:
    text = visit.query(name)
    try:
        return None if text is None else Eui64.parse(text)
    except StayonError as error:
        raise PageRefusal(f"{name}: {error}") from None


def _instant(visit: Visit, name: str) -> datetime | None:
    text = visit.query(name)
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise PageRefusal(f"{name}: is no date and time") from None
    # The form has no zone and says that it means UTC.
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _row(visit: Visit, name: str) -> int | None:
    text = visit.query(name)
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 18:
        raise PageRefusal(f"{name}: is no row")
    return int(text)
