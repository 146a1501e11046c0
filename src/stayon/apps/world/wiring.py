"""The DCC's side of a world, wired in one process: DSP, CSPs, S1SPs, meters in their homes."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from ssl import SSLContext

from sqlalchemy import URL

from stayon.adapters.http.server import HttpServer
from stayon.adapters.management_interface.folder import FolderTransfer
from stayon.adapters.storage.store import SqlStore
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.apps.telemetry.store import ObservedStore
from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER, S1SPS, SRP, Member, cast_with
from stayon.apps.world.dsp import DspGround
from stayon.apps.world.inhabited import Homes, InhabitedHost
from stayon.apps.world.meters import Installed, install
from stayon.apps.world.pki import AsyncRepositoryLookup, WorldPki
from stayon.apps.world.population import NEVER, Home
from stayon.apps.world.s1sps import S1spSurroundings, s1sps
from stayon.checks.facts import SrpRegistration, UserStatus
from stayon.devices.smets1 import Smets1Meter
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Generation, Route
from stayon.duis.schema import SchemaSet
from stayon.parties.csp.local_meters import LocalMeters
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.csp.wan import Wan
from stayon.parties.dsp.kms import TrustedAsListed
from stayon.parties.dsp.service import Dsp
from stayon.parties.s1sp.faults import S1spFaults
from stayon.parties.s1sp.service import S1spService
from stayon.parties.smki.service import Smki
from stayon.policy.model import Policy
from stayon.ports.clock import Clock
from stayon.ports.connections import ConnectionCertificates
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier, HttpPoster
from stayon.ports.scanning import FileScanner
from stayon.ports.smki_store import RevocationRecord
from stayon.ports.store_reference import UserRecord
from stayon.ports.tracing import NO_TRACES, Tracing
from stayon.smki_profile import OrganisationCertificate

_REGISTERED_SINCE = timedelta(days=365)
CSPS = tuple(route for route in Route if route.generation is Generation.SMETS2)
MANAGEMENT_INTERFACE = "management-interface"
"""The folder, in that of the world, with the reference data that the S1SPs have got."""


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """What a world is made from.

    ``failed`` are the suppliers of the homes, which will fail; ``also`` are there besides the cast.
    ``s1sp_faults`` says what is wrong with an S1SP; nothing where it says nothing.
    """

    homes: tuple[Home, ...]
    assumptions: Assumptions
    policy: Policy
    schemas: SchemaSet
    seed: int
    folder: Path
    failed: tuple[Eui64, ...] = (FAILED_SUPPLIER,)
    also: tuple[Member, ...] = ()
    s1sp_faults: Mapping[Route, S1spFaults] = field(default_factory=dict)
    database: URL | None = None
    """Where the DSP stores; None for a file in ``folder``."""
    scanner: FileScanner | None = None
    tracing: Tracing = NO_TRACES

    @property
    def cast(self) -> tuple[Member, ...]:
        """Who is in this world."""
        return (*cast_with(self.failed).values(), *self.also)


@dataclass(frozen=True, slots=True)
class GatewayTls:
    """How the DSP's services are served by mutual TLS, and who knows whose a connection is."""

    context: SSLContext
    certificates: ConnectionCertificates


@dataclass(slots=True)
class World:
    """The parts of a world that is running."""

    settings: WorldSettings
    clock: Clock
    pki: WorldPki
    store: SqlStore
    dsp: Dsp
    gateway_url: str
    installed: Installed
    homes: Homes
    carriers: dict[Route, Carrier]
    wans: tuple[Wan, ...] = ()
    s1sps: dict[Route, S1spService] = field(default_factory=dict)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)
    looking_on: LookingOn = field(default_factory=LookingOn)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let something go on in the background until it ends or the world does."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        # A failure stays in the set: ``check`` raises it.
        if task.cancelled() or task.exception() is None:
            self.tasks.discard(task)

    def check(self) -> None:
        """Raise what has gone wrong in the background."""
        for task in self.tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def synchronise(self) -> int:
        """Let the DSP take over what the SMKI has issued and revoked."""
        path = self.pki.smki.authorities.organisations.path
        trusted = TrustedAsListed(path, self.pki.trusted) if self.pki.trusted else path
        return await self.dsp.synchronise(SmkiSource(self.pki.smki), trusted)

    async def put_users(self, receive_urls: dict[Eui64, str]) -> None:
        """Register the cast as Users of the DCC, each with its Receive Response Service."""
        await self.store.put_users(
            user_record(member, receive_urls.get(member.eui64, ""))
            for member in self.settings.cast
            if member.roles
        )
        await self.dsp.publish()


