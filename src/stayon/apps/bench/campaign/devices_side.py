"""The CSPs with their meters, in a process of their own: ``python -m ...devices_side FOLDER``.

The WANs are perfect and quick: what is measured is the work, not a network's assumptions.
"""

import asyncio
import sys
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path

import uvloop

from stayon.adapters.clock.system import SystemClock
from stayon.apps.bench.campaign.link import Link, RemoteSouthbound, for_carriers
from stayon.apps.bench.campaign.process import Use, next_line, say
from stayon.apps.bench.campaign.setting import (
    Setting,
    Working,
    at_once,
    device_keys,
    write_device_keys,
)
from stayon.apps.collecting import settle
from stayon.apps.world.meters import MeterSettings, prepayment_of
from stayon.devices.esme import Esme
from stayon.devices.gsme import Gsme
from stayon.devices.host import DeviceHost
from stayon.devices.meter import Answer
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Route
from stayon.parties.csp.local_meters import LocalMeters
from stayon.parties.csp.model import Coverage, WanModel
from stayon.parties.csp.wan import Wan
from stayon.ports.clock import Clock
from stayon.ports.outbound import Carrier

_QUICK = WanModel(
    latency=0.02,
    latency_spread=0.0,
    loss_rate=0.0,
    gas_poll=0.0,
    capacity=1_000_000.0,
    tick=0.02,
)


class _TimedHost(DeviceHost):
    """Meters, with the CPU time that they take."""

    seconds = 0.0

    def execute(self, device: Eui64, command: bytes, now: datetime) -> Answer:
        """See ``DeviceHost.execute``."""
        before = time.thread_time()
        answer = super().execute(device, command, now)
        self.seconds += time.thread_time() - before
        return answer


def _install(setting: Setting, clock: Clock) -> _TimedHost:
    assumptions = at_once()
    settings, working = MeterSettings(assumptions, setting.pki(clock)), Working(assumptions)
    now, host = clock.now(), _TimedHost()
    for device in setting.portfolio():
        kind = Esme if device.fuel is Fuel.ELECTRICITY else Gsme
        state = prepayment_of(working.meter(device), settings, now)
        keys = device_keys(device.device_id)
        host.add(kind(device.device_id, keys, settings.anchors(device.supplier_id), state))
    return host


async def _run(setting: Setting) -> None:
    clock = SystemClock()
    write_device_keys(setting)
    say("keys")
    host = _install(setting, clock)
    southbound = RemoteSouthbound()
    carriers: dict[Route, Carrier] = {}
    wans = [
        Wan(
            route,
            _QUICK,
            coverage=Coverage(),
            meters=LocalMeters(host, clock),
            southbound=southbound,
            clock=clock,
            seed=1,
        )
        for route in (Route.CSP_NORTH, Route.CSP_CENTRAL_SOUTH)
    ]
    carriers.update((wan.route, wan) for wan in wans)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        southbound.link = Link(reader, writer, for_carriers(carriers))
        with suppress(asyncio.CancelledError):  # at the end: streams would say so aloud
            await southbound.link.run()

    running = [asyncio.create_task(wan.run()) for wan in wans]
    server = await asyncio.start_server(connected, "127.0.0.1")
    settle()
    say(str(server.sockets[0].getsockname()[1]))
    await next_line()
    use = Use()
    await next_line()
    say(use.told(meters=host.seconds))
    for task in running:
        task.cancel()
    server.close()


if __name__ == "__main__":
    uvloop.run(_run(Setting.read(Path(sys.argv[1]))))
