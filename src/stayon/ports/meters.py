"""Meters behind a WAN, as a CSP sees them: in its own process or in others."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel

MeterAnswer = tuple[bytes, ...]
"""What a meter sends: for a command the response first, then alerts; nothing if it does not."""


@dataclass(frozen=True, slots=True)
class MeterCommand:
    """A GBCS Command at the home of the device that it is for."""

    device: Eui64
    message: bytes


class Meters(Protocol):
    """Every meter that one WAN reaches."""

    def fuel(self, device: Eui64) -> Fuel | None:
        """What the meter measures; None for a device that is not behind this WAN."""
        ...

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        """Hand each command to its meter, now; the answers in the same order.

        Raises ``OutboundError`` where it is not known what the meters have done. The same command
        again has no second effect and gives the same answer.
        """
        ...


@dataclass(frozen=True, slots=True)
class RaisedAlerts:
    """Alerts that a meter raised by itself, as messages; ``key`` is the same each time."""

    key: str
    device: Eui64
    messages: tuple[bytes, ...]


class AlertCarrier(Protocol):
    """A CSP, as a host of meters sees it."""

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        """Accept responsibility for them; raises ``OutboundError`` to be given them again."""
        ...
