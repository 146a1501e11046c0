"""What those behind the DSP remember of their work when their process dies.

Each method returns once what it was told is on disk, and raises ``OutboundError`` where it cannot
be: then whoever handed the work over has to keep it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.ports.meters import RaisedAlerts
from stayon.ports.outbound import CarrierWork, DeliveryFailure, S1spMessage


class CspMemory(Protocol):
    """Work and alerts that a CSP has accepted and that have not ended."""

    async def accept(self, work: Sequence[CarrierWork]) -> None:
        """Keep work; what is kept already stays."""
        ...

    async def accept_alerts(self, alerts: Sequence[RaisedAlerts]) -> None:
        """Keep alerts, likewise."""
        ...

    async def forget(self, names: Sequence[str]) -> None:
        """Work ids and alert keys that have ended."""
        ...

    def work(self) -> Sequence[CarrierWork]:
        """What has not ended, in the order of its acceptance."""
        ...

    def alerts(self) -> Sequence[RaisedAlerts]:
        """Likewise."""
        ...


@dataclass(frozen=True, slots=True)
class S1spEnd:
    """What came of a piece of work; ``effect_at`` is when a meter or a cell was changed by it."""

    end: S1spMessage | DeliveryFailure
    effect_at: datetime | None


@dataclass(frozen=True, slots=True)
class RememberedWork:
    """A piece of work, what came of it, if anything yet, and whether the DSP has been told."""

    work: CarrierWork
    end: S1spEnd | None
    taken: bool


class S1spMemory(Protocol):
    """All work that an S1SP has ever accepted: its meters' state follows from it."""

    async def accept(self, work: Sequence[CarrierWork]) -> None:
        """Keep work; what is kept already stays."""
        ...

    async def ended(self, work_id: str, end: S1spEnd) -> None:
        """Keep what came of it."""
        ...

    async def taken(self, work_id: str) -> None:
        """The DSP has been told."""
        ...

    def work(self) -> Sequence[RememberedWork]:
        """Everything: what has ended in the order of ending, then the rest."""
        ...


@dataclass(frozen=True, slots=True)
class Executed:
    """A command that a meter has executed or refused, and when (UTC)."""

    at: datetime
    device: Eui64
    message: bytes


class MeterMemory(Protocol):
    """What has reached the meters of one host since they were installed; their state follows."""

    async def add(self, executed: Sequence[Executed]) -> None:
        """Keep what has just been executed, before anybody is told of it."""
        ...

    def executed(self) -> Sequence[Executed]:
        """All of it, in order."""
        ...
