"""``worker``: claims the outbox, hands Commands to carriers, takes what comes back, delivers it."""

from stayon.adapters.between_roles.clients import RemoteCarrier
from stayon.adapters.between_roles.servers import southbound_routes
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.smki_repository.remote import RemoteRepository
from stayon.apps.schemas import load_schemas
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import known_world, pki_by_store, policy_of
from stayon.apps.world.cast import S1SPS
from stayon.apps.world.wiring import cos_party, dsp_keys
from stayon.parties.dsp.request_management.dispatching import SharedOutbox
from stayon.parties.dsp.service import Dsp


async def run(process: RoleProcess) -> None:
    """Work until the process is told to stop; then others get at once what it has not begun."""
    world = await known_world(process)
    store = await open_store(process, world, works=True)
    pki = await pki_by_store(process, world, store)
    between = await process.poster()
    to_users = await process.stack.enter_async_context(AiohttpPoster())
    addresses = process.settings.addresses
    carriers = {route: RemoteCarrier(url, between) for route, url in addresses.carriers.items()}
    dsp = Dsp(
        store=store,
        keys=dsp_keys(pki),
        policy=policy_of(process),
        schemas=load_schemas(process.settings.schema_dir),
        clock=world.clock,
        poster=to_users,
        carriers=carriers,
        cos_party=cos_party(pki),
        device_keys=RemoteRepository(
            base_url=addresses.smki,
            getter=between,
            clock=world.clock,
            organisations=world.authorities.organisations.path,
            devices=world.authorities.devices.path,
        ),
        s1sps={route: each for route, each in carriers.items() if route in S1SPS},
        s1sp_identities=S1SPS,
        shared=SharedOutbox(),
    )
    listen(process, dsp)
    process.spawn(dsp.run())
    process.counts["work_in_hand"] = lambda: dsp.dispatcher.in_hand
    server = await process.serve_others(southbound_routes(dsp.southbound))
    await process.run_until_stopped(server.url)
    await server.stop()
    await dsp.dispatcher.drain()
