"""The SSI's pages together: everything is the User's own for whom somebody acts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from starlette.routing import BaseRoute

from stayon.parties.dsp.data_management import ReferenceView
from stayon.parties.dsp.data_management.adt_submission import AdtFiles
from stayon.parties.dsp.request_management.exit_quarantine import Decider, ExitQuarantine
from stayon.parties.ssi.api import SsiStore
from stayon.ports.accounts import Area
from stayon.ports.clock import Clock
from stayon.ports.kept_messages import KeptMessages
from stayon.ports.nominations import JobRole, Nominations
from stayon.web.pages import quarantine, service_audit_trail
from stayon.web.pages.quarantine import QuarantineDesk
from stayon.web.rendering import Link
from stayon.web.ssi import adt_files, overview
from stayon.web.ssi.officers import Officers
from stayon.web.visits import AreaLinks, Door, Visit

LINKS = AreaLinks(
    Area.SSI,
    "SSI",
    (
        Link("/ssi", "Overview"),
        Link("/ssi/adt", "ADT files"),
        Link("/ssi/quarantine", "Quarantine"),
        Link("/ssi/sat", "Audit trail"),
    ),
)


class SsiPagesStore(SsiStore, KeptMessages, Protocol):
    """What the pages show."""


@dataclass(frozen=True, slots=True)
class SsiPages:
    """The pages, over the services of one DSP and its store."""

    nominations: Nominations
    adt_files: AdtFiles
    exit_quarantine: ExitQuarantine
    view: ReferenceView
    store: SsiPagesStore
    clock: Clock

    def routes(self, door: Door) -> Sequence[BaseRoute]:
        """Where the pages are."""
        officers = Officers(self.nominations, self.clock)

        async def decider(visit: Visit) -> Decider:
            officer = await officers.officer(visit)
            officer.require(JobRole.ARO)
            return Decider(officer.person.name, officer.user_id)

        desk = QuarantineDesk(Area.SSI, self.exit_quarantine, self.store, decider)
        return [
            *overview.routes(door, officers, self.view, self.store),
            *adt_files.routes(door, officers, self.adt_files),
            *quarantine.routes(door, desk),
            *service_audit_trail.routes(door, self.store, Area.SSI),
        ]
