"""How a rate is measured so that it means something on a noisy machine.

A benchmark runs in rounds; rounds of everything that is compared alternate, so that a machine that
slows down slows all of it. The median round counts; the least and the greatest show the noise.
"""

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """Operations a second over several rounds."""

    median: float
    least: float
    greatest: float

    @property
    def microseconds(self) -> float:
        """The median time of one operation."""
        return 1e6 / self.median


@dataclass(frozen=True, slots=True)
class Benchmark:
    """Something to repeat: ``operation`` does it once."""

    name: str
    operation: Callable[[], object]


def rate_of(seconds: list[float], operations: int) -> Rate:
    """The rate of rounds that took ``seconds`` for ``operations`` each."""
    rates = sorted(operations / each for each in seconds)
    return Rate(statistics.median(rates), rates[0], rates[-1])


def measure(
    benchmarks: list[Benchmark],
    *,
    rounds: int = 7,
    seconds_a_round: float = 0.15,
    timer: Callable[[], float] = time.perf_counter,
) -> Mapping[str, Rate]:
    """Measure each benchmark, their rounds alternating.

    ``timer`` tells seconds: of the wall clock, or with ``time.process_time`` of CPU.
    """
    repeats = {each.name: _repeats(each, seconds_a_round, timer) for each in benchmarks}
    taken: dict[str, list[float]] = {each.name: [] for each in benchmarks}
    for _ in range(rounds):
        for each in benchmarks:
            taken[each.name].append(_time(each.operation, repeats[each.name], timer))
    return {name: rate_of(seconds, repeats[name]) for name, seconds in taken.items()}


def _repeats(benchmark: Benchmark, seconds: float, timer: Callable[[], float]) -> int:
    """How often to repeat for a round of about ``seconds``; warms up on the way."""
    repeats = 1
    while (taken := _time(benchmark.operation, repeats, timer)) < seconds / 4:
        repeats *= 2
    return max(1, round(repeats * seconds / taken))


def _time(operation: Callable[[], object], repeats: int, timer: Callable[[], float]) -> float:
    start = timer()
    for _ in range(repeats):
        operation()
    return timer() - start
