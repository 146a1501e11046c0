"""How good a WAN is, as data: latency, loss, capacity, outages, coverage.

Nothing here is measured on a real network: every figure is an assumption that a world may change.
"""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from random import Random

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64


class FailureReason(StrEnum):
    """Why a CSP gave up on a piece of work."""

    NO_WAN = "NO_WAN"
    HAN_UNREACHABLE = "HAN_UNREACHABLE"
    TIMED_OUT = "TIMED_OUT"
    UNKNOWN_DEVICE = "UNKNOWN_DEVICE"


@dataclass(frozen=True, slots=True)
class Outage:
    """Nothing passes in ``[start, end)`` (UTC); what waits passes afterwards."""

    start: datetime
    end: datetime


@dataclass(frozen=True, slots=True)
class WanModel:
    """One WAN; times in seconds.

    Latency is log-normal, one way. ``loss_rate`` is the share of attempts that get lost on the way
    down, and again of answers on the way up. A gas meter listens every ``gas_poll`` only. An
    attempt without an answer is repeated after ``backoff``, growing by ``backoff_factor`` up to
    ``backoff_limit``, until ``attempts`` are made or ``patience`` is over. At most ``capacity``
    attempts a second leave; a CSP that holds ``queue_limit`` pieces of work takes no more.
    Things happen on whole multiples of ``tick``, so that what happens together is handled together.
    """

    latency: float = 4.0
    latency_spread: float = 0.6
    loss_rate: float = 0.02
    gas_poll: float = 1800.0
    attempts: int = 8
    backoff: float = 60.0
    backoff_factor: float = 3.0
    backoff_limit: float = 6 * 3600.0
    patience: float = 2 * 86400.0
    capacity: float = 200.0
    queue_limit: int = 250_000
    tick: float = 1.0
    batch: int = 64
    workers: int = 8
    outages: tuple[Outage, ...] = ()

    def __post_init__(self) -> None:
        positive = (self.latency, self.capacity, self.tick, self.backoff, self.backoff_factor)
        if min(positive) <= 0 or min(self.attempts, self.batch, self.workers) < 1:
            raise FieldError("WAN model", "latency, capacity, tick, back-off and counts exceed 0")
        if not 0 <= self.loss_rate < 1:
            raise FieldError("WAN model", f"a loss rate of {self.loss_rate} is not in 0..1")

    def delay(self, draw: Random) -> timedelta:
        """A latency, one way."""
        return timedelta(seconds=draw.lognormvariate(math.log(self.latency), self.latency_spread))

    def lost(self, draw: Random) -> bool:
        """Whether a message gets lost."""
        return draw.random() < self.loss_rate

    def pause(self, attempt: int) -> timedelta:
        """How long to wait after the ``attempt``-th attempt, counted from 1."""
        growth = self.backoff_factor ** min(attempt - 1, 40)
        return timedelta(seconds=min(self.backoff * growth, self.backoff_limit))

    def open_at(self, at: datetime) -> datetime:
        """``at``, or the end of the outage it falls into."""
        for outage in sorted(self.outages, key=lambda outage: outage.start):
            if outage.start <= at < outage.end:
                at = outage.end
        return at


class Coverage:
    """Which devices the WAN does not reach, and which ones their HAN has lost.

    A HAN loss is there from the beginning of the world until the instant given (UTC), for ever
    where that is None.
    """

    def __init__(
        self, no_wan: Iterable[Eui64] = (), han_lost: Mapping[Eui64, datetime | None] | None = None
    ) -> None:
        self._no_wan = {device.octets for device in no_wan}
        self._han_lost = {device.octets: heals for device, heals in (han_lost or {}).items()}

    def has_wan(self, device: Eui64) -> bool:
        """Whether the communications hub is reached at all."""
        return device.octets not in self._no_wan

    def lose_han(self, device: Eui64, until: datetime | None) -> None:
        """The device leaves its HAN, until then or for ever."""
        self._han_lost[device.octets] = until

    def has_han(self, device: Eui64, at: datetime) -> bool:
        """Whether the communications hub reaches the device."""
        return self.han_from(device, at) == at

    def han_from(self, device: Eui64, at: datetime) -> datetime | None:
        """The first instant not before ``at`` at which it does, None for never."""
        if device.octets not in self._han_lost:
            return at
        heals = self._han_lost[device.octets]
        return None if heals is None else max(at, heals)
