"""What is outside the DSP and survives its death: a client, a carrier with a meter, a User.

Each keeps what it saw in a file, a line at a time, on disk before it goes on.
"""

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stayon.ports.outbound import CarrierWork, HttpReply

At = Callable[[str], None]
"""Called with the name of each point in a request's life as it is reached."""


@dataclass(frozen=True)
class Ledger:
    """Lines in a file."""

    path: Path

    def add(self, octets: bytes) -> None:
        with self.path.open("a", encoding="ascii") as file:
            file.write(octets.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> list[bytes]:
        if not self.path.exists():
            return []
        return [bytes.fromhex(line) for line in self.path.read_text().splitlines()]


@dataclass(frozen=True)
class KeepingCarrier:
    """Takes Commands over; ``commands`` is what reached the meter."""

    commands: Ledger
    at: At

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        self.at("before dispatch")
        for each in work:
            self.commands.add(each.message)
        self.at("after dispatch")


@dataclass(frozen=True)
class KeepingUser:
    """The Receive Response Services of all Users."""

    messages: Ledger
    at: At

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        assert url.startswith("http://")
        assert content_type == "application/xml"
        self.at("before delivery")
        self.messages.add(body)
        self.at("after delivery")
        return HttpReply(204, b"")
