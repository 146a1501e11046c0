"""The quarantine queue: who sent what, why it is held, release and deletion (D13, D14)."""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.request_management.exit_quarantine import Decider, ExitQuarantine
from stayon.ports.accounts import Area
from stayon.ports.quarantine import QuarantineQuery, QuarantineState, QuarantineStore
from stayon.web.visits import Door, PageRefusal, Visit, text_of

HERE: Final = "/ssmi/quarantine"
_A_PAGE: Final = 50
_LARGEST_EVENT: Final = 1 << 62


class _QuarantinePages:
    def __init__(self, exit_quarantine: ExitQuarantine, store: QuarantineStore) -> None:
        self._exit_quarantine = exit_quarantine
        self._store = store

    async def queue(self, visit: Visit) -> Response:
        state = _state(visit)
        after = visit.query("after") or "0"
        if not after.isdecimal() or int(after) > _LARGEST_EVENT:
            raise PageRefusal("after: is no event")
        query = QuarantineQuery(state=state, after_event=int(after), limit=_A_PAGE)
        records = await self._store.quarantine_records(query)
        following = records[-1].event if len(records) == _A_PAGE else None
        return visit.page(
            "ssmi/quarantine",
            records=records,
            state=state,
            states=tuple(QuarantineState),
            following=following,
        )

    async def decide(self, visit: Visit) -> Response:
        form = await visit.form()
        event, because = text_of(form, "event"), text_of(form, "reason")
        if not event.isdecimal() or int(event) > _LARGEST_EVENT:
            raise PageRefusal("event: is no event")
        decider = Decider(visit.account.name)
        act = text_of(form, "decision")
        if act == "release":
            found = await self._exit_quarantine.release(int(event), decider, because)
        elif act == "delete":
            found = await self._exit_quarantine.delete(int(event), decider, because)
        else:
            raise PageRefusal("decision: is release or delete")
        code = f" with {found.code}" if found.code else ""
        return visit.go_to(HERE, f"Event {found.event} is {found.state.value}{code}.")


def routes(
    door: Door, exit_quarantine: ExitQuarantine, store: QuarantineStore
) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _QuarantinePages(exit_quarantine, store), Area.SSMI
    return [
        Route(HERE, door.endpoint(pages.queue, area), methods=["GET"]),
        Route(HERE, door.endpoint(pages.decide, area, acts=True), methods=["POST"]),
    ]


def _state(visit: Visit) -> QuarantineState | None:
    """The held ones unless the address asks for others or for all."""
    wanted = visit.query("state") or QuarantineState.HELD.value
    if wanted == "all":
        return None
    try:
        return QuarantineState(wanted)
    except ValueError:
        raise PageRefusal("state: is no state of a quarantined request") from None
