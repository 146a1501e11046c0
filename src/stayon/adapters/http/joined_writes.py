"""A transport that sends the head of an answer together with its body.

uvicorn writes the two one after the other, and uvloop hands each to the kernel at once: two system
calls, two packets and two awakenings of the client for one answer.
"""

import asyncio
from collections.abc import Iterable
from typing import Any


class JoinedWrites(asyncio.Transport):
    """Holds what is written until something follows it, for one turn of the event loop at most."""

    def __init__(self, transport: asyncio.Transport) -> None:
        super().__init__()
        self._transport = transport
        self._held = b""
        self._turn: asyncio.Handle | None = None

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Hold it, or send it behind what is held."""
        if self._turn is not None:
            self.writelines((data,))
        elif data:
            self._held = bytes(data)
            self._turn = asyncio.get_running_loop().call_soon(self._send)

    def writelines(self, list_of_data: Iterable[bytes | bytearray | memoryview]) -> None:
        """Send all of it behind what is held."""
        # Pieces of no octets stay in asyncio's buffer for ever, which then never closes.
        pieces = [each for each in (self._take(), *list_of_data) if each]
        if pieces:
            self._transport.writelines(pieces)

    def _take(self) -> bytes:
        if self._turn is not None:
            self._turn.cancel()
        held, self._held, self._turn = self._held, b"", None
        return held

    def _send(self) -> None:
        if held := self._take():
            self._transport.write(held)

    def close(self) -> None:
        """Send what is held, and close."""
        self._send()
        self._transport.close()

    def write_eof(self) -> None:
        """Send what is held, and nothing more."""
        self._send()
        self._transport.write_eof()

    def abort(self) -> None:
        """Close at once; what is held is lost, like all that the kernel has not taken."""
        self._take()
        self._transport.abort()

    def get_write_buffer_size(self) -> int:
        """Octets that are not with the kernel yet."""
        return len(self._held) + self._transport.get_write_buffer_size()

    # --- what goes straight to the transport ------------------------------------------------------

    def can_write_eof(self) -> bool:
        """Whether it can."""
        return self._transport.can_write_eof()

    def get_extra_info(self, name: str, default: Any = None) -> Any:
        """Sockets, addresses, certificates."""
        return self._transport.get_extra_info(name, default)

    def get_protocol(self) -> asyncio.BaseProtocol:
        """Who is told of what comes."""
        return self._transport.get_protocol()

    def set_protocol(self, protocol: asyncio.BaseProtocol) -> None:
        """Whom to tell of what comes."""
        self._transport.set_protocol(protocol)

    def is_closing(self) -> bool:
        """Whether it is closed, or about to be."""
        return self._transport.is_closing()

    def is_reading(self) -> bool:
        """Whether it is not paused."""
        return self._transport.is_reading()

    def pause_reading(self) -> None:
        """Tell of nothing for a while."""
        self._transport.pause_reading()

    def resume_reading(self) -> None:
        """Tell again."""
        self._transport.resume_reading()

    def set_write_buffer_limits(self, high: int | None = None, low: int | None = None) -> None:
        """When to pause who writes."""
        self._transport.set_write_buffer_limits(high, low)

    def get_write_buffer_limits(self) -> tuple[int, int]:
        """The same, as it is."""
        return self._transport.get_write_buffer_limits()
