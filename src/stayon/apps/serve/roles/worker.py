"""``worker``: claims the outbox, hands Commands to carriers, takes what comes back, delivers it."""

from functools import partial

from stayon.adapters.between_roles.clients import RemoteCarrier
from stayon.adapters.between_roles.servers import in_force_routes, southbound_routes
from stayon.adapters.http.outbound import HttpClient
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.apps.serve.metrics import commands_in_hand
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.gauges import gauge
from stayon.apps.serve.roles.in_force import CarefulSouthbound
from stayon.apps.serve.roles.keys import follow_keys
from stayon.apps.serve.roles.mutual_tls import dcc_connections
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import (
    by_the_store,
    certificates_in,
    ground_of,
    known_world,
    pki_by_store,
    policy_of,
)
from stayon.apps.world.cast import S1SPS
from stayon.parties.dsp.request_management.dispatching import SharedOutbox


async def run(process: RoleProcess) -> None:
    """Work until the process is told to stop; then others get at once what it has not begun."""
    world = await known_world(process)
    policy = policy_of(process)
    store, watch = await open_store(process, world, policy, works=True)
    world = by_the_store(process, world, store)
    pki = await pki_by_store(process, world, store)
    between = await process.poster()
    connections = await dcc_connections(process, world, pki)
    to_users = await process.stack.enter_async_context(
        HttpClient(tls=None if connections is None else connections.client)
    )
    addresses = process.settings.addresses
    remote = {route: RemoteCarrier(url, between) for route, url in addresses.carriers.items()}
    looking_on = process.looking_on
    dsp = ground_of(process, world, store, pki, policy).dsp(
        to_users,
        carriers={route: looking_on.handing_over(each) for route, each in remote.items()},
        device_keys=RemoteRepository(
            base_url=addresses.smki,
            getter=between,
            clock=world.clock,
            organisations=world.authorities.organisations.path,
            devices=world.authorities.devices.path,
        ),
        s1sps={route: each for route, each in remote.items() if route in S1SPS},
        shared=SharedOutbox(),
    )
    await follow_keys(process, pki, watch, partial(certificates_in, store))
    listen(process, dsp)
    process.spawn(dsp.run())
    process.monitored.gauges += [
        gauge("stayon_work_in_hand", lambda: dsp.dispatcher.in_hand),
        lambda: commands_in_hand(lambda c: dsp.hands.waiting(contingency=c)),
    ]
    southbound = CarefulSouthbound(looking_on.taking_in(dsp.southbound), watch)
    server = await process.serve_others(
        [*southbound_routes(southbound), *in_force_routes(lambda: watch.in_force)]
    )
    await process.run_until_stopped(server.url)
    await server.stop()
    await dsp.dispatcher.drain()
