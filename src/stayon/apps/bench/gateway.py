"""The DSP's gateway in a process of its own, for the benchmark over HTTP.

``python -m stayon.apps.bench.gateway FOLDER NUMBER http|https [SCHEMAS]`` makes a world in FOLDER,
writes NUMBER signed requests that will pass to FOLDER/requests, one to a line, prints the gateway's
address, and serves until its standard input ends. With https it serves by mutual TLS, for which
FOLDER/tls has the SRP's key and certificate.
"""

import asyncio
import sys
from datetime import timedelta
from functools import partial
from pathlib import Path

import uvloop

from stayon.adapters.clock.system import SystemClock
from stayon.adapters.smki_store.registration_memory import MemoryRegistrationStore
from stayon.apps.bench.admission import usual_settings, waiting_world
from stayon.apps.collecting import settle
from stayon.apps.serve.mutual_tls import open_mutual_tls
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.wiring import GatewayTls
from stayon.parties.dccki import Dccki, X509Authority
from stayon.smki_profile import Validity, derive_private_key

REQUESTS = "requests"
_SECRET = b"benchmark over HTTPS"


def _mutual_tls(folder: Path, pki: WorldPki) -> GatewayTls:
    """Certificates of a DCCKI that is founded for the occasion, valid on the machine's clock."""
    clock = SystemClock()
    begins = clock.now().replace(microsecond=0) - timedelta(days=1)
    authority = X509Authority.found(
        "BENCH-DCCKI",
        derive_private_key(_SECRET, b"root"),
        Validity(begins, begins + timedelta(days=7300)),
    )
    dccki = Dccki(authority, MemoryRegistrationStore(), pki.smki, clock)
    tls = open_mutual_tls(dccki, _SECRET, clock, folder)
    return GatewayTls(tls.dsp, tls.certificates)


async def _serve(folder: Path, number: int, scheme: str, schema_dir: Path | None) -> None:
    tls = partial(_mutual_tls, folder) if scheme == "https" else None
    async with waiting_world(usual_settings(folder, schema_dir), tls) as world:
        (folder / REQUESTS).write_bytes(b"\n".join(world.requests(number)))
        settle()
        sys.stdout.write(f"{world.gateway_url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    _folder, _number, _scheme, *_schemas = sys.argv[1:]
    _schema_dir = Path(_schemas[0]) if _schemas else None
    uvloop.run(_serve(Path(_folder), int(_number), _scheme, _schema_dir))
