"""Admission behind HTTP: a gateway in a process of its own, clients with kept connections."""

import asyncio
import statistics
import sys
import time
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from stayon.apps.bench.gateway import REQUESTS
from stayon.apps.bench.measuring import Rate, rate_of

CONNECTIONS = 32
_PATH = "/api/v1/serviceS"
_ACCEPTED = b">I99<"


@dataclass(frozen=True, slots=True)
class HttpFigures:
    """Requests a second over ``CONNECTIONS`` connections, and times of one request.

    ``median`` and ``p99`` are seconds over all connections at once; ``lone`` is a round trip while
    nothing else is going on: the median, the least and the greatest.
    """

    rate: Rate
    median: float
    p99: float
    lone: tuple[float, float, float]


async def http_figures(
    folder: Path, schema_dir: Path | None, *, rounds: int = 5, requests: int = 320, lone: int = 100
) -> HttpFigures:
    """Start a gateway in ``folder`` and measure it; the first round warms up."""
    number = (rounds + 1) * requests + 2 * lone
    async with _gateway(folder, number, schema_dir) as address:
        bodies = (folder / REQUESTS).read_bytes().split(b"\n")
        taken, times = [], []
        for each in range(rounds + 1):
            start = time.perf_counter()
            found = await _together(address, bodies[each * requests :][:requests])
            if each:
                taken.append(time.perf_counter() - start)
                times += found
        rest = bodies[(rounds + 1) * requests :]
        await _client(address, rest[:lone])
        trips = await _client(address, rest[lone:])
    times.sort()
    return HttpFigures(
        rate=rate_of(taken, requests),
        median=statistics.median(times),
        p99=times[len(times) * 99 // 100],
        lone=(statistics.median(trips), min(trips), max(trips)),
    )


@asynccontextmanager
async def _gateway(
    folder: Path, number: int, schema_dir: Path | None
) -> AsyncIterator[tuple[str, int]]:
    schemas = [] if schema_dir is None else [str(schema_dir)]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "stayon.apps.bench.gateway", str(folder), str(number), *schemas,
        stdin=PIPE, stdout=PIPE,
    )  # fmt: skip
    assert process.stdin is not None  # noqa: S101 - both are pipes
    assert process.stdout is not None  # noqa: S101
    try:
        url = urlsplit((await process.stdout.readline()).decode().strip())
        if url.hostname is None or url.port is None:
            raise RuntimeError("the gateway did not start")
        yield url.hostname, url.port
    finally:
        process.stdin.close()
        await process.wait()


async def _together(address: tuple[str, int], bodies: Sequence[bytes]) -> list[float]:
    shares = [bodies[first::CONNECTIONS] for first in range(CONNECTIONS)]
    found = await asyncio.gather(*(_client(address, share) for share in shares))
    return [each for times in found for each in times]


async def _client(address: tuple[str, int], bodies: Sequence[bytes]) -> list[float]:
    """Post one after the other over one connection; how long each took.

    A client of a few lines, because a real one would take more time than the gateway.
    """
    reader, writer = await asyncio.open_connection(*address)
    times = []
    head = f"POST {_PATH} HTTP/1.1\r\nHost: {address[0]}\r\nContent-Type: application/xml\r\n"
    for body in bodies:
        start = time.perf_counter()
        writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        answered = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = int(answered.partition(b"content-length:")[2].partition(b"\r\n")[0])
        answer = await reader.readexactly(length)
        times.append(time.perf_counter() - start)
        if _ACCEPTED not in answer:
            raise RuntimeError(f"not accepted: {answer[:300]!r}")
    writer.close()
    await writer.wait_closed()
    return times