class SmkiSource:
    """The SMKI's repository as the DSP's KMS copies it."""

    def __init__(self, smki: Smki) -> None:
        self._smki = smki

    def organisations(self) -> Iterable[OrganisationCertificate]:
        """Every Organisation Certificate ever issued."""
        for certificate in self._smki.repository.find(None):
            if isinstance(certificate, OrganisationCertificate):
                yield certificate

    def revocations(self) -> Iterable[RevocationRecord]:
        """Every revocation recorded."""
        return self._smki.revocations()


def user_record(member: Member, receive_url: str, *, suspended: bool = False) -> UserRecord:
    """A member of the cast as a User of the DCC."""
    return UserRecord(
        user_id=member.eui64,
        name=member.name,
        party=member.party,
        roles=dict.fromkeys(member.roles, UserStatus.ACTIVE),
        party_suspended=suspended,
        receive_url=receive_url,
        participant_ids=member.participant_ids,
        duis_version="5.5",
    )


@asynccontextmanager
async def open_world(
    settings: WorldSettings,
    clock: Clock,
    poster: HttpPoster,
    *,
    pki: WorldPki | None = None,
    port: int = 0,
    tls: GatewayTls | None = None,
) -> AsyncIterator[World]:
    """Build a world at the present of ``clock`` and run it until the block ends.

    ``pki`` is made from the seed unless it is given; ``port`` is that of the DSP's services, 0
    for any free one. A folder that has a DSP's store already is gone on with.
    With ``tls`` they are served by mutual TLS.
    """
    if pki is None:
        pki = WorldPki(f"world {settings.seed}".encode(), clock, cast=settings.cast)
    installed = install(settings.homes, settings.assumptions, pki, clock.now(), settings.seed)
    homes = Homes(installed.households, installed.home_of)
    policy = settings.policy.fingerprint
    if settings.database is None:
        store = ObservedStore.in_file(settings.folder / "dsp.sqlite", clock, policy=policy)
    else:
        store = ObservedStore(settings.database, clock, policy=policy)
        store.migrate()
    await store.put_policy(policy)
    looking_on = LookingOn(settings.tracing)
    carriers: dict[Route, Carrier] = {}
    recipients: dict[Route, ReferenceDataRecipient] = {}
    ground = DspGround(store, pki, settings.policy, settings.schemas, clock, looking_on)
    dsp = ground.dsp(
        poster,
        carriers=carriers,
        device_keys=AsyncRepositoryLookup(pki.smki),
        s1sps=recipients,
        scanner=settings.scanner,
    )
    server = _gateway(dsp, port, tls, looking_on)
    await server.start()
    world = World(settings, clock, pki, store, dsp, server.url, installed, homes, carriers)
    world.looking_on = looking_on
    world.wans = tuple(_wan(route, world) for route in CSPS)
    carriers.update({wan.route: looking_on.carrier(wan) for wan in world.wans})
    _connect_s1sps(world, recipients)
    try:
        if not (await store.reference()).users:
            await populate(world)
        await world.synchronise()
        world.spawn(dsp.run())
        for wan in world.wans:
            world.spawn(wan.run())
        yield world
        world.check()
    finally:
        await _stop(world)
        await server.stop()
        await store.close()


