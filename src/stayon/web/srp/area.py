"""The campaign board's pages together: what they need, and where they are."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.routing import BaseRoute

from stayon.policy.retry import RetryPolicy
from stayon.ports.accounts import Area
from stayon.ports.campaign_desk import CampaignDesk
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.web.rendering import Link
from stayon.web.srp import campaigns, dry_run, failures, live, meters, ordering, papers
from stayon.web.visits import AreaLinks, Door

LINKS = AreaLinks(
    Area.SRP,
    "Campaign board",
    (Link("/srp", "Campaigns"), Link("/srp/import", "Import a portfolio")),
)


@dataclass(frozen=True, slots=True)
class SrpPages:
    """The pages, over the desk of one SRP; ``lookup`` tells whose signatures to believe."""

    desk: CampaignDesk
    retry: RetryPolicy
    lookup: CertificateLookup

    def routes(self, door: Door) -> Sequence[BaseRoute]:
        """Where the pages are."""
        desk, retry = self.desk, self.retry
        return [
            *campaigns.routes(door, desk),
            *dry_run.routes(door, desk),
            *ordering.routes(door, desk, retry),
            *live.routes(door, desk, retry),
            *failures.routes(door, desk, retry),
            *meters.routes(door, desk, self.lookup, retry),
            *papers.routes(door, desk, retry),
        ]
