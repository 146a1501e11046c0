"""``gateway``: DUIS over HTTP; it admits, and workers do what follows."""

from functools import partial

from stayon.adapters.http.client import AiohttpPoster
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.gauges import commands_waiting
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


async def run(process: RoleProcess) -> None:
    """Serve until the process is told to stop."""
    world = await known_world(process)
    policy = policy_of(process)
    store, watch = await open_store(process, world, policy, works=False)
    world = by_the_store(process, world, store)
    pki = await pki_by_store(process, world, store)
    connections = await dcc_connections(process, world, pki)
    dsp = ground_of(process, world, store, pki, policy).dsp(
        # A gateway posts nothing: that is for workers.
        AiohttpPoster(),
        works=False,
    )
    await follow_keys(process, pki, watch, partial(certificates_in, store))
    listen(process, dsp)
    process.spawn(dsp.run())
    process.monitored.gauges.append(commands_waiting(lambda c: dsp.hands.waiting(contingency=c)))
    certificates = None if connections is None else connections.certificates
    server = await process.serve(
        dsp.app(certificates, around=process.looking_on.answer),
        process.settings.port,
        None if connections is None else connections.server,
    )
    await process.run_until_stopped(server.url)
