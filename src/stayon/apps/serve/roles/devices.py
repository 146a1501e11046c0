"""``devices``: SMETS2+ meters in their homes, or one part of them, behind a CSP."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial

from stayon.adapters.between_roles.clients import RemoteWan, part_of
from stayon.adapters.between_roles.servers import meter_routes
from stayon.adapters.carrier_memory.meters import MetersFile
from stayon.apps.serve.roles.gauges import gauge
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.settings import Part
from stayon.apps.serve.roles.world import known_world, pki_by_repository
from stayon.apps.world.inhabited import Homes, InhabitedHost
from stayon.apps.world.meters import Installed, install
from stayon.apps.world.population import Home
from stayon.apps.world.wiring import CSPS
from stayon.devices.alerts import Raised
from stayon.devices.host import UnknownDeviceError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.ports.carrier_memory import Executed
from stayon.ports.clock import Clock
from stayon.ports.meters import AlertCarrier, MeterAnswer, MeterCommand, RaisedAlerts
from stayon.ports.outbound import OutboundError

_BATCH = 200
"""Alerts that a CSP is brought at a time."""


async def run(process: RoleProcess) -> None:
    """Be the meters until the process is told to stop."""
    world = await known_world(process)
    between = await process.poster()
    pki, _ = await pki_by_repository(process, world, between)
    settings = process.settings
    memory = MetersFile(settings.state / "meters.sqlite", world.clock.now())
    process.stack.callback(memory.close)
    homes = tuple(home for home in world.homes() if _is_here(home, settings.part))
    founding = world.founded.founding
    installed = install(homes, world.assumptions, pki, memory.installed_at, founding.seed)
    living = LivingMeters(homes, installed, memory, world.clock)
    if known := living.restore():
        process.say("goes on", count=known, detail="commands that its meters have executed before")
    process.monitored.gauges.append(gauge("stayon_meters", lambda: len(installed.smets2)))
    wans = {route: RemoteWan(settings.addresses.carriers[route], between) for route in CSPS}
    process.spawn(living.raise_alerts(wans, settings.alerts_every.total_seconds()))
    server = await process.serve_others(
        meter_routes(process.looking_on.meters(living), settings.part.number, settings.part.of)
    )
    await process.run_until_stopped(server.url)
    await server.stop()


def _is_here(home: Home, part: Part) -> bool:
    device = home.meters[0].device
    if device.generation is not Generation.SMETS2:
        return False
    return part_of(device.device_id, part.of) == part.number - 1


class LivingMeters:
    """Implements ``meters.Meters``; what the meters have executed is on disk before they answer.

    After a death the meters are installed as at first, and live and execute the same again: so
    they are in the same state, with the same counters.
    """

    def __init__(
        self, homes: Sequence[Home], installed: Installed, memory: MetersFile, clock: Clock
    ) -> None:
        self._installed = installed
        self._homes = Homes(installed.households, installed.home_of)
        self._host = InhabitedHost(installed.smets2, self._homes)
        self._memory = memory
        self._clock = clock
        self._unwritten: list[Executed] = []
        self._writing = asyncio.Lock()
        self._alerts: list[RaisedAlerts] = []
        self._known_until = memory.alerts_taken_until
        self._route_of = {
            meter.device.device_id: meter.device.route for home in homes for meter in home.meters
        }
        for home, household in zip(homes, installed.households, strict=True):
            devices = tuple(meter.device.device_id for meter in home.meters)
            household.listener = partial(self._raised, devices)

    def fuel(self, device: Eui64) -> Fuel | None:
        """See ``Meters.fuel``."""
        return self._host[device].prepayment.fuel if device in self._host else None

    def restore(self) -> int:
        """Let the meters execute what they had executed before; how much that was."""
        executed = self._memory.executed()
        for each in executed:
            self._host.execute(each.device, each.message, each.at)
        return len(executed)

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """See ``Meters.execute``."""
        now = self._clock.now()
        answers = [self._execute(each, now) for each in commands]
        async with self._writing:
            # While this is being written, more may be executed. If it fails nobody is told, and
            # what the meters did is written with the next.
            if some := list(self._unwritten):
                await self._memory.add(some)
                del self._unwritten[: len(some)]
        return answers

    def _execute(self, command: MeterCommand, now: datetime) -> MeterAnswer:
        try:
            answer = self._host.execute(command.device, command.message, now)
        except UnknownDeviceError:
            return ()
        if answer:
            self._unwritten.append(Executed(now, command.device, command.message))
        return answer

    def _raised(self, devices: Sequence[Eui64], number: int, raised: Raised) -> None:
        # A message at once: so that its counter is the same whenever the meter lives through this.
        device = devices[number]
        messages = self._installed.smets2[device].messages_for((raised,))
        if raised.at > self._known_until:
            key = f"alert/{device.hex}/{self._installed.smets2[device].counter}"
            self._alerts.append(RaisedAlerts(key, device, messages))

    async def raise_alerts(
        self, carriers: Mapping[Route, AlertCarrier], every_seconds: float
    ) -> None:
        """Look at every home each time that so much has passed, for ever.

        ``carriers`` are the CSPs of all routes.
        """
        while True:
            await self._clock.sleep(every_seconds)
            now = self._clock.now()
            for household in self._homes.households:
                household.live(now)
            await self._send(carriers, now)

    async def _send(self, carriers: Mapping[Route, AlertCarrier], until: datetime) -> None:
        """Bring what was raised to the CSP of each meter; what one does not take, comes again."""
        waiting: defaultdict[Route, list[RaisedAlerts]] = defaultdict(list)
        for each in self._alerts:
            waiting[self._route_of[each.device]].append(each)
        self._alerts = []
        kept: list[RaisedAlerts] = []
        for route, alerts in waiting.items():
            kept += await bring(carriers[route], alerts)
        self._alerts = kept + self._alerts
        if not kept:
            with suppress(OutboundError):
                await self._memory.alerts_taken(until)


async def bring(carrier: AlertCarrier, alerts: list[RaisedAlerts]) -> list[RaisedAlerts]:
    """Bring alerts to a CSP in batches; those from the first batch on that it did not take."""
    for begin, some in enumerate(_in_batches(alerts)):
        try:
            await carrier.carry(some)
        except OutboundError:
            return alerts[begin * _BATCH :]
    return []


def _in_batches(alerts: Sequence[RaisedAlerts]) -> Iterable[list[RaisedAlerts]]:
    for begin in range(0, len(alerts), _BATCH):
        yield list(alerts[begin : begin + _BATCH])
