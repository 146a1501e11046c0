"""Dead letters: work that was given up, with what came of it, sent again or discarded."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from starlette.datastructures import FormData
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.request_management.dead_letters import DeadLetterError, DeadLetters
from stayon.ports.accounts import Area
from stayon.ports.dead_letters import DeadLetterStore, LetterQuery, LetterState
from stayon.web.reading_messages import readable
from stayon.web.visits import Door, PageRefusal, Visit, text_of

HERE: Final = "/ssmi/dead-letters"
_A_PAGE: Final = 50
_LARGEST: Final = 1 << 62


class _DeadLetterPages:
    def __init__(self, dead_letters: DeadLetters, store: DeadLetterStore) -> None:
        self._dead_letters = dead_letters
        self._store = store

    async def pile(self, visit: Visit) -> Response:
        state, target = _state(visit), visit.query("target")
        after = _number(visit.query("after") or "0", "after")
        query = LetterQuery(state=state, target=target, after=after, limit=_A_PAGE)
        records = await self._store.dead_letters(query)
        return visit.page(
            "ssmi/dead_letters",
            acts=visit.account.role.acts,
            records=records,
            state=state,
            states=tuple(LetterState),
            target=target,
            following=records[-1].letter if len(records) == _A_PAGE else None,
        )

    async def letter(self, visit: Visit) -> Response:
        try:
            found = await self._dead_letters.letter(_number(visit.path("letter"), "letter"))
        except DeadLetterError as error:
            raise PageRefusal(str(error), 404) from None
        return visit.page(
            "ssmi/dead_letter",
            acts=visit.account.role.acts,
            one=found.record,
            behind=found.behind,
            octets=len(found.message),
            read=readable(found.message),
        )

    async def decide(self, visit: Visit) -> Response:
        form = await visit.form()
        letters, because = _ticked(form), text_of(form, "reason")
        act = text_of(form, "decision")
        if act not in ("send-again", "discard"):
            raise PageRefusal("decision: is send-again or discard")
        decide = (
            self._dead_letters.send_again if act == "send-again" else self._dead_letters.discard
        )
        came: Counter[str] = Counter()
        # In the order of their numbers: earlier ones of a device died no later than later ones.
        for letter in letters:
            try:
                record = await decide(letter, visit.account.name, because)
            except DeadLetterError as error:
                if len(letters) == 1:
                    raise
                came[f"not done ({error})"] += 1
            else:
                came[record.state.value.replace("-", " ")] += 1
        if len(letters) == 1:
            return visit.go_to(HERE, f"Dead letter {letters[0]}: {next(iter(came))}.")
        words = ", ".join(f"{count} {each}" for each, count in came.items())
        return visit.go_to(HERE, f"{len(letters)} dead letters: {words}.")


def routes(door: Door, dead_letters: DeadLetters, store: DeadLetterStore) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages = _DeadLetterPages(dead_letters, store)
    return [
        Route(HERE, door.endpoint(pages.pile, Area.SSMI), methods=["GET"]),
        Route(HERE, door.endpoint(pages.decide, Area.SSMI, acts=True), methods=["POST"]),
        Route(f"{HERE}/{{letter}}", door.endpoint(pages.letter, Area.SSMI), methods=["GET"]),
    ]


def _number(text: str, field: str) -> int:
    if not (text.isascii() and text.isdecimal()) or int(text) > _LARGEST:
        raise PageRefusal(f"{field}: is no dead letter")
    return int(text)


def _ticked(form: FormData) -> list[int]:
    """The letters that are ticked, in their order."""
    ticked = [str(each) for each in form.getlist("letter")]
    if not ticked:
        raise PageRefusal("letter: tick at least one")
    return sorted({_number(each, "letter") for each in ticked})


def _state(visit: Visit) -> LetterState | None:
    """Those that wait, unless the address asks for others or for all."""
    wanted = visit.query("state") or LetterState.WAITING.value
    if wanted == "all":
        return None
    try:
        return LetterState(wanted)
    except ValueError:
        raise PageRefusal("state: is no state of a dead letter") from None
