"""One Authority instruction: what was done to it, its later end, its end now (R6, decision 9).

A later end takes two people and a document, as the instruction did; ending it takes one person and
a reason.
"""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final
from urllib.parse import quote

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.parties.dsp.data_management.amendments import Amendments
from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.ports.audit import AuditQuery, AuditRow
from stayon.web.visits import Door, PageRefusal, Visit, instant_of, text_of, upload_of

HERE: Final = "/ssmi/instructions/one"
_DONE: Final = ("entered", "confirmed", "extension", "extended", "ended")
"""Audit codes of what people do to an instruction."""


class _AmendingPages:
    def __init__(self, amendments: Amendments, store: SsmiStore) -> None:
        self._amendments = amendments
        self._store = store

    async def show(self, visit: Visit) -> Response:
        reference = visit.query("reference")
        known = (await self._store.reference()).instructions
        records = [each for each in known if each.reference == reference]
        if reference is None or not records:
            raise PageRefusal("there is no such instruction", 404)
        now = visit.door.clock.now()
        ends = [each.effective_to for each in records]
        waiting = [
            each
            for each in await self._store.instruction_extensions()
            if each.reference == reference
        ]
        return visit.page(
            "ssmi/instruction",
            reference=reference,
            records=records,
            waiting=waiting[0] if waiting else None,
            ended=all(end is not None and end <= now for end in ends),
            endless=None in ends,
            confirmed=all(each.confirmed_at is not None for each in records),
            history=await self._history(reference),
        )

    async def _history(self, reference: str) -> list[AuditRow]:
        """What people did to it, the newest first: few rows of few codes."""
        named = f": instruction {reference} "
        found = [
            row
            for code in _DONE
            for row in await self._store.audit_rows(AuditQuery(code=code, step="administration"))
            if named in row.entry.detail
        ]
        return sorted(found, key=lambda row: -row.row_id)

    async def extend(self, visit: Visit) -> Response:
        form = await visit.form()
        reference, until = text_of(form, "reference"), instant_of(form, "effective_to")
        if until is None:
            raise PageRefusal("effective_to: is missing")
        _, document = await upload_of(form, "document")
        digest = sha256(document).digest()
        await self._amendments.extend(reference, until, digest, visit.account.name)
        words = f"A later end of {reference} is entered. Another person confirms it."
        return visit.go_to(address(reference), words)

    async def confirm(self, visit: Visit) -> Response:
        reference = text_of(await visit.form(), "reference")
        await self._amendments.confirm_extension(reference, visit.account.name)
        return visit.go_to(address(reference), f"{reference} ends later.")

    async def end(self, visit: Visit) -> Response:
        form = await visit.form()
        reference = text_of(form, "reference")
        await self._amendments.withdraw(reference, visit.account.name, text_of(form, "reason"))
        words = f"{reference} has ended. Nothing that it permitted passes from now on."
        return visit.go_to(address(reference), words)


def address(reference: str) -> str:
    """Where the page of one instruction is; a reference may hold anything."""
    return f"{HERE}?reference={quote(reference, safe='')}"


def routes(door: Door, amendments: Amendments, store: SsmiStore) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _AmendingPages(amendments, store), Area.SSMI
    acting = [
        ("extensions", pages.extend),
        ("extensions/confirmations", pages.confirm),
        ("endings", pages.end),
    ]
    return [
        Route(HERE, door.endpoint(pages.show, area), methods=["GET"]),
        *(
            Route(
                f"/ssmi/instructions/{path}", door.endpoint(do, area, acts=True), methods=["POST"]
            )
            for path, do in acting
        ),
    ]
