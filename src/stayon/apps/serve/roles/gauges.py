"""Gauges that only processes with a role have; ``docs/reference/metrics.md`` explains each."""

from collections.abc import Callable
from typing import Final

from prometheus_client.core import GaugeMetricFamily

Gauge = Callable[[], GaugeMetricFamily]
NAMES: Final = {
    "stayon_meters": "Meters that live in this process",
    "stayon_wake_ups_connected": "1 while PostgreSQL tells this process at once what others write",
    "stayon_work_in_hand": "Pieces of work that this worker has claimed and not ended",
    "stayon_commands_waiting": "Commands that no worker has dispatched yet",
}
"""Each with what it is."""


def gauge(name: str, value: Callable[[], float]) -> Gauge:
    """One of ``NAMES``, without labels."""

    def made() -> GaugeMetricFamily:
        family = GaugeMetricFamily(name, NAMES[name])
        family.add_metric([], value())
        return family

    return made


def commands_waiting(waiting: Callable[[bool], int]) -> Gauge:
    """How many commands of contingency (True) and ordinary traffic wait, whoever took them in."""

    def made() -> GaugeMetricFamily:
        name = "stayon_commands_waiting"
        family = GaugeMetricFamily(name, NAMES[name], labels=["traffic"])
        family.add_metric(["contingency"], waiting(True))
        family.add_metric(["ordinary"], waiting(False))
        return family

    return made
