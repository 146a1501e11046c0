"""Two worker processes beside one: each admits in a database of its own, by turns alone and both.

Whether two processes on one database do as well is PostgreSQL's to say, not the machine's.
"""

import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from stayon.apps.bench.measuring import Rate, rate_of

_ROUNDS: Final = 4
_REQUESTS: Final = 250
_Worker = subprocess.Popen[str]


def worker_rates(folder: Path, schema_dir: Path | None) -> tuple[Rate, Rate]:
    """Requests a second of one worker, and of two at once; the first round warms up."""
    with ExitStack() as stack:
        workers = [
            stack.enter_context(_worker(folder / f"worker{each}", schema_dir)) for each in range(2)
        ]
        for worker in workers:
            _wait(worker)
        one, two = [], []
        for number in range(_ROUNDS + 1):
            alone, both = _round(workers[number % 2 :][:1]), _round(workers)
            if number:
                one.append(alone)
                two.append(both)
        for worker in workers:
            assert worker.stdin is not None  # noqa: S101 - it is a pipe
            worker.stdin.close()
    return rate_of(one, _REQUESTS), rate_of(two, 2 * _REQUESTS)


def _worker(folder: Path, schema_dir: Path | None) -> _Worker:
    folder.mkdir()
    schemas = [] if schema_dir is None else [str(schema_dir)]
    most = str(2 * (_ROUNDS + 1))
    return subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, "-m", "stayon.apps.bench.worker", str(folder), str(_REQUESTS), most),
            *schemas,
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


def _round(workers: list[_Worker]) -> float:
    start = time.perf_counter()
    for worker in workers:
        assert worker.stdin is not None  # noqa: S101 - it is a pipe
        worker.stdin.write("go\n")
        worker.stdin.flush()
    for worker in workers:
        _wait(worker)
    return time.perf_counter() - start


def _wait(worker: _Worker) -> None:
    assert worker.stdout is not None  # noqa: S101 - it is a pipe
    if not worker.stdout.readline():
        raise RuntimeError("a worker has died")
