"""How the DSP is doing, as its tables say: for the people who run it (PANEL-storms, PIA A6).

Measures by the hour are kept as they happen; everything else is worked out by query from what is
stored anyway, when somebody asks.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from stayon.domain.eui64 import Eui64


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds from acceptance to outcome: the mean, what 95 % do not exceed, and the longest."""

    mean: float
    percentile_95: float
    longest: float


@dataclass(frozen=True, slots=True)
class Measure:
    """Requests with one service, route and code in one hour (which begins at ``hour``, UTC).

    ``step`` is ``admission`` (``code`` is what was answered on the connection) or ``outcome``
    (``code`` is what came of it; the hour is that of its acceptance). ``route`` is empty where the
    device is not known, ``srv`` where the request was not read.
    """

    hour: datetime
    step: str
    srv: str
    code: str
    route: str
    count: int
    latency: Latency | None = None


@dataclass(frozen=True, slots=True)
class Queue:
    """Work of one kind for one target: how much, since when, how much of it has failed before.

    ``most_attempts`` is how often the piece that failed most was tried.
    """

    kind: str
    target: str
    waiting: int
    oldest: datetime
    retried: int
    most_attempts: int = 0


@dataclass(frozen=True, slots=True)
class GivenUp:
    """Dead letters of one kind for one target that nobody has decided about, and since when."""

    kind: str
    target: str
    waiting: int
    oldest: datetime


@dataclass(frozen=True, slots=True)
class RouteHealth:
    """One CSP or S1SP in the hour before: handed over, answered, given up."""

    route: str
    dispatched: int
    answered: int
    failed: int


@dataclass(frozen=True, slots=True)
class AlertCount:
    """Device Alerts of one code in the hour before, and how many of them were held back."""

    code: str
    raised: int
    held_back: int


@dataclass(frozen=True, slots=True)
class Storm:
    """A device that raises too much of one code.

    ``held_back`` counts from the beginning, ``unreported`` what the supplier was not told of yet.
    """

    device: Eui64
    code: int
    window: datetime
    held_back: int
    unreported: int


@dataclass(frozen=True, slots=True)
class ThresholdState:
    """A volume threshold and what is used of it in its present window.

    ``user_id`` and ``supplier`` are empty for the DCC's own, which counts all of a role together.
    """

    user_id: str
    role: str
    supplier: str
    srv: str
    used: int
    warning: int
    quarantine: int


@dataclass(frozen=True, slots=True)
class WriterState:
    """A writer of the Service Audit Trail, and the newest row of its chain."""

    writer: str
    sequence: int


@dataclass(frozen=True, slots=True)
class Health:
    """The DSP ``at`` one moment; counts are of the hour before it.

    ``storms`` are those of the last day, the greatest first. ``held_since`` is when the oldest
    request in quarantine was held.
    """

    at: datetime
    answers: dict[str, int]
    queues: tuple[Queue, ...]
    quarantined: int
    routes: tuple[RouteHealth, ...]
    alerts: tuple[AlertCount, ...]
    storms: tuple[Storm, ...]
    held_since: datetime | None = None
    dead_letters: tuple[GivenUp, ...] = ()
    thresholds: tuple[ThresholdState, ...] = ()
    writers: tuple[WriterState, ...] = ()


@dataclass(frozen=True, slots=True)
class SupplierShare:
    """A supplier: meter points registered to it now, and devices whose trust anchor names it."""

    supplier: Eui64
    registered: int
    trusted: int


class Operations(Protocol):
    """The questions. Raises ``StoreUnavailableError``."""

    async def health(self, now: datetime) -> Health:
        """How things stand at ``now`` (UTC)."""
        ...

    async def supplier_shares(self, now: datetime) -> tuple[SupplierShare, ...]:
        """Every supplier with a meter point or a device at ``now`` (UTC), by EUI-64."""
        ...

    async def measures(self, since: datetime, until: datetime) -> tuple[Measure, ...]:
        """Performance measures of the whole hours that ``since <= t < until`` touches.

        Hours in which nothing happened have none. A route is the one at that time.
        """
        ...
