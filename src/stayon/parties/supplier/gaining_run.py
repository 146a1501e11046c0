"""Gaining many devices: a 6.23 for each, a few at once, and what became of every one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime, timedelta

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.srp.gateway import Declined, GatewayUnavailable
from stayon.parties.supplier.gaining import Gained, GainingSupplier
from stayon.ports.clock import Clock

_AT_ONCE = 32
NO_ANSWER = "no answer yet"


class GainingRun:
    """One run; ``take`` is what its Receive Response Service does with a delivery.

    ``other`` gets the deliveries that are about something else than a 6.23.
    """

    def __init__(
        self, supplier: GainingSupplier, clock: Clock, other: Callable[[bytes], Awaitable[None]]
    ) -> None:
        self._supplier = supplier
        self._clock = clock
        self._other = other
        self._outcomes: dict[Eui64, Gained] = {}

    async def take(self, body: bytes) -> None:
        """Read one delivery; raises ``StayonError`` for one that is not to be believed."""
        outcome = await self._supplier.read(body)
        if outcome is None:
            await self._other(body)
        else:
            self._outcomes[outcome.device] = outcome

    async def gain(
        self,
        devices: Sequence[PortfolioDevice],
        within: timedelta,
        look_every: float,
        execution: datetime | None = None,
    ) -> Mapping[Eui64, Gained]:
        """Ask for every device and wait for the outcomes, at most ``within``; one for each.

        With an ``execution`` (see ``GainingSupplier.gain``) the outcome that is waited for is that
        the device keeps it.
        """
        room = asyncio.Semaphore(_AT_ONCE)

        async def ask(device: PortfolioDevice) -> Gained | None:
            async with room:
                try:
                    answer = await self._supplier.gain(device.device_id, device.mpxn, execution)
                except GatewayUnavailable as unavailable:
                    return Gained(device.device_id, False, str(unavailable))
            if isinstance(answer, Declined):
                return Gained(device.device_id, False, answer.code)
            return None

        with self._clock.busy():
            answers = await asyncio.gather(*map(ask, devices))
        refused = {each.device: each for each in answers if each is not None}
        awaited = {each.device_id for each in devices} - refused.keys()
        deadline = self._clock.now() + within
        while awaited - self._outcomes.keys() and self._clock.now() < deadline:
            await self._clock.sleep(look_every)
        known = {**self._outcomes, **refused}
        return {
            each.device_id: known.get(each.device_id, Gained(each.device_id, False, NO_ANSWER))
            for each in devices
        }
