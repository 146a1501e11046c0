"""The DSP's gateway in a process of its own, for the benchmark over HTTP.

``python -m stayon.apps.bench.gateway FOLDER NUMBER [SCHEMAS]`` makes a world in FOLDER, writes
NUMBER signed requests that will pass to FOLDER/requests, one to a line, prints the gateway's
address, and serves until its standard input ends.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from stayon.apps.bench.admission import usual_settings, waiting_world
from stayon.apps.collecting import settle

REQUESTS = "requests"


async def _serve(folder: Path, number: int, schema_dir: Path | None) -> None:
    async with waiting_world(usual_settings(folder, schema_dir)) as world:
        (folder / REQUESTS).write_bytes(b"\n".join(world.requests(number)))
        settle()
        sys.stdout.write(f"{world.gateway_url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    _folder, _number, *_schemas = sys.argv[1:]
    uvloop.run(_serve(Path(_folder), int(_number), Path(_schemas[0]) if _schemas else None))
