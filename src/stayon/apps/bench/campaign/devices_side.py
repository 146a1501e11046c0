"""The CSPs or S1SPs with their meters, in a process of their own: ``... devices_side FOLDER``."""

import asyncio
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from pathlib import Path

import uvloop

from stayon.adapters.clock.system import SystemClock
from stayon.apps.bench.campaign.beyond import Beyond
from stayon.apps.bench.campaign.link import Link, RemoteSouthbound, for_carriers
from stayon.apps.bench.campaign.process import Use, next_line, say
from stayon.apps.bench.campaign.quick import QUICK
from stayon.apps.bench.campaign.setting import (
    Setting,
    Working,
    at_once,
    device_keys,
    write_device_keys,
)
from stayon.apps.bench.campaign.smets1 import beyond_s1sps
from stayon.apps.collecting import settle
from stayon.apps.world.meters import MeterSettings, prepayment_of
from stayon.devices.esme import Esme
from stayon.devices.gsme import Gsme
from stayon.devices.host import DeviceHost
from stayon.domain.metering import Fuel
from stayon.parties.csp.local_meters import LocalMeters
from stayon.parties.csp.model import Coverage
from stayon.parties.csp.wan import Wan
from stayon.ports.clock import Clock
from stayon.ports.meters import MeterAnswer, MeterCommand
from stayon.ports.outbound import Southbound


class _TimedMeters(LocalMeters):
    """Meters, with the CPU time that they take, in one look at the clock for many."""

    seconds = 0.0

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """See ``Meters.execute``."""
        before = time.thread_time()
        answers = await super().execute(commands)
        self.seconds += time.thread_time() - before
        return answers


def _install(setting: Setting, clock: Clock) -> DeviceHost:
    assumptions = at_once()
    settings, working = MeterSettings(assumptions, setting.pki(clock)), Working(assumptions)
    now, host = clock.now(), DeviceHost()
    for device in setting.portfolio():
        kind = Esme if device.fuel is Fuel.ELECTRICITY else Gsme
        state = prepayment_of(working.meter(device), settings, now)
        keys = device_keys(device.device_id)
        host.add(kind(device.device_id, keys, settings.anchors(device.supplier_id), state))
    return host


def _beyond_csps(
    setting: Setting,
    clock: Clock,
    southbound: Southbound,
    spawn: Callable[[Coroutine[None, None, None]], None],
) -> Beyond:
    meters = _TimedMeters(_install(setting, clock), clock)
    wans = {
        route: Wan(
            route,
            QUICK,
            coverage=Coverage(),
            meters=meters,
            southbound=southbound,
            clock=clock,
            seed=1,
        )
        for route in setting.routes
    }
    for wan in wans.values():
        spawn(wan.run())
    return Beyond(wans, lambda: meters.seconds)


async def _run(setting: Setting) -> None:
    clock = SystemClock()
    write_device_keys(setting)
    say("keys")
    southbound = RemoteSouthbound()
    running: set[asyncio.Task[None]] = set()

    def spawn(work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        running.add(task)
        task.add_done_callback(running.discard)

    beyond = (beyond_s1sps if setting.smets1 else _beyond_csps)(setting, clock, southbound, spawn)

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        southbound.link = Link(reader, writer, for_carriers(beyond.carriers, beyond.recipients))
        with suppress(asyncio.CancelledError):  # at the end: streams would say so aloud
            await southbound.link.run()

    server = await asyncio.start_server(connected, "127.0.0.1")
    settle()
    say(str(server.sockets[0].getsockname()[1]))
    await next_line()
    use = Use()
    await next_line()
    say(use.told(meters=beyond.seconds()))
    for task in tuple(running):
        task.cancel()
    server.close()


if __name__ == "__main__":
    uvloop.run(_run(Setting.read(Path(sys.argv[1]))))
