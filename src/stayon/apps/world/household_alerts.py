"""Alerts that meters raise because of what their homes do: over the WAN, as real ones.

A world computes a home's life only when somebody asks; so that its alerts come in time, somebody
asks every so often. That costs time, and an event can be rehearsed without it.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import partial

from stayon.apps.world.wiring import World, coverage_of
from stayon.devices.alerts import Raised
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Generation, Route


class HouseholdAlerts:
    """Listens to every household of a world and brings what its meters raise to the DSP.

    SMETS2+ alerts go over the meter's WAN, SMETS1 alerts through its S1SP. What a HAN loss keeps in
    the home goes when the HAN is back.
    """

    def __init__(self, world: World) -> None:
        self._world = world
        self._coverage = coverage_of(world.settings.homes)
        self._wans = {wan.route: wan for wan in world.wans}
        self._routes: dict[Eui64, Route] = {}
        self._waiting: list[tuple[Eui64, Raised]] = []
        for home, household in zip(world.settings.homes, world.homes.households, strict=True):
            devices = tuple(meter.device.device_id for meter in home.meters)
            self._routes |= {meter.device.device_id: meter.device.route for meter in home.meters}
            household.listener = partial(self._raised, devices)

    def _raised(self, devices: Sequence[Eui64], number: int, raised: Raised) -> None:
        self._waiting.append((devices[number], raised))

    async def run(self, every: timedelta) -> None:
        """Look at every home each time that ``every`` has passed, for ever."""
        clock = self._world.clock
        while True:
            await clock.sleep(every.total_seconds())
            with clock.busy():
                now = clock.now()
                for household in self._world.homes.households:
                    household.live(now)
                self._send()

    def _send(self) -> None:
        waiting, self._waiting = self._waiting, []
        now = self._world.clock.now()
        for device, raised in waiting:
            route = self._routes[device]
            if route.generation is Generation.SMETS2:
                meter = self._world.installed.smets2[device]
                self._wans[route].carry(device, meter.messages_for((raised,)))
            elif self._coverage.has_han(device, now):
                self._world.spawn(self._world.s1sps[route].report_alert(device, raised))
            else:
                self._waiting.append((device, raised))
