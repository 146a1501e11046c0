"""The quarantine queue: who sent what, why it is held, release and deletion (D13, D14).

The DCC's people see and decide all of it, a User's officers what their User has sent.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.request_management.exit_quarantine import (
    Decider,
    ExitQuarantine,
    QuarantineError,
)
from stayon.ports.accounts import Area
from stayon.ports.quarantine import QuarantineQuery, QuarantineState, QuarantineStore
from stayon.web.visits import Door, PageRefusal, Visit, text_of

_A_PAGE: Final = 50
_LARGEST_EVENT: Final = 1 << 62


@dataclass(frozen=True, slots=True)
class QuarantineDesk:
    """Whose queue it is: ``decider_of`` says for whom somebody acts, or raises."""

    area: Area
    exit_quarantine: ExitQuarantine
    store: QuarantineStore
    decider_of: Callable[[Visit], Awaitable[Decider]]

    @property
    def base(self) -> str:
        """Where the area's pages begin."""
        return f"/{self.area.value}"


class _QuarantinePages:
    def __init__(self, desk: QuarantineDesk) -> None:
        self._desk = desk

    async def queue(self, visit: Visit) -> Response:
        state = _state(visit)
        after = visit.query("after") or "0"
        if not after.isdecimal() or int(after) > _LARGEST_EVENT:
            raise PageRefusal("after: is no event")
        query = QuarantineQuery(
            sender=visit.account.user_id, state=state, after_event=int(after), limit=_A_PAGE
        )
        records = await self._desk.store.quarantine_records(query)
        following = records[-1].event if len(records) == _A_PAGE else None
        return visit.page(
            "pages/quarantine",
            base=self._desk.base,
            decides=visit.account.role.decides,
            records=records,
            state=state,
            states=tuple(QuarantineState),
            following=following,
        )

    async def decide(self, visit: Visit) -> Response:
        form = await visit.form()
        events, because = _events(form), text_of(form, "reason")
        act = text_of(form, "decision")
        if act not in ("release", "delete"):
            raise PageRefusal("decision: is release or delete")
        decider = await self._desk.decider_of(visit)
        leave = self._desk.exit_quarantine
        decide = leave.release if act == "release" else leave.delete
        came: Counter[str] = Counter()
        for event in events:
            try:
                found = await decide(event, decider, because)
            except QuarantineError as error:
                if len(events) == 1:
                    raise
                came[f"not done ({error})"] += 1
            else:
                code = f" with {found.code}" if found.code else ""
                came[f"{found.state.value}{code}"] += 1
        what = f"Event {events[0]}" if len(events) == 1 else f"{len(events)} events"
        words = ", ".join(
            each if len(events) == 1 else f"{count} {each}" for each, count in came.items()
        )
        return visit.go_to(f"{self._desk.base}/quarantine", f"{what}: {words}.")


def routes(door: Door, desk: QuarantineDesk) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, here = _QuarantinePages(desk), f"{desk.base}/quarantine"
    return [
        Route(here, door.endpoint(pages.queue, desk.area), methods=["GET"]),
        Route(here, door.endpoint(pages.decide, desk.area, acts=True), methods=["POST"]),
    ]


def _events(form: FormData) -> list[int]:
    """The events that are ticked, in their order."""
    ticked = [str(each) for each in form.getlist("event")]
    if not ticked:
        raise PageRefusal("event: tick at least one")
    if not all(each.isdecimal() and int(each) <= _LARGEST_EVENT for each in ticked):
        raise PageRefusal("event: is no event")
    return sorted({int(each) for each in ticked})


def _state(visit: Visit) -> QuarantineState | None:
    """The held ones unless the address asks for others or for all."""
    wanted = visit.query("state") or QuarantineState.HELD.value
    if wanted == "all":
        return None
    try:
        return QuarantineState(wanted)
    except ValueError:
        raise PageRefusal("state: is no state of a quarantined request") from None
