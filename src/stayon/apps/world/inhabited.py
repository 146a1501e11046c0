"""Meters in homes: before a message reaches one, its household has lived up to that moment."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from stayon.apps.world.household import Household
from stayon.devices.host import DeviceHost
from stayon.devices.meter import Answer
from stayon.domain.eui64 import Eui64


class Homes:
    """Which household a device belongs to."""

    def __init__(self, households: Sequence[Household], home_of: Mapping[Eui64, int]) -> None:
        self.households = tuple(households)
        self._home_of = home_of

    def live_until(self, device: Eui64, now: datetime) -> None:
        """Let the device's household live until ``now`` (UTC)."""
        self.households[self._home_of[device]].live(now)

    def look_again(self, device: Eui64) -> None:
        """A command has just been executed there."""
        self.households[self._home_of[device]].look_again()


class InhabitedHost(DeviceHost):
    """SMETS2+ meters with their households."""

    def __init__(self, host: DeviceHost, homes: Homes) -> None:
        super().__init__(host)
        self._homes = homes

    def execute(self, device: Eui64, command: bytes, now: datetime) -> Answer:
        """See ``DeviceHost.execute``."""
        self._homes.live_until(device, now)
        answer = super().execute(device, command, now)
        self._homes.look_again(device)
        return answer
