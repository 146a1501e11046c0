"""One worker for the benchmark of two: admission in a process of its own.

``python -m stayon.apps.bench.worker FOLDER NUMBER ROUNDS [SCHEMAS]`` makes a world in FOLDER and
prints a line. For each line that comes it admits NUMBER requests, 32 at a time, and prints a line.
"""

import asyncio
import sys
from pathlib import Path

import uvloop

from stayon.apps.bench.admission import admit_all, usual_settings, waiting_world
from stayon.apps.collecting import settle


def _say(word: str) -> None:
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


async def _work(folder: Path, number: int, rounds: int, schema_dir: Path | None) -> None:
    async with waiting_world(usual_settings(folder, schema_dir)) as waiting:
        bodies = waiting.requests(number * rounds)
        settle()
        _say("ready")
        while bodies:
            if not await asyncio.to_thread(sys.stdin.readline):
                break
            some, bodies = bodies[:number], bodies[number:]
            await admit_all(waiting.world, some, 32)
            _say("done")


if __name__ == "__main__":
    _folder, _number, _rounds, *_schemas = sys.argv[1:]
    _schema_dir = Path(_schemas[0]) if _schemas else None
    uvloop.run(_work(Path(_folder), int(_number), int(_rounds), _schema_dir))
