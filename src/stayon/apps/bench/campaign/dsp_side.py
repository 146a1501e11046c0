"""The DSP in a process of its own: ``python -m ...dsp_side FOLDER``.

It says where it is, is told when the meters' keys are there, and then where the CSPs and the
client are.
"""

import asyncio
import sys
from itertools import islice
from pathlib import Path

import uvloop

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.http.server import HttpServer
from stayon.adapters.storage.store import SqlStore
from stayon.apps.bench.campaign.link import Link, RemoteCarriers, for_southbound
from stayon.apps.bench.campaign.process import Use, next_line, say
from stayon.apps.bench.campaign.setting import Setting, Working, at_once, read_device_keys
from stayon.apps.collecting import settle
from stayon.apps.policy_files import read_policy
from stayon.apps.rehearse.event import Event
from stayon.apps.schemas import load_schemas
from stayon.apps.world.cast import S1SPS, SRP
from stayon.apps.world.dsp import cos_party, dsp_keys
from stayon.apps.world.inhabited import Homes
from stayon.apps.world.meters import Installed, MeterSettings, inventory_row
from stayon.apps.world.pki import AsyncRepositoryLookup
from stayon.apps.world.wiring import World, WorldSettings, populate
from stayon.devices.host import DeviceHost
from stayon.domain.metering import Route
from stayon.parties.dsp.service import Dsp
from stayon.parties.receive_response import PATH
from stayon.parties.srp.requests import SAFE_PREPAYMENT
from stayon.ports.clock import Clock
from stayon.ports.management_interface import ReferenceDataRecipient
from stayon.ports.outbound import Carrier

_ROWS_AT_A_TIME = 2000


async def _run(setting: Setting) -> None:
    clock = SystemClock()
    carriers: dict[Route, Carrier] = {}
    recipients: dict[Route, ReferenceDataRecipient] = {}
    async with HttpClient() as poster:
        world = await _world(setting, clock, poster, carriers, recipients)
        server = HttpServer(world.dsp.app())
        await server.start()
        say(server.url)
        await next_line()
        await _fill(setting, world)
        csp_port, client = (await next_line()).split()
        reader, writer = await asyncio.open_connection("127.0.0.1", int(csp_port))
        link = Link(reader, writer, for_southbound(world.dsp.southbound))
        beyond = RemoteCarriers(link)
        carriers.update(dict.fromkeys(setting.routes, beyond))
        if setting.smets1:
            recipients.update(dict.fromkeys(setting.routes, beyond))
        linked = asyncio.create_task(link.run())
        world.spawn(world.dsp.run())
        await world.put_users({SRP: client + PATH})
        await _open(world, setting)
        settle()
        say("ready")
        await next_line()
        use = Use()
        await next_line()
        say(use.told())
        world.check()
        await server.stop()
        for task in world.tasks:
            task.cancel()
        linked.cancel()
        await world.store.close()


async def _world(
    setting: Setting,
    clock: Clock,
    poster: HttpClient,
    carriers: dict[Route, Carrier],
    recipients: dict[Route, ReferenceDataRecipient],
) -> World:
    pki = setting.pki(clock)
    settings = WorldSettings(
        homes=(),
        assumptions=at_once(),
        policy=read_policy(),
        schemas=load_schemas(None if setting.schema_dir is None else Path(setting.schema_dir)),
        seed=1,
        folder=setting.path,
    )
    store = SqlStore.in_file(setting.path / "dsp.sqlite", clock)
    dsp = Dsp(
        store=store,
        keys=dsp_keys(pki),
        policy=settings.policy,
        schemas=settings.schemas,
        clock=clock,
        poster=poster,
        carriers=carriers,
        cos_party=cos_party(pki),
        device_keys=AsyncRepositoryLookup(pki.smki),
        s1sps=recipients,
        s1sp_identities=S1SPS,
    )
    nothing = Installed(DeviceHost(), {}, (), {}, ())
    return World(settings, clock, pki, store, dsp, "", nothing, Homes((), {}), carriers)


async def _fill(setting: Setting, world: World) -> None:
    """The inventory with every meter, and who may act for whom."""
    await populate(world)
    await world.synchronise()
    assumptions, now = at_once(), world.clock.now()
    settings, working = MeterSettings(assumptions, world.pki), Working(assumptions)
    keys = read_device_keys(setting)
    while batch := list(islice(keys, _ROWS_AT_A_TIME)):
        await world.store.put_devices(
            inventory_row(working.meter(device), settings, now, agreement or None)
            for device, _, agreement in batch
        )


async def _open(world: World, setting: Setting) -> None:
    """Let the event unfold until the SRP may act."""
    await Event(
        world,
        service=SAFE_PREPAYMENT,
        requests_a_day=2 * setting.devices,
        on_moment=lambda _at, _what: None,
    ).unfold()


if __name__ == "__main__":
    uvloop.run(_run(Setting.read(Path(sys.argv[1]))))
