"""What a campaign will ask of the DCC, from what earlier campaigns asked (PANEL-forecast).

For each kind of meter (generation, route, fuel) the history gives the share of devices that needed
a second, third ... attempt. Attempts come when the retry policy's waits say.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress
from stayon.policy.retry import Event, RetryPolicy

_SAFE = frozenset({EndState.SAFE})
_SECONDS_AN_HOUR = 3600
Kind = tuple[Generation, Route, Fuel]


@dataclass(frozen=True, slots=True)
class Forecast:
    """``requests`` counts those that count against thresholds: Transform (CV 4) does not.

    ``per_hour`` has them by the hour from the campaign's first request, ``calls_at_peak`` is the
    most HTTP calls a second, Transform included; ``first_pass`` is how long the first attempts
    take, ``safe_at_first`` how many devices they make safe.
    """

    devices: int
    requests: float
    per_hour: tuple[float, ...]
    calls_at_peak: float
    first_pass: timedelta
    safe: float
    safe_at_first: float


class History:
    """What earlier campaigns, in which every device has ended, say about each kind of meter."""

    def __init__(self, devices: Iterable[tuple[PortfolioDevice, Progress]]) -> None:
        self._seen: Counter[Kind] = Counter()
        self._attempts: Counter[tuple[Kind, int]] = Counter()
        self._safe: Counter[Kind] = Counter()
        self._safe_at_first: Counter[Kind] = Counter()
        for device, progress in devices:
            if progress.end is None or not progress.attempt:
                continue
            kind = kind_of(device)
            self._seen[kind] += 1
            for number in range(1, progress.attempt + 1):
                self._attempts[kind, number] += 1
            self._safe[kind] += progress.end in _SAFE
            self._safe_at_first[kind] += progress.end in _SAFE and progress.attempt == 1

    def forecast(
        self, portfolio: Iterable[PortfolioDevice], retry: RetryPolicy, per_second: float
    ) -> Forecast:
        """For a portfolio at a pace; raises ``StayonError`` for a kind that has no history."""
        counted = Counter(kind_of(device) for device in portfolio)
        unknown = sorted(
            "/".join(p.value for p in kind) for kind in counted.keys() - self._seen.keys()
        )
        if unknown:
            raise StayonError(f"the history has no {', '.join(unknown)}")
        scaled: dict[int, float] = {}
        for (kind, number), seen in self._attempts.items():
            share = counted[kind] * seen / self._seen[kind]
            scaled[number] = scaled.get(number, 0.0) + share
        devices = counted.total()
        return Forecast(
            devices=devices,
            requests=sum(scaled.values()),
            per_hour=_per_hour(scaled, retry, devices, per_second),
            calls_at_peak=per_second * _calls_for_one(counted),
            first_pass=timedelta(seconds=devices / per_second),
            safe=sum(number * self._safe[k] / self._seen[k] for k, number in counted.items()),
            safe_at_first=sum(
                number * self._safe_at_first[k] / self._seen[k] for k, number in counted.items()
            ),
        )


def kind_of(device: PortfolioDevice) -> Kind:
    """What the forecast tells apart."""
    return device.generation, device.route, device.fuel


def _calls_for_one(counted: Counter[Kind]) -> float:
    """HTTP calls for one attempt: a SMETS2+ meter's is Transform and Send Command."""
    smets2 = sum(n for (generation, _, _), n in counted.items() if generation is Generation.SMETS2)
    return 1 + smets2 / counted.total() if counted else 0.0


def _per_hour(
    attempts: dict[int, float], retry: RetryPolicy, devices: int, per_second: float
) -> tuple[float, ...]:
    """Each attempt comes after the waits before it, spread over a pass as long as the first."""
    waits = retry.cause(Event.NOT_REACHED, "").waits
    spread = devices / per_second / _SECONDS_AN_HOUR
    hours: dict[int, float] = {}
    for number, expected in attempts.items():
        begin = sum(waits[: number - 1], timedelta(0)) / timedelta(hours=1)
        end = begin + spread
        hour = int(begin)
        while hour < end:
            share = (min(end, hour + 1) - max(begin, hour)) / spread
            hours[hour] = hours.get(hour, 0.0) + expected * share
            hour += 1
    return tuple(hours.get(hour, 0.0) for hour in range(max(hours, default=-1) + 1))
