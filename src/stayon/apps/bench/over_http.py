"""Admission behind HTTP and HTTPS: a gateway in a process of its own, connections that are kept."""

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

from stayon.adapters.http.tls import TlsFiles, client_context
from stayon.apps.bench.gateway import REQUESTS
from stayon.apps.bench.measuring import Rate, rate_of
from stayon.apps.serve.mutual_tls import FOLDER as TLS_FOLDER

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
    folder: Path,
    schema_dir: Path | None,
    *,
    scheme: str = "http",
    rounds: int = 5,
    requests: int = 320,
    lone: int = 100,
) -> HttpFigures:
    """Start a gateway in ``folder`` and measure it; the first round warms up.

    ``scheme`` https is mutual TLS, with the SRP's certificate; handshakes are not measured.
    """
    number = (rounds + 1) * requests + 2 * lone
    async with (
        _gateway(folder, number, scheme, schema_dir) as address,
        _connections(folder, scheme, address) as connections,
    ):
        bodies = (folder / REQUESTS).read_bytes().split(b"\n")
        taken, times = [], []
        for each in range(rounds + 1):
            start = time.perf_counter()
            found = await _together(connections, bodies[each * requests :][:requests])
            if each:
                taken.append(time.perf_counter() - start)
                times += found
        rest = bodies[(rounds + 1) * requests :]
        await connections[0].post_all(rest[:lone])
        trips = await connections[0].post_all(rest[lone:])
    times.sort()
    return HttpFigures(
        rate=rate_of(taken, requests),
        median=statistics.median(times),
        p99=times[len(times) * 99 // 100],
        lone=(statistics.median(trips), min(trips), max(trips)),
    )


@asynccontextmanager
async def _gateway(
    folder: Path, number: int, scheme: str, schema_dir: Path | None
) -> AsyncIterator[tuple[str, int]]:
    arguments = [str(folder), str(number), scheme]
    if schema_dir is not None:
        arguments.append(str(schema_dir))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "stayon.apps.bench.gateway", *arguments), stdin=PIPE, stdout=PIPE
    )
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101
    try:
        url = urlsplit((await process.stdout.readline()).decode().strip())
        if url.hostname is None or url.port is None:
            raise RuntimeError("the gateway did not start")
        yield url.hostname, url.port
    finally:
        process.stdin.close()
        await process.wait()


@asynccontextmanager
async def _connections(
    folder: Path, scheme: str, address: tuple[str, int]
) -> AsyncIterator[list["_Connection"]]:
    tls = None
    if scheme == "https":
        files = folder / TLS_FOLDER
        tls = client_context(TlsFiles.under(files / "srp", files / "dccki.crt"))
    streams = [await asyncio.open_connection(*address, ssl=tls) for _ in range(CONNECTIONS)]
    try:
        yield [_Connection(address[0], reader, writer) for reader, writer in streams]
    finally:
        for _, writer in streams:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in streams))


async def _together(connections: Sequence["_Connection"], bodies: Sequence[bytes]) -> list[float]:
    shares = [bodies[first::CONNECTIONS] for first in range(CONNECTIONS)]
    found = await asyncio.gather(
        *(each.post_all(share) for each, share in zip(connections, shares, strict=True))
    )
    return [each for times in found for each in times]


class _Connection:
    """A client of a few lines, because a real one would take more time than the gateway."""

    def __init__(
        self, host: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._head = f"POST {_PATH} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/xml\r\n"
        self._reader = reader
        self._writer = writer

    async def post_all(self, bodies: Sequence[bytes]) -> list[float]:
        """Post one after the other; how long each took."""
        times = []
        for body in bodies:
            start = time.perf_counter()
            head = f"{self._head}Content-Length: {len(body)}\r\n\r\n"
            self._writer.write(head.encode() + body)
            answered = (await self._reader.readuntil(b"\r\n\r\n")).lower()
            length = int(answered.partition(b"content-length:")[2].partition(b"\r\n")[0])
            answer = await self._reader.readexactly(length)
            times.append(time.perf_counter() - start)
            if _ACCEPTED not in answer:
                raise RuntimeError(f"not accepted: {answer[:300]!r}")
        return times
