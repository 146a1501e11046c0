"""A campaign does what people have ordered: pause, resume, another pace, retry a cause."""

from collections.abc import Callable

from stayon.domain.portfolio import EndState
from stayon.parties.srp.ledger import Ledger
from stayon.parties.srp.pacing import Pace
from stayon.parties.srp.tracking import Tracked
from stayon.ports.campaign_control import CampaignControl, Order, OrderKind, in_force
from stayon.ports.clock import Clock

_LOOK_EVERY_SECONDS = 1.0
_GIVEN_UP = frozenset(EndState) - {EndState.SAFE, EndState.ALREADY_SAFE}

Plan = Callable[[Tracked], None]
"""Puts a device that is tried again into the schedule."""


class Control:
    """Applies orders to one running campaign."""

    def __init__(self, orders: CampaignControl, pace: Pace, ledger: Ledger, clock: Clock) -> None:
        self._orders = orders
        self._pace = pace
        self._ledger = ledger
        self._clock = clock

    async def take_up(self, plan: Plan) -> None:
        """Put in force what was ordered before: also what an earlier run had applied."""
        standing = in_force(self._orders.orders())
        if standing.pace is not None:
            self._pace.change(standing.pace)
        if standing.paused:
            self._pace.pause()
        with self._clock.busy():
            await self.look(plan)

    async def follow(self, plan: Plan) -> None:
        """Look for new orders, for ever."""
        while True:
            await self._clock.sleep(_LOOK_EVERY_SECONDS)
            with self._clock.busy():
                await self.look(plan)

    async def look(self, plan: Plan) -> None:
        """Carry out what is pending, in order; done again after a crash it changes nothing more."""
        for order in self._orders.pending():
            result = await self._carry_out(order, plan)
            self._orders.applied(order.number, result, self._clock.now())

    async def _carry_out(self, order: Order, plan: Plan) -> str:
        match order.kind:
            case OrderKind.PAUSE:
                self._pace.pause()
                return "paused"
            case OrderKind.RESUME:
                self._pace.resume()
                return "resumed"
            case OrderKind.PACE:
                self._pace.change(float(order.value))
                return f"{order.value} requests a second"
            case OrderKind.RETRY:
                return await self._retry(order.value, plan)

    async def _retry(self, cause: str, plan: Plan) -> str:
        number = 0
        for tracked in self._ledger.tracking:
            progress = tracked.progress
            if progress.end in _GIVEN_UP and progress.cause == cause:
                await self._ledger.reopen(tracked)
                plan(tracked)
                number += 1
        return f"{number} devices are tried again"
