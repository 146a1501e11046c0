"""Meters in the CSP's own process."""

from collections.abc import Sequence

from stayon.devices.host import DeviceHost
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.ports.clock import Clock
from stayon.ports.meters import MeterAnswer, MeterCommand


class LocalMeters:
    """Implements ``stayon.ports.meters.Meters`` for a ``DeviceHost``."""

    def __init__(self, host: DeviceHost, clock: Clock) -> None:
        self._host = host
        self._clock = clock

    def fuel(self, device: Eui64) -> Fuel | None:
        """See ``Meters.fuel``."""
        return self._host[device].prepayment.fuel if device in self._host else None

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """See ``Meters.execute``."""
        now = self._clock.now()
        return [self._host.execute(each.device, each.message, now) for each in commands]
