"""Whoever the DSP talks to, played by the test."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from stayon.ports.outbound import CarrierWork, HttpReply, OutboundError


@dataclass
class RecordingCarrier:
    """A CSP or S1SP that keeps what it gets; ``refusals`` hand-overs fail first."""

    taken: list[CarrierWork] = field(default_factory=list)
    refusals: int = 0

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        if self.refusals:
            self.refusals -= 1
            raise OutboundError("the carrier is busy")
        self.taken.extend(work)


@dataclass
class RecordingPoster:
    """Receive Response Services: by URL the bodies that came, and how to answer."""

    posted: list[tuple[str, bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        assert content_type == "application/xml"
        status = self.statuses.pop(0) if self.statuses else 204
        if status == 0:
            raise OutboundError(f"{url}: refused")
        if status == 204:
            self.posted.append((url, body))
        return HttpReply(status, b"")
