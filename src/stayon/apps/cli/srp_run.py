"""A campaign over HTTP, from the first request to the last end state."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.receiving import receive_server, user_client
from stayon.apps.cli.srp_progress import Display
from stayon.apps.cli.srp_world import SrpWorld
from stayon.apps.collecting import settle
from stayon.apps.telemetry.from_environment import open_tracing
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.domain.errors import StayonError
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.srp.attempt import AttemptBuilder
from stayon.parties.srp.campaign import Campaign, CampaignTerms
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.earlier import EarlierCampaigns
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.receive_service import receive_service
from stayon.parties.srp.requests import SAFE_PREPAYMENT, agreed_service
from stayon.policy.model import Policy
from stayon.policy.retry import RetryPolicy

STORE_FILE = "campaign.sqlite"


@dataclass(frozen=True, slots=True)
class Run:
    """What to do, and how fast; ``pace`` in requests a second, ``service`` 2.1 or 1.6."""

    world: SrpWorld
    policy: Policy
    portfolio: tuple[PortfolioDevice, ...]
    folder: Path
    earlier: tuple[Path, ...]
    pace: float
    retry: RetryPolicy
    service: str = SAFE_PREPAYMENT

    def start(self, display: Callable[[int], Display]) -> None:
        """Begin the campaign, or go on with it, and return when every device has an end state."""
        self._require_keys()
        asyncio.run(self._campaign(display))

    def _require_keys(self) -> None:
        suppliers = {device.supplier_id for device in self.portfolio}
        missing = sorted(str(one) for one in suppliers - set(self.world.supplier_keys))
        if missing:
            raise StayonError(f"no digital signing key is held for supplier {', '.join(missing)}")

    async def _campaign(self, display: Callable[[int], Display]) -> None:
        agreed = agreed_service(self.policy, self.service)
        async with AsyncExitStack() as stack:
            store = SqliteCampaignStore(self.folder / STORE_FILE)
            stack.push_async_callback(store.close)
            store.begin(agreed.profile, self.portfolio)
            earlier = await _earlier(self.earlier, agreed.profile)
            http = await stack.enter_async_context(user_client(self.world.tls))
            clock = SystemClock()
            repository = self.world.dcc.repository(http, clock)
            looking_on = LookingOn(stack.enter_context(open_tracing("stayon-srp")))
            gateway = looking_on.gateway(
                DuisGateway(
                    base_url=self.world.dcc.dsp_url, poster=http, lookup=repository, clock=clock
                )
            )
            builder = AttemptBuilder(
                gateway=gateway,
                signer=self.world.signer_in_use,
                supplier_keys=self.world.supplier_keys,
                agreed=agreed,
                schema_version=self.world.dcc.duis_version,
                local_variant=self.retry.local_variant,
            )
            campaign = Campaign(
                clock=clock,
                store=store,
                gateway=gateway,
                builder=builder,
                terms=CampaignTerms(
                    Pace(clock, self.pace),
                    self.retry,
                    earlier_evidence=earlier.evidence_for,
                    control=store.control,
                ),
            )
            take = looking_on.take(campaign.receive)
            service = receive_service(OutcomeReader(repository), take, clock)
            server = receive_server(service, self.world.receive_url, self.world.tls)
            await server.start()
            stack.push_async_callback(server.stop)
            settle()  # every device is in memory now
            async with display(len(campaign.tracking)).showing(campaign.tracking):
                await campaign.run()


async def _earlier(folders: Sequence[Path], profile: str) -> EarlierCampaigns:
    """What the campaigns in these folders have proved, read and let go again."""
    stores = [SqliteCampaignStore.existing(folder / STORE_FILE) for folder in folders]
    try:
        return EarlierCampaigns(stores, profile)
    finally:
        for store in stores:
            await store.close()
