"""What people tell a campaign while it runs: pause, resume, another pace, retry a cause.

An order is stored in the campaign's own store and applied by the campaign when it next looks, so
that a command line or a web page in another process can give it. Orders are kept as history.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol


class OrderKind(Enum):
    """What is asked for; ``Order.value`` is empty unless said otherwise here."""

    PAUSE = "pause"
    RESUME = "resume"
    PACE = "pace"
    """``value``: requests a second, a decimal number above zero."""
    RETRY = "retry"
    """``value``: the name of the cause of which every device is tried again."""


@dataclass(frozen=True, slots=True)
class Order:
    """One order; ``applied_at`` is None until the campaign has carried it out (UTC).

    ``result`` says in words what came of it.
    """

    number: int
    given_at: datetime
    given_by: str
    kind: OrderKind
    value: str
    applied_at: datetime | None = None
    result: str = ""


class CampaignControl(Protocol):
    """The orders of one campaign, safe to use from several processes."""

    def give(self, kind: OrderKind, value: str, *, by: str, at: datetime) -> Order:
        """Store an order; raises ``StayonError`` for a value that its kind does not have."""
        ...

    def orders(self) -> Sequence[Order]:
        """All of them, in the order in which they were given."""
        ...

    def pending(self) -> Sequence[Order]:
        """Those that no campaign has applied yet."""
        ...

    def applied(self, number: int, result: str, at: datetime) -> None:
        """Remember that an order was carried out."""
        ...


@dataclass(frozen=True, slots=True)
class InForce:
    """What the orders so far come to; ``pace`` is None where nobody has asked for another."""

    paused: bool = False
    pace: float | None = None


def in_force(orders: Sequence[Order]) -> InForce:
    """What the last word of each kind says."""
    paused, pace = False, None
    for order in orders:
        if order.kind is OrderKind.PACE:
            pace = float(order.value)
        elif order.kind in (OrderKind.PAUSE, OrderKind.RESUME):
            paused = order.kind is OrderKind.PAUSE
    return InForce(paused, pace)
