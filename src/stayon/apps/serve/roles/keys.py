"""The keys in use in a process that has not the SMKI: ``web`` says which they are."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable

from stayon.apps.serve.roles.in_force import StoreWatch, WorkersWatch
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.rotating import Rotating
from stayon.apps.world.pki import Held, WorldPki
from stayon.apps.world.published import Post
from stayon.domain.errors import StayonError
from stayon.ports.operator_log import say
from stayon.smki_profile import OrganisationCertificate

Issued = Callable[[], Awaitable[Iterable[OrganisationCertificate]]]
"""The certificates that the SMKI has issued by now."""

_log = logging.getLogger("stayon.serve")
_LOOKED_AT_EVERY_SECONDS = 1.0


async def follow_keys(
    process: RoleProcess, pki: WorldPki, watch: StoreWatch | WorkersWatch, issued: Issued
) -> None:
    """Wait until the process has the keys in use, and let it go on to."""

    async def prepare(post: Post, generation: int) -> Held:
        pki.learn(await issued())
        return pki.prepare(post, generation)

    rotating = Rotating(pki, prepare, {})

    async def follow() -> None:
        if watch.in_force is None:
            raise StayonError("it is not known which keys are in use")
        await rotating.follow(watch.in_force.rotations)

    async def go_on() -> None:
        while True:
            await asyncio.sleep(_LOOKED_AT_EVERY_SECONDS)
            try:
                await follow()
            except StayonError as error:
                # The key before goes on to be used, and is believed; the next round tries again.
                kind = type(error).__name__
                say(_log, logging.WARNING, "not synchronised", error=kind, detail=str(error))

    await process.until("the keys in use", follow)
    process.spawn(go_on())
