"""The DSP's gateway in a process of its own, for the benchmark over HTTP.

``python -m stayon.apps.bench.gateway FOLDER NUMBER [SCHEMAS]`` makes a world in FOLDER, writes
NUMBER signed requests that will pass to FOLDER/requests, one to a line, prints the gateway's
address, and serves until its standard input ends.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from stayon.adapters import package_data
from stayon.apps.bench.admission import bench_settings, waiting_world
from stayon.apps.policy_files import read_policy
from stayon.apps.schemas import load_schemas
from stayon.apps.world.assumptions import load_assumptions

REQUESTS = "requests"


async def _serve(folder: Path, number: int, schema_dir: Path | None) -> None:
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    settings = bench_settings(assumptions, read_policy(), load_schemas(schema_dir), 1, folder)
    async with waiting_world(settings) as world:
        (folder / REQUESTS).write_bytes(b"\n".join(world.requests(number)))
        sys.stdout.write(f"{world.gateway_url}\n")
        sys.stdout.flush()
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    _folder, _number, *_schemas = sys.argv[1:]
    uvloop.run(_serve(Path(_folder), int(_number), Path(_schemas[0]) if _schemas else None))
