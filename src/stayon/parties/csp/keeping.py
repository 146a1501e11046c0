"""A CSP that has on disk what it has accepted, before it says so."""

import asyncio
from collections.abc import Mapping, Sequence

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.parties.csp.wan import Wan
from stayon.ports.carrier_memory import CspMemory
from stayon.ports.meters import RaisedAlerts
from stayon.ports.outbound import CarrierWork, OutboundError

_FORGET_AGAIN_SECONDS = 1.0


class KeepingCsp:
    """Implements ``outbound.Carrier`` and ``meters.AlertCarrier`` before one or more WANs.

    What ends, ``ended`` has to be told; ``run`` then forgets it. What is not forgotten because the
    process dies is carried once more by the next one, which changes nothing: meters and the DSP
    know it.
    """

    def __init__(self, memory: CspMemory) -> None:
        self._memory = memory
        self._wans: Mapping[Route, Wan] = {}
        self._route_of: Mapping[Eui64, Route] = {}
        self._ended: list[str] = []
        self._wake = asyncio.Event()

    def connect(self, wans: Mapping[Route, Wan], route_of: Mapping[Eui64, Route]) -> None:
        """Set up the networks and say which of them each device is on."""
        self._wans = wans
        self._route_of = route_of

    async def restore(self) -> int:
        """Carry on with what had not ended; how much that is."""
        work, alerts = self._memory.work(), self._memory.alerts()
        for route, wan in self._wans.items():
            await wan.submit([each for each in work if each.route is route])
        self._carry(alerts)
        return len(work) + len(alerts)

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        by_wan = [(self._wan(route), route) for route in {each.route for each in work}]
        for wan, route in by_wan:
            if sum(each.route is route for each in work) > wan.room:
                raise OutboundError(f"{route.value} holds {wan.pending} messages and is full")
        await self._memory.accept(work)
        for wan, route in by_wan:
            # If it has become full meanwhile, the work is kept here and sent again by its owner.
            await wan.submit([each for each in work if each.route is route])

    def _wan(self, route: Route) -> Wan:
        if route not in self._wans:
            raise OutboundError(f"{route.value} is not carried here")
        return self._wans[route]

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        """See ``AlertCarrier.carry``."""
        for each in alerts:
            route = self._route_of.get(each.device)
            if route is not None:
                self._wan(route)
        await self._memory.accept_alerts(alerts)
        self._carry(alerts)

    def _carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        for each in alerts:
            route = self._route_of.get(each.device)
            if route is not None and route in self._wans:
                self._wans[route].carry(each.device, each.messages, each.key)
            else:
                self.ended((each.key,))

    def ended(self, names: Sequence[str]) -> None:
        """Work and alerts that are over."""
        self._ended.extend(names)
        if names:
            self._wake.set()

    async def run(self) -> None:
        """Forget what is over, for ever."""
        while True:
            await self._wake.wait()
            self._wake.clear()
            names, self._ended = self._ended, []
            try:
                await self._memory.forget(names)
            except OutboundError:
                self.ended(names)
                await asyncio.sleep(_FORGET_AGAIN_SECONDS)