def _gateway(dsp: Dsp, port: int, tls: GatewayTls | None, looking_on: LookingOn) -> HttpServer:
    if tls is None:
        return HttpServer(dsp.app(around=looking_on.answer), port=port)
    app = dsp.app(tls.certificates, around=looking_on.answer)
    return HttpServer(app, port=port, tls=tls.context)


async def populate(world: World) -> None:
    """Write down what the DSP's reference data say before anything has happened."""
    since = world.clock.now() - _REGISTERED_SINCE
    await world.store.put_devices(world.installed.inventory)
    await world.store.put_srp_registrations(
        SrpRegistration(supplier, SRP, "PMA-2026-017", since, None)
        for supplier in world.settings.failed
    )


async def _stop(world: World) -> None:
    running = [task for task in world.tasks if not task.done()]
    for task in running:
        task.cancel()
    if running:
        await asyncio.wait(running)


def wan_model(assumptions: Assumptions) -> WanModel:
    """How good the networks are."""
    networks = assumptions.networks
    # The assumption is there and back; a WAN's latency is one way.
    return WanModel(latency=networks.latency.value / 2, loss_rate=networks.loss.value)


IDEAL_NETWORK = WanModel(
    latency=0.02,
    loss_rate=0.0,
    gas_poll=0.0,
    attempts=1000,
    backoff=1.0,
    backoff_factor=1.5,
    backoff_limit=5.0,
    capacity=100_000.0,
    tick=0.02,
)
"""Reaches every meter at once and loses nothing: what is measured with it is everything else."""


def coverage_of(homes: Iterable[Home]) -> Coverage:
    """Which meters the networks of a world do not reach."""
    homes = tuple(homes)
    coverage = Coverage(
        no_wan=[
            meter.device.device_id
            for home in homes
            for meter in home.meters
            if meter.ailment.no_wan
        ]
    )
    for home in homes:
        for meter in home.meters:
            back = meter.ailment.han_back_at
            if back is not None:
                coverage.lose_han(meter.device.device_id, None if back == NEVER else back)
    return coverage


def _wan(route: Route, world: World) -> Wan:
    settings = world.settings
    return Wan(
        route,
        wan_model(settings.assumptions),
        coverage=coverage_of(settings.homes),
        meters=world.looking_on.meters(
            LocalMeters(InhabitedHost(world.installed.smets2, world.homes), world.clock)
        ),
        southbound=world.looking_on.southbound(world.dsp.southbound),
        clock=world.clock,
        seed=settings.seed,
    )


def _connect_s1sps(world: World, recipients: dict[Route, ReferenceDataRecipient]) -> None:
    """Three S1SPs; what the DSP tells them lies as files in the world's folder."""
    settings = world.settings
    world.s1sps = s1sps(
        S1spSurroundings(
            clock=world.clock,
            pki=world.pki,
            policy=settings.policy,
            southbound=world.looking_on.southbound(world.dsp.southbound),
            meters=smets1_meters(settings.homes, world.installed),
            homes=world.homes,
            model=wan_model(settings.assumptions),
            coverage=coverage_of(settings.homes),
            seed=settings.seed,
            spawn=world.spawn,
            faults=settings.s1sp_faults,
        )
    )
    looking_on = world.looking_on
    world.carriers.update({r: looking_on.carrier(each) for r, each in world.s1sps.items()})
    folder = settings.folder / MANAGEMENT_INTERFACE
    for route, s1sp in world.s1sps.items():
        recipients[route] = FolderTransfer(folder / route.value, s1sp)


def smets1_meters(
    homes: Iterable[Home], installed: Installed
) -> dict[Route, dict[Eui64, Smets1Meter]]:
    """The SMETS1 meters of each S1SP."""
    meters: dict[Route, dict[Eui64, Smets1Meter]] = {route: {} for route in S1SPS}
    for home in homes:
        for meter in home.meters:
            device = meter.device
            if device.generation is Generation.SMETS1:
                meters[device.route][device.device_id] = installed.smets1[device.device_id]
    return meters
