"""The SSMI's pages together: what they need, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from stayon.parties.dsp.data_management import Administration
from stayon.parties.dsp.data_management.amendments import Amendments
from stayon.parties.dsp.request_management.dead_letters import DeadLetters
from stayon.parties.dsp.request_management.exit_quarantine import Decider, ExitQuarantine
from stayon.parties.ssmi.api import SsmiStore
from stayon.ports.accounts import Area
from stayon.ports.kept_messages import KeptMessages
from stayon.ports.operations import Operations
from stayon.web.pages import quarantine, service_audit_trail
from stayon.web.pages.quarantine import QuarantineDesk
from stayon.web.rendering import Link
from stayon.web.ssmi import (
    amending,
    change_of_supplier,
    dead_letters,
    failed_suppliers,
    health,
    instructions,
    overview,
)
from stayon.web.visits import AreaLinks, Door, Visit

LINKS = AreaLinks(
    Area.SSMI,
    "SSMI",
    (
        Link("/ssmi", "Overview"),
        Link("/ssmi/failed-suppliers", "Failed suppliers"),
        Link("/ssmi/instructions", "Instructions"),
        Link("/ssmi/change-of-supplier", "Change of Supplier"),
        Link("/ssmi/quarantine", "Quarantine"),
        Link("/ssmi/dead-letters", "Dead letters"),
        Link("/ssmi/sat", "Audit trail"),
        Link("/ssmi/health", "Health"),
    ),
)


class SsmiServices(Protocol):
    """What the pages of the SSMI act upon."""

    @property
    def administration(self) -> Administration:
        """Decisions of the DCC's people."""
        ...

    @property
    def amendments(self) -> Amendments:
        """Later and sooner ends of instructions."""
        ...

    @property
    def exit_quarantine(self) -> ExitQuarantine:
        """Release and deletion of quarantined requests."""
        ...

    @property
    def dead_letters(self) -> DeadLetters:
        """What becomes of work that was given up."""
        ...


class SsmiPagesStore(SsmiStore, KeptMessages, Operations, Protocol):
    """What the pages show."""


@dataclass(frozen=True, slots=True)
class SsmiPages:
    """The pages, over the services of one DSP and its store."""

    services: SsmiServices
    store: SsmiPagesStore

    def routes(self, door: Door) -> Sequence[BaseRoute]:
        """Where the pages are."""
        administration, store = self.services.administration, self.store
        return [
            *overview.routes(door, store),
            *failed_suppliers.routes(door, administration, store),
            *instructions.routes(door, administration, store),
            *amending.routes(door, self.services.amendments, store),
            *change_of_supplier.routes(door, administration, store),
            *quarantine.routes(
                door, QuarantineDesk(Area.SSMI, self.services.exit_quarantine, store, _decider)
            ),
            *dead_letters.routes(door, self.services.dead_letters, store),
            *service_audit_trail.routes(door, store, Area.SSMI),
            *health.routes(door, store),
        ]


async def _decider(visit: Visit) -> Decider:
    return Decider(visit.account.name)
