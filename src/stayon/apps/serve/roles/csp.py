"""``csp``: the two WANs; what they have accepted is on disk."""

from stayon.adapters.between_roles.clients import RemoteMeters, RemoteSouthbound
from stayon.adapters.between_roles.documents import read_part
from stayon.adapters.between_roles.servers import alert_routes, carrier_routes
from stayon.adapters.carrier_memory.csp import CspFile
from stayon.adapters.http.client import AiohttpPoster
from stayon.apps.serve.metrics import OfProcess
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import known_world
from stayon.apps.world.wiring import CSPS, IDEAL_NETWORK, coverage_of, wan_model
from stayon.domain.errors import StayonError
from stayon.domain.metering import Generation
from stayon.parties.csp.keeping import KeepingCsp
from stayon.parties.csp.model import Coverage
from stayon.parties.csp.wan import Wan


async def run(process: RoleProcess) -> None:
    """Carry until the process is told to stop; the next one goes on with what has not ended."""
    world = await known_world(process)
    between = await process.poster()
    settings = process.settings
    await process.until("the hosts of meters, role devices", lambda: _check_parts(process, between))
    homes = world.homes()
    devices = [
        meter.device
        for home in homes
        for meter in home.meters
        if meter.device.generation is Generation.SMETS2
    ]
    memory = CspFile(settings.state / "csp.sqlite")
    process.stack.callback(memory.close)
    csp = KeepingCsp(memory)
    meters = RemoteMeters(
        settings.addresses.devices, {each.device_id: each.fuel for each in devices}, between
    )
    southbound = process.looking_on.bringing_back(
        RemoteSouthbound(settings.addresses.workers, between)
    )
    coverage, model = coverage_of(homes), wan_model(world.assumptions)
    if settings.ideal_network:
        coverage, model = Coverage(), IDEAL_NETWORK
    wans = {
        route: Wan(
            route,
            model,
            coverage=coverage,
            meters=meters,
            southbound=southbound,
            clock=world.clock,
            seed=world.founded.founding.seed,
            ended=csp.ended,
        )
        for route in settings.routes or CSPS
    }
    csp.connect(wans, {each.device_id: each.route for each in devices})
    if known := await csp.restore():
        process.say("goes on", count=known, detail="pieces of work of the process before")
    for wan in wans.values():
        process.spawn(wan.run())
    process.spawn(csp.run())
    process.monitored.of_process = OfProcess(
        lambda: {route.value: wan.pending for route, wan in wans.items()}
    )
    carrier = process.looking_on.taking_on(csp)
    server = await process.serve_others(
        [*carrier_routes(dict.fromkeys(wans, carrier)), *alert_routes(csp)]
    )
    await process.run_until_stopped(server.url)
    await server.stop()


async def _check_parts(process: RoleProcess, getter: AiohttpPoster) -> None:
    """Each host has the part that its place in the list says."""
    urls = process.settings.addresses.devices
    for place, url in enumerate(urls, start=1):
        reply = await getter.get(f"{url.rstrip('/')}/meters/part")
        if reply.status != 200:
            raise StayonError(f"{url}: HTTP {reply.status}")
        if read_part(reply.body) != (place, len(urls)):
            number, of = read_part(reply.body)
            raise StayonError(f"{url} has part {number}/{of} and not {place}/{len(urls)}")
