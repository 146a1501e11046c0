"""``--tls`` for one process of many: the DCC's side of connections with Users, by DCCKI.

``web`` has DCCKI and issues. Gateways and workers have the DCC's connection key from the world's
secret, its certificate and everybody else's from the SMKI's database.
"""

import asyncio
import ssl
from contextlib import closing
from dataclasses import dataclass

from stayon.adapters.smki_store.registration_sql import SqlRegistrationStore
from stayon.apps.serve.mutual_tls import dcc_contexts
from stayon.apps.serve.registration import dccki_authority
from stayon.apps.serve.roles.process import RoleProcess
from stayon.apps.serve.roles.world import KnownWorld
from stayon.apps.world.pki import WorldPki
from stayon.parties.dccki import ConnectionRegister, Dccki
from stayon.ports.smki_store import CertificateStoreUnavailable

_FOLLOWED_EVERY_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class DccConnections:
    """What the DCC shows as a server and as a client; ``certificates`` knows whose others' are."""

    certificates: ConnectionRegister
    server: ssl.SSLContext
    client: ssl.SSLContext


async def dcc_connections(
    process: RoleProcess, world: KnownWorld, pki: WorldPki
) -> DccConnections | None:
    """Wait until ``web`` has certified the DCC; None where users connect without TLS."""
    settings = process.settings
    if not settings.by_tls or settings.database is None:
        return None
    database, founding = settings.database, world.founded.founding

    async def store() -> SqlRegistrationStore:
        return SqlRegistrationStore(database)

    issued = process.stack.enter_context(closing(await process.until("the SMKI's database", store)))
    dccki = Dccki(dccki_authority(founding), issued, pki.smki, world.clock)

    async def certified() -> DccConnections:
        register = ConnectionRegister(dccki)
        server, client = dcc_contexts(dccki, register, founding.secret, world.clock.now())
        return DccConnections(register, server, client)

    found = await process.until("DCCKI, which the role web has with --tls", certified)
    process.spawn(_follow(found.certificates))
    return found


async def _follow(register: ConnectionRegister) -> None:
    """Notice what is issued and revoked, for ever."""
    while True:
        await asyncio.sleep(_FOLLOWED_EVERY_SECONDS)
        try:
            await asyncio.to_thread(register.follow)
        except CertificateStoreUnavailable:
            # What is known goes on to count; without its database nothing is admitted anyway.
            continue
