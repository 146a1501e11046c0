"""How long ``stayon serve`` takes from its start until it says that it serves."""

import os
import signal
import socket
import statistics
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

from stayon.apps.bench.figures import Figure

NAME: Final = "start to serving"
_HOMES: Final = 150
_STARTS: Final = 3
_PORTS: Final = 10
_TARGET_SECONDS: Final = 2.0


def starting_figures(folder: Path) -> list[Figure]:
    """Seconds of starts in a world that is there, and of the first start, which makes it."""
    world = folder / "world"
    first = _start(world)
    times = sorted(_start(world) for _ in range(_STARTS))
    return [
        Figure(
            NAME,
            "s",
            statistics.median(times),
            times[0],
            times[-1],
            target=_TARGET_SECONDS,
            lower_is_better=True,
        ),
        Figure(f"{NAME}, making a world of {_HOMES} homes", "s", first, first, first),
    ]


def _start(world: Path) -> float:
    command = [sys.executable, "-m", "stayon", "serve", "--world", str(world)]
    options = ["--homes", str(_HOMES), "--port", str(_free_ports())]
    start = time.perf_counter()
    serving = subprocess.Popen(  # noqa: S603
        [*command, *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=_environment(world),
    )
    assert serving.stdout is not None  # noqa: S101 - it is a pipe
    try:
        if not any(line.startswith("Ready") for line in serving.stdout):
            raise RuntimeError("stayon serve did not say that it serves")
        return time.perf_counter() - start
    finally:
        serving.send_signal(signal.SIGTERM)
        serving.stdout.close()
        serving.wait()


def _environment(world: Path) -> dict[str, str]:
    """Ours, but for bytecode: an installation has it, though a shell may forbid to write it."""
    ours = {name: each for name, each in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    bytecode = str(world.with_name("bytecode"))
    return {**ours, "PYTHONUNBUFFERED": "1", "PYTHONPYCACHEPREFIX": bytecode}


def _free_ports() -> int:
    for first in range(30_000, 60_000, _PORTS):
        with ExitStack() as stack:
            try:
                for port in range(first, first + _PORTS):
                    stack.enter_context(socket.socket()).bind(("127.0.0.1", port))
            except OSError:
                continue
        return first
    raise RuntimeError("no free ports")
