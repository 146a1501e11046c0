"""The Authority's instructions: entered by one person, confirmed by another (R6, decision 9)."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Final

from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import UserRole
from stayon.parties.dsp.data_management import Administration
from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.ports.store_reference import InstructionRecord
from stayon.web.ssmi.amending import address
from stayon.web.visits import Door, PageRefusal, Visit, instant_of, text_of, upload_of

HERE: Final = "/ssmi/instructions"
_SUPPLIER_ROLES: Final = frozenset({UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER})


class _InstructionPages:
    def __init__(self, administration: Administration, store: SsmiStore) -> None:
        self._administration = administration
        self._store = store

    async def show(self, visit: Visit) -> Response:
        reference = await self._store.reference()
        users = sorted(reference.users.values(), key=lambda each: each.name)
        return visit.page(
            "ssmi/instructions",
            instructions=reference.instructions,
            address=address,
            extensions={each.reference for each in await self._store.instruction_extensions()},
            suppliers=[each for each in users if _SUPPLIER_ROLES & each.roles.keys()],
            srps=[each for each in users if UserRole.SOLR_CONTINGENCY in each.roles],
        )

    async def enter(self, visit: Visit) -> Response:
        form = await visit.form()
        _, document = await upload_of(form, "document")
        begins = instant_of(form, "effective_from")
        if begins is None:
            raise PageRefusal("effective_from: is missing")
        record = InstructionRecord(
            reference=text_of(form, "reference"),
            supplier=Eui64.parse(text_of(form, "supplier")),
            srp=Eui64.parse(text_of(form, "srp")),
            document_sha256=sha256(document).digest(),
            effective_from=begins,
            effective_to=instant_of(form, "effective_to"),
            entered_by=visit.account.name,
            entered_at=visit.door.clock.now(),
        )
        entered = await self._administration.enter_instruction(record)
        return visit.go_to(HERE, f"{entered.reference} is entered. Another person confirms it.")

    async def confirm(self, visit: Visit) -> Response:
        form = await visit.form()
        reference = text_of(form, "reference")
        await self._administration.confirm_instruction(reference, visit.account.name)
        return visit.go_to(HERE, f"{reference} is confirmed.")


def routes(door: Door, administration: Administration, store: SsmiStore) -> Sequence[BaseRoute]:
    """Where the pages are."""
    pages, area = _InstructionPages(administration, store), Area.SSMI
    return [
        Route(HERE, door.endpoint(pages.show, area), methods=["GET"]),
        Route(HERE, door.endpoint(pages.enter, area, acts=True), methods=["POST"]),
        Route(
            f"{HERE}/confirmations",
            door.endpoint(pages.confirm, area, acts=True),
            methods=["POST"],
        ),
    ]
