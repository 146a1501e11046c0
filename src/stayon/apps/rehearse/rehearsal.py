"""A rehearsal from the failure to the end of the event, and what else could have been done."""

import asyncio
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.server import HttpServer
from stayon.apps.rehearse.alternatives import Scene, compare
from stayon.apps.rehearse.endings import BEFORE_THE_END, Endings
from stayon.apps.rehearse.event import Event
from stayon.apps.rehearse.result import (
    DeviceResult,
    EndingsFound,
    HomeOff,
    Rehearsal,
    SupplySeries,
)
from stayon.apps.world.cast import SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.household import Household
from stayon.apps.world.household_alerts import HouseholdAlerts
from stayon.apps.world.meters import MeterSettings
from stayon.apps.world.pki import AsyncRepositoryLookup, RepositoryLookup
from stayon.apps.world.population import Home
from stayon.apps.world.wiring import World, WorldSettings, open_world
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import EndState, Progress
from stayon.parties.receive_response import PATH
from stayon.parties.srp.attempt import AttemptBuilder
from stayon.parties.srp.campaign import Campaign, CampaignTerms
from stayon.parties.srp.duis_gateway import DuisGateway
from stayon.parties.srp.gateway import Gateway
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.inbound import Outcome
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.receive_service import receive_service
from stayon.parties.srp.requests import SAFE_PREPAYMENT, AgreedService, agreed_service
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.ports.outbound import HttpPoster
from stayon.smki_profile import RemotePartyRole

_GRID = timedelta(hours=1)
_DUIS_VERSION = "5.5"


@dataclass(frozen=True, slots=True)
class RehearsalOptions:
    """How a rehearsal is run.

    ``campaign`` is the file for the SRP's campaign. ``pace`` is in requests a (simulated) second,
    all of which leave together. With ``household_alerts`` the alerts that homes cause go over the
    WAN, looked for every hour. ``service`` is what the SRP sends: 2.1 or 1.6.
    ``with_endings``: on the last day the Supplier of Last Resort gains every home.
    """

    campaign: Path
    pace: int = 50
    household_alerts: bool = False
    service: str = SAFE_PREPAYMENT
    with_endings: bool = False
    on_change: Callable[[Progress], None] = lambda _progress: None
    on_moment: Callable[[datetime, str], None] = lambda _at, _what: None


async def rehearse(settings: WorldSettings, options: RehearsalOptions) -> Rehearsal:
    """Run the whole event and return what became of every device and home."""
    began = time.monotonic()
    clock = SimulatedClock(settings.assumptions.event.starts.value)
    async with HttpClient() as poster, open_world(settings, clock, poster) as world:
        run = Run(world, clock, poster, options)
        try:
            await run.to_the_end()
            return run.result(time.monotonic() - began)
        finally:
            await run.close()


