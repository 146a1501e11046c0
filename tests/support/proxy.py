"""A proxy between processes that can do to messages what networks do."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from random import Random
from typing import Any

_LARGEST_HEAD = 64 * 1024


@dataclass
class Faults:
    """How often what happens to a message; ``most_seconds`` is the longest delay."""

    lost: float = 0.0
    answer_lost: float = 0.0
    doubled: float = 0.0
    delayed: float = 0.0
    most_seconds: float = 0.5
    away: bool = False


@dataclass
class Proxy:
    """HTTP/1.1 with Content-Length, one exchange a connection, to one of ``backends``.

    Where a backend does not accept the connection, the next one is tried: a balancer.
    """

    backends: Sequence[str]
    draw: Random
    happened: Counter[str]
    faults: Faults = field(default_factory=Faults)
    port: int = 0
    _turn: int = 0
    _server: asyncio.Server | None = None
    _under_way: set[asyncio.Task[Any]] = field(default_factory=set)

    @property
    def url(self) -> str:
        """Where to find it."""
        return f"http://127.0.0.1:{self.port}"

    async def start(self) -> None:
        """Listen; on a free port if none is given."""
        self._server = await asyncio.start_server(
            self._exchange, "127.0.0.1", self.port, limit=_LARGEST_HEAD
        )
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """Listen no more, and end what is under way."""
        if self._server is not None:
            self._server.close()
        for each in self._under_way:
            each.cancel()
        if self._under_way:
            await asyncio.wait(self._under_way)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        try:
            await self._answer(reader, writer)
        finally:
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError, ValueError):
            message = await _message(reader)
            answer = await self._pass(message)
            if answer:
                writer.write(answer)
                await writer.drain()

    async def _pass(self, message: bytes) -> bytes:
        faults, draw = self.faults, self.draw
        if faults.away or draw.random() < faults.lost:
            self.happened["message lost"] += 1
            return b""
        if draw.random() < faults.delayed:
            self.happened["message delayed"] += 1
            await asyncio.sleep(draw.uniform(0, faults.most_seconds))
        if draw.random() < faults.doubled:
            self.happened["message doubled"] += 1
            await self.forward(message)
        answer = await self.forward(message)
        if draw.random() < faults.answer_lost:
            self.happened["answer lost"] += 1
            return b""
        return answer

    async def forward(self, message: bytes) -> bytes:
        """The answer of the first backend that takes the connection, empty if none does."""
        self._turn += 1
        for number in range(len(self.backends)):
            backend = self.backends[(self._turn + number) % len(self.backends)]
            try:
                reader, writer = await asyncio.open_connection(
                    "127.0.0.1", int(backend.rpartition(":")[2])
                )
            except OSError:
                continue
            try:
                writer.write(message)
                return await reader.read(-1)
            except OSError:
                return b""
            finally:
                writer.close()
        return b""


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One request, changed to be the only one of its connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    length = 0
    lines = []
    for line in head.split(b"\r\n")[:-2]:
        name = line.partition(b":")[0].strip().lower()
        if name == b"content-length":
            length = int(line.partition(b":")[2])
        if name != b"connection":
            lines.append(line)
    body = await reader.readexactly(length)
    return b"\r\n".join([*lines, b"Connection: close", b"", b""]) + body
