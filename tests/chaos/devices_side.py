"""A CSP with meters, and a User, between which and the DSP everything can go wrong."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from tests.chaos.process import DspProcess
from tests.parties.dsp.southbound_messages import response_frame

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.eui64 import Eui64
from stayon.gbcs.frame import parse_frame
from stayon.ports.outbound import CarrierWork, DeviceMessage, HttpReply, OutboundError

_LOST = 0.15
_DOUBLED = 0.15
_AGAIN_AFTER_SECONDS = 20.0


@dataclass
class UnreliableCsp:
    """Loses, doubles and delays; answers for what it has taken until the DSP has the response.

    ``executed`` counts what each meter did: it follows a counter that it has not seen, once.
    """

    clock: SimulatedClock
    draw: Random
    happened: Counter[str]
    away: bool = False
    process: DspProcess | None = None
    executed: Counter[Eui64] = field(default_factory=Counter)
    commands: dict[Eui64, set[bytes]] = field(default_factory=dict)
    _last: dict[Eui64, int] = field(default_factory=dict)
    _under_way: set[asyncio.Task[None]] = field(default_factory=set)

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        if self.away or self.draw.random() < _LOST:
            self.happened["hand-over refused"] += 1
            raise OutboundError("the CSP is away")
        for each in work:
            copies = 2 if self.draw.random() < _DOUBLED else 1
            self.happened["command doubled"] += copies - 1
            for _ in range(copies):
                task = asyncio.create_task(self._carry(each))
                self._under_way.add(task)
                task.add_done_callback(self._under_way.discard)
        if self.draw.random() < _LOST:
            self.happened["hand-over taken, answer lost"] += 1
            raise OutboundError("the connection broke")

    async def _carry(self, work: CarrierWork) -> None:
        await self.clock.sleep(self.draw.uniform(1, 60))
        while self.draw.random() < _LOST:
            self.happened["command lost on the way"] += 1
            await self.clock.sleep(_AGAIN_AFTER_SECONDS)
        frame = parse_frame(work.message)
        self.commands.setdefault(work.device, set()).add(work.message)
        if frame.counter > self._last.get(work.device, 0):
            self._last[work.device] = frame.counter
            self.executed[work.device] += 1
        message = DeviceMessage(work.device, response_frame(work.device, frame.counter))
        for _ in range(2 if self.draw.random() < _DOUBLED else 1):
            await self._bring(message)

    async def _bring(self, message: DeviceMessage) -> None:
        while True:
            if self.process is not None and not self.away:
                with self.clock.busy():
                    taken = await self.process.take_message(message)
                if taken:
                    return
                self.happened["response not taken"] += 1
            await self.clock.sleep(_AGAIN_AFTER_SECONDS)


@dataclass
class UnreliableUser:
    """The Receive Response Services; ``got`` is what came, each distinct message once."""

    draw: Random
    happened: Counter[str]
    got: set[bytes] = field(default_factory=set)

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        if self.draw.random() < _LOST:
            self.happened["delivery lost"] += 1
            raise OutboundError(f"{url}: lost")
        if body in self.got:
            self.happened["delivery repeated"] += 1
        self.got.add(body)
        if self.draw.random() < _LOST:
            self.happened["delivery taken, answer lost"] += 1
            raise OutboundError(f"{url}: lost")
        return HttpReply(204, b"")