class Run:
    """One rehearsal under way."""

    def __init__(
        self,
        world: World,
        clock: SimulatedClock,
        poster: HttpPoster,
        options: RehearsalOptions,
    ) -> None:
        self._world = world
        self._clock = clock
        self._options = options
        self._failed_at = clock.now()
        self._portfolio = [meter.device for home in world.settings.homes for meter in home.meters]
        self._already_off = sum(home.is_off for home in world.homes.households)
        self._store = SqliteCampaignStore(options.campaign)
        self._event = Event(
            world,
            service=options.service,
            requests_a_day=3 * len(self._portfolio),
            on_moment=options.on_moment,
        )
        self._poster = poster
        self._servers: list[HttpServer] = []
        self._began: datetime | None = None
        self._campaign: Campaign | None = None
        self._endings: EndingsFound | None = None

    async def to_the_end(self) -> None:
        """Let the event unfold, run the campaign, let the homes live on until the last day."""
        await self._open_endpoints()
        if self._options.household_alerts:
            self._world.spawn(HouseholdAlerts(self._world).run(_GRID))
        story = asyncio.create_task(self._story())
        end = self._failed_at + timedelta(days=self._world.settings.assumptions.event.days.value)
        time_passes = asyncio.create_task(self._clock.run_until(end))
        try:
            await asyncio.wait((story, time_passes), return_when=asyncio.FIRST_COMPLETED)
            self._world.check()
            if story.done():
                story.result()
        finally:
            story.cancel()
            time_passes.cancel()
            await asyncio.wait((story, time_passes))
        for household in self._world.homes.households:
            household.live(end)
            household.finish()

    async def close(self) -> None:
        """Stop what was started here."""
        for server in self._servers:
            await server.stop()
        await self._store.close()

    async def _open_endpoints(self) -> None:
        smki = self._world.pki.smki
        reader = OutcomeReader(AsyncRepositoryLookup(smki))
        take = self._world.looking_on.take(self._take)
        srp = HttpServer(receive_service(reader, take, self._clock))
        self.supplier = SupplierEndpoint(self._clock, RepositoryLookup(smki).dsp_key)
        supplier = HttpServer(self.supplier.app())
        for server in (srp, supplier):
            await server.start()
            self._servers.append(server)
        await self._world.put_users(
            {SRP: srp.url + PATH} | dict.fromkeys(self._world.settings.failed, supplier.url + PATH)
        )

    async def _take(self, outcome: Outcome) -> bool:
        return False if self._campaign is None else await self._campaign.receive(outcome)

    async def _story(self) -> None:
        await self._event.unfold()
        self._began = self._clock.now()
        agreed = agreed_service(self._world.settings.policy, self._options.service)
        self._store.begin(agreed.profile, self._portfolio)
        gateway = self._gateway()
        builder = self._builder(gateway, agreed)
        self._campaign = self._new_campaign(gateway, builder)
        await self._campaign.run()
        self._event.note("Every meter has come to an end state")
        if self._options.with_endings:
            await self._end(gateway, builder)

    async def _end(self, gateway: Gateway, builder: AttemptBuilder) -> None:
        days = timedelta(days=self._world.settings.assumptions.event.days.value)
        at = self._failed_at + days - BEFORE_THE_END
        endings = Endings(
            self._world,
            self._portfolio,
            gateway,
            builder,
            failed_endpoint=self.supplier,
            note=self._event.note,
        )
        users = (await self._world.store.reference()).users
        await endings.server.start()
        self._servers.append(endings.server)
        url = endings.server.url + PATH
        await self._world.store.put_users(
            [replace(users[SUPPLIER_OF_LAST_RESORT], receive_url=url)]
        )
        wait = (at - self._clock.now()).total_seconds()
        await self._clock.sleep(max(wait, 0.0))
        self._endings = await endings.unfold()

    def _gateway(self) -> Gateway:
        gateway = DuisGateway(
            base_url=self._world.gateway_url,
            poster=self._poster,
            lookup=AsyncRepositoryLookup(self._world.pki.smki),
            clock=self._clock,
        )
        return self._world.looking_on.gateway(gateway)

    def _builder(self, gateway: Gateway, agreed: AgreedService) -> AttemptBuilder:
        pki, policy = self._world.pki, self._world.settings.policy
        xml = pki.held(SRP, RemotePartyRole.XML_SIGN)
        certificate = xml.certificate
        return AttemptBuilder(
            gateway=gateway,
            signer=XmlSigner(SRP, xml.operations, certificate.issuer, certificate.serial),
            supplier_keys={
                each: pki.held(each, RemotePartyRole.SUPPLIER).operations
                for each in self._world.settings.failed
            },
            agreed=agreed,
            schema_version=_DUIS_VERSION,
            local_variant=policy.retry.local_variant,
        )

    def _new_campaign(self, gateway: Gateway, builder: AttemptBuilder) -> Campaign:
        policy = self._world.settings.policy
        return Campaign(
            clock=self._clock,
            store=self._store,
            gateway=gateway,
            builder=builder,
            terms=CampaignTerms(
                Pace(self._clock, self._options.pace, burst=self._options.pace), policy.retry
            ),
            on_change=self._options.on_change,
        )

    def result(self, wall_seconds: float) -> Rehearsal:
        """What was found."""
        settings = self._world.settings
        days = settings.assumptions.event.days.value
        began = self._began or self._failed_at
        end = self._failed_at + timedelta(days=days)
        steps = int(timedelta(days=days) / _GRID)
        grid = tuple(self._failed_at + step * _GRID for step in range(steps + 1))
        households = self._world.homes.households
        devices = tuple(_results(self._store, began))
        alternatives = compare(self._scene(grid, end), households, devices)
        stayon, nothing = alternatives[:2]
        return Rehearsal(
            seed=settings.seed,
            failed_at=self._failed_at,
            campaign_began=began,
            homes=len(settings.homes),
            homes_already_off=self._already_off,
            homes_off_with=stayon.homes_off,
            homes_off_without=nothing.homes_off,
            devices=devices,
            milestones=tuple(self._event.milestones),
            supply=SupplySeries(grid, stayon.off_by_hour, nothing.off_by_hour),
            messages=sum(
                wan.counts["accepted"] + wan.counts["delivered"] for wan in self._world.wans
            ),
            wall_seconds=wall_seconds,
            alerts=self._alerts(),
            endings=self._endings,
            alternatives=alternatives,
            homes_off=tuple(_homes_off(settings.homes, households, self._failed_at, end)),
            profile_version=settings.policy.safe_prepayment.version,
        )

    def _scene(self, grid: Sequence[datetime], end: datetime) -> Scene:
        settings = self._world.settings
        profile = settings.policy.safe_prepayment
        return Scene(
            homes=settings.homes,
            assumptions=settings.assumptions,
            meter_settings=MeterSettings(settings.assumptions, self._world.pki),
            safe={Fuel.ELECTRICITY: profile.electricity, Fuel.GAS: profile.gas},
            failed_at=self._failed_at,
            end=end,
            seed=settings.seed,
            grid=grid,
        )

    def _alerts(self) -> dict[str, int] | None:
        """Device Alerts that the failed supplier's endpoint has got, by code; None if not asked."""
        if not self._options.household_alerts:
            return None
        counts = self.supplier.counts
        return {f"{code:04X}": counts[code] for code in sorted(each for each in counts if each)}


def _homes_off(
    homes: Sequence[Home], households: Sequence[Household], began: datetime, end: datetime
) -> Iterable[HomeOff]:
    for home, household in zip(homes, households, strict=True):
        if household.off:
            first, last = household.off[0], household.off[-1]
            yield HomeOff(
                number=home.number,
                devices=tuple(meter.device for meter in home.meters),
                already_off=first[0] <= began,
                since=first[0],
                back=None if last[1] >= end else last[1],
                hours_off=sum(((until - at) / _GRID for at, until in household.off), 0.0),
            )


def _results(store: SqliteCampaignStore, began: datetime) -> Iterable[DeviceResult]:
    for device, progress in store.progress():
        safe = progress.end is EndState.SAFE and progress.changed is not None
        after = (progress.changed - began).total_seconds() if safe and progress.changed else None
        yield DeviceResult(device, progress, after)
