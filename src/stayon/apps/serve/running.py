"""What goes on while a world is served, and how it ends."""

import asyncio
import logging
import signal

from stayon.apps.serve.mutual_tls import MutualTls
from stayon.apps.serve.rotating import KeyNotReplaced, WorldRotating
from stayon.apps.world.wiring import World
from stayon.ports.operator_log import say
from stayon.ports.smki_store import CertificateStoreUnavailable
from stayon.ports.store_work import StoreUnavailableError

_log = logging.getLogger("stayon.serve")
_SYNCHRONISED_EVERY_SECONDS = 2.0


async def until_stopped(world: World) -> None:
    """Return when the process is told to stop; raises what has gone wrong in the background."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    while not stopped.is_set():
        try:
            world.check()
        except Exception:
            _log.exception("a part has died")
            raise
        try:
            await asyncio.wait_for(stopped.wait(), 1)
        except TimeoutError:
            continue
    say(_log, logging.INFO, "stopping")


async def keep_synchronised(
    world: World, tls: MutualTls | None, rotating: WorldRotating | None = None
) -> None:
    """Let the DSP notice what the SMKI and DCCKI issue and revoke, and which keys to replace."""
    while True:
        await world.clock.sleep(_SYNCHRONISED_EVERY_SECONDS)
        try:
            await world.synchronise()
            if rotating is not None:
                await rotating.follow()
            if tls is not None:
                tls.certificates.follow()
        except (CertificateStoreUnavailable, StoreUnavailableError, KeyNotReplaced) as error:
            # What is known already goes on to count; the next round asks again.
            kind, words = type(error).__name__, str(error)
            say(_log, logging.WARNING, "not synchronised", error=kind, detail=words)
