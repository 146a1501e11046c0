"""``s1sp``: one or all of the SMETS1 Service Providers, with their meters."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from stayon.adapters.between_roles.clients import RemoteSouthbound
from stayon.adapters.between_roles.servers import carrier_routes, reference_routes
from stayon.adapters.carrier_memory.s1sp import S1spFile
from stayon.adapters.management_interface.folder import FolderTransfer, sets_in
from stayon.adapters.smki_repository.copied import CopiedRepository
from stayon.apps.serve.metrics import OfProcess, certificate_ends
from stayon.apps.serve.roles.gauges import gauge
from stayon.apps.serve.roles.in_force import WorkersWatch, shown
from stayon.apps.serve.roles.keys import follow_keys
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld, known_world, pki_by_repository, policy_of
from stayon.apps.world.cast import S1SPS
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import Installed, install
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import Home
from stayon.apps.world.s1sps import S1spSurroundings, s1sps
from stayon.apps.world.wiring import (
    IDEAL_NETWORK,
    MANAGEMENT_INTERFACE,
    coverage_of,
    smets1_meters,
    wan_model,
)
from stayon.devices.alerts import Raised
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.s1sp.service import S1spService
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock
from stayon.ports.outbound import CarrierWork, OutboundError
from stayon.smki_profile import OrganisationCertificate

_COPIED_EVERY_SECONDS = 2.0
_MICROSECOND = timedelta(microseconds=1)


async def run(process: RoleProcess) -> None:
    """Provide until the process is told to stop; the next one goes on with what is left."""
    world = await known_world(process)
    between = await process.poster()
    pki, repository = await pki_by_repository(process, world, between)
    process.monitored.troubles.append(partial(_trouble, repository))
    process.spawn(_keep_copying(repository))
    policy, workers = policy_of(process), process.settings.addresses.workers
    in_force = WorkersWatch(workers, between, policy.fingerprint, world.clock)
    process.monitored.troubles.append(in_force.trouble)
    process.monitored.in_force = lambda: shown(in_force.in_force)
    process.spawn(in_force.run())
    routes = process.settings.routes or tuple(S1SPS)
    memories = _memories(process, world, routes)
    behind = _meters(process, world, pki, memories)
    services = s1sps(
        S1spSurroundings(
            clock=world.clock,
            pki=pki,
            policy=policy,
            southbound=process.looking_on.bringing_back(RemoteSouthbound(workers, between)),
            meters=smets1_meters(behind.homes, behind.installed),
            homes=behind.living,
            model=behind.model,
            coverage=behind.coverage,
            seed=world.founded.founding.seed,
            spawn=process.spawn,
            memories=memories,
            certificates=repository,
            routes=routes,
        )
    )

    async def copied() -> tuple[OrganisationCertificate, ...]:
        return repository.certificates

    await follow_keys(process, pki, in_force, copied)
    transfers = await _restore(process, services)
    _look_at_homes(process, behind, services, memories)
    _show(process, pki, behind, services)
    taking_on = process.looking_on.taking_on
    careful = {r: taking_on(_Careful(each, repository, in_force)) for r, each in services.items()}
    server = await process.serve_others([*carrier_routes(careful), *reference_routes(transfers)])
    await process.run_until_stopped(server.url)
    await server.stop()


def _memories(
    process: RoleProcess, world: KnownWorld, routes: Sequence[Route]
) -> dict[Route, S1spFile]:
    """What each S1SP has accepted, on disk."""
    memories = {}
    for route in routes:
        file = process.settings.state / f"{route.value}.sqlite"
        memories[route] = S1spFile(file, world.clock.now())
        process.stack.callback(memories[route].close)
    return memories


@dataclass(frozen=True, slots=True)
class _Behind:
    """The homes of the S1SPs of this process, with their meters and the network to them."""

    homes: tuple[Home, ...]
    installed: Installed
    living: Homes
    coverage: Coverage
    model: WanModel


def _meters(
    process: RoleProcess, world: KnownWorld, pki: WorldPki, memories: Mapping[Route, S1spFile]
) -> _Behind:
    # Meters of one home have one S1SP, but the earliest of all files tells when it all began.
    began = min(memory.installed_at for memory in memories.values())
    homes = tuple(home for home in world.homes() if home.meters[0].device.route in memories)
    installed = install(homes, world.assumptions, pki, began, world.founded.founding.seed)
    coverage, model = coverage_of(homes), wan_model(world.assumptions)
    if process.settings.ideal_network:
        coverage, model = Coverage(), IDEAL_NETWORK
    living = Homes(installed.households, installed.home_of)
    return _Behind(homes, installed, living, coverage, model)


async def _restore(
    process: RoleProcess, services: Mapping[Route, S1spService]
) -> dict[Route, FolderTransfer]:
    """Let each go on by the reference data that it had, and with what it had accepted."""
    transfers = {}
    for route, service in services.items():
        folder = process.settings.state / MANAGEMENT_INTERFACE / route.value
        for files in sets_in(folder):
            await service.load(files)
        transfers[route] = FolderTransfer(folder, service)
        await service.restore()
    return transfers


def _look_at_homes(
    process: RoleProcess,
    behind: _Behind,
    services: dict[Route, S1spService],
    memories: dict[Route, S1spFile],
) -> None:
    """Bring what the meters raise to their S1SPs, for as long as the process runs."""
    alerts = HomeAlerts(
        behind.homes,
        behind.installed,
        coverage=behind.coverage,
        services=services,
        memories=memories,
        clock=process.clock,
    )
    every = process.settings.alerts_every.total_seconds()
    process.spawn(alerts.run(process.spawn, behind.living, every))


def _show(
    process: RoleProcess, pki: WorldPki, behind: _Behind, services: Mapping[Route, S1spService]
) -> None:
    own = {S1SPS[route] for route in services}
    process.monitored.gauges.append(gauge("stayon_meters", lambda: len(behind.installed.smets1)))
    process.monitored.of_process = OfProcess(
        lambda: {route.value: each.pending for route, each in services.items()},
        lambda: certificate_ends(pki, own),
    )


def _trouble(repository: CopiedRepository) -> str | None:
    try:
        repository.require_fresh()
    except LookupUnavailable as error:
        return str(error)
    return None


async def _keep_copying(repository: CopiedRepository) -> None:
    while True:
        await asyncio.sleep(_COPIED_EVERY_SECONDS)
        try:
            await repository.refresh()
        except LookupUnavailable:
            # The copy goes on to count for a while; then nothing is taken on any more.
            continue


class _Careful:
    """Takes nothing on while it is not known who has been revoked, or which policy is in force.

    Implements ``Carrier``.
    """

    def __init__(
        self, service: S1spService, repository: CopiedRepository, in_force: WorkersWatch
    ) -> None:
        self._service = service
        self._repository = repository
        self._in_force = in_force

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        try:
            self._repository.require_fresh()
        except LookupUnavailable as error:
            raise OutboundError(str(error)) from error
        self._in_force.require()
        await self._service.submit(work)


class HomeAlerts:
    """Brings what the homes' meters raise to their S1SPs.

    Until when that has been done is written down afterwards: what a death comes between is raised
    again in the next life, as the same alert, which the DSP knows.
    """

    def __init__(
        self,
        homes: Sequence[Home],
        installed: Installed,
        *,
        coverage: Coverage,
        services: dict[Route, S1spService],
        memories: dict[Route, S1spFile],
        clock: Clock,
    ) -> None:
        self._services = services
        self._memories = memories
        self._clock = clock
        self._known_until = {route: each.alerts_taken_until for route, each in memories.items()}
        self._waiting: list[tuple[Eui64, Raised]] = []
        self._unreported: dict[Route, Counter[datetime]] = defaultdict(Counter)
        self._routes: dict[Eui64, Route] = {}
        self._coverage = coverage
        for home, household in zip(homes, installed.households, strict=True):
            devices = tuple(meter.device.device_id for meter in home.meters)
            self._routes |= {meter.device.device_id: meter.device.route for meter in home.meters}
            household.listener = partial(self._raised, devices)

    def _raised(self, devices: Sequence[Eui64], number: int, raised: Raised) -> None:
        device = devices[number]
        route = self._routes[device]
        if raised.at > self._known_until[route]:
            self._waiting.append((device, raised))
            self._unreported[route][raised.at] += 1

    async def run(
        self,
        spawn: Callable[[Coroutine[None, None, None]], None],
        homes: Homes,
        every_seconds: float,
    ) -> None:
        """Look at every home each time that so much has passed, for ever."""
        while True:
            await self._clock.sleep(every_seconds)
            now = self._clock.now()
            for household in homes.households:
                household.live(now)
            waiting, self._waiting = self._waiting, []
            for device, raised in waiting:
                if self._coverage.has_han(device, now):
                    spawn(self._report(device, raised))
                else:
                    self._waiting.append((device, raised))
            # What a full disk does not take is noted the next time.
            with suppress(OutboundError):
                for route, memory in self._memories.items():
                    await memory.alerts_taken(self._reported_until(route, now))

    async def _report(self, device: Eui64, raised: Raised) -> None:
        route = self._routes[device]
        await self._services[route].report_alert(device, raised)
        unreported = self._unreported[route]
        unreported[raised.at] -= 1
        if unreported[raised.at] == 0:
            del unreported[raised.at]

    def _reported_until(self, route: Route, now: datetime) -> datetime:
        """The last instant before the first alert that the DSP does not have yet."""
        unreported = self._unreported[route]
        return min(unreported) - _MICROSECOND if unreported else now
