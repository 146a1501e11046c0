"""``gateway``: DUIS over HTTP; it admits, and workers do what follows."""

from stayon.adapters.http.client import AiohttpPoster
from stayon.apps.schemas import load_schemas
from stayon.apps.serve.roles.database import listen, open_store
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import known_world, pki_by_store, policy_of
from stayon.apps.world.wiring import cos_party, dsp_keys
from stayon.parties.dsp.service import Dsp


async def run(process: RoleProcess) -> None:
    """Serve until the process is told to stop."""
    world = await known_world(process)
    store = await open_store(process, world, works=False)
    pki = await pki_by_store(process, world, store)
    dsp = Dsp(
        store=store,
        keys=dsp_keys(pki),
        policy=policy_of(process),
        schemas=load_schemas(process.settings.schema_dir),
        clock=world.clock,
        # A gateway posts nothing: that is for workers.
        poster=AiohttpPoster(),
        carriers={},
        cos_party=cos_party(pki),
        works=False,
    )
    listen(process, dsp)
    process.spawn(dsp.run())
    process.counts["contingency_commands_waiting"] = lambda: dsp.hands.waiting(contingency=True)
    process.counts["ordinary_commands_waiting"] = lambda: dsp.hands.waiting(contingency=False)
    server = await process.serve(dsp.app(), process.settings.port)
    await process.run_until_stopped(server.url)
