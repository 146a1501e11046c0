"""The gauges of a served world; ``docs/reference/metrics.md`` explains each."""

from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from prometheus_client import Histogram
from prometheus_client.core import GaugeMetricFamily

from stayon import __version__
from stayon.apps.world.pki import WorldPki
from stayon.domain.eui64 import Eui64
from stayon.ports.operations import Health


@dataclass(frozen=True, slots=True)
class OfProcess:
    """What no table says.

    ``pending`` has what carriers of this process have in hand, by route; ``certificates`` until
    when certificates are valid, by holder and role; ``histograms`` are counted by the process.
    """

    pending: Callable[[], Mapping[str, int]] = dict
    certificates: Callable[[], Mapping[tuple[str, str], datetime]] = dict
    histograms: tuple[Histogram, ...] = ()


def certificate_ends(pki: WorldPki, holders: Container[Eui64]) -> dict[tuple[str, str], datetime]:
    """Until when the certificates of these are valid, by holder and role."""
    return {
        (str(holder), f"{role.name}/{usage.name}"): held.certificate.not_after
        for (holder, role, usage), held in pki.posts()
        if holder in holders
    }


class Collected:
    """Families as a registry wants to have them."""

    def __init__(self, found: Sequence[GaugeMetricFamily]) -> None:
        self._found = found

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """What was found."""
        return self._found


def families(
    health: Health | None,
    in_hand: Callable[[bool], int],
    of_process: OfProcess,
    now: datetime,
) -> list[GaugeMetricFamily]:
    """Every gauge with its values at ``now``; ``docs/reference/metrics.md`` explains each."""
    up = GaugeMetricFamily("stayon_store_up", "1 while the DSP's store answers, else 0")
    up.add_metric([], 0 if health is None else 1)
    own = [up, commands_in_hand(in_hand), *gauges_of_process(of_process, now)]
    if health is None:
        return own
    tables = _of_requests, _of_work, _of_devices, _of_thresholds, _of_audit
    return [*own, *(family for make in tables for family in make(health))]


def commands_in_hand(in_hand: Callable[[bool], int]) -> GaugeMetricFamily:
    """What a process that dispatches has of contingency (True) and ordinary traffic."""
    hand = GaugeMetricFamily(
        "stayon_commands_in_hand",
        "Commands that this process holds and has not dispatched",
        labels=["traffic"],
    )
    hand.add_metric(["contingency"], in_hand(True))
    hand.add_metric(["ordinary"], in_hand(False))
    return hand


def gauges_of_process(own: OfProcess, now: datetime) -> list[GaugeMetricFamily]:
    """Those that no table says, at ``now``."""
    built = GaugeMetricFamily("stayon_build_info", "1, with the version", labels=["version"])
    built.add_metric([__version__], 1)
    pending = GaugeMetricFamily(
        "stayon_route_pending",
        "Commands that a CSP or S1SP of this process has taken and not ended",
        labels=["route"],
    )
    for route, number in sorted(own.pending().items()):
        pending.add_metric([route], number)
    ends = GaugeMetricFamily(
        "stayon_certificate_expires_days",
        "Days until a certificate of the DCC ends; below 0 once it has",
        labels=["holder", "role"],
    )
    for names, until in sorted(own.certificates().items()):
        ends.add_metric(names, (until - now) / timedelta(days=1))
    return [built, pending, ends]


def _of_requests(health: Health) -> list[GaugeMetricFamily]:
    answers = GaugeMetricFamily(
        "stayon_answers_last_hour", "Requests by what was answered", labels=["code"]
    )
    for code, count in sorted(health.answers.items()):
        answers.add_metric([code], count)
    held = GaugeMetricFamily("stayon_quarantined_requests", "Requests that wait in quarantine")
    held.add_metric([], health.quarantined)
    age = GaugeMetricFamily(
        "stayon_quarantine_oldest_age_seconds", "Age of the oldest of them, 0 if there is none"
    )
    since = health.at if health.held_since is None else health.held_since
    age.add_metric([], (health.at - since).total_seconds())
    return [answers, held, age]


def _of_work(health: Health) -> list[GaugeMetricFamily]:
    labels = ["kind", "target"]
    waiting = GaugeMetricFamily("stayon_work_waiting", "Work that is not done", labels=labels)
    retried = GaugeMetricFamily("stayon_work_retried", "Of it, tried before", labels=labels)
    oldest = GaugeMetricFamily(
        "stayon_work_oldest_age_seconds", "Age of the oldest of it", labels=labels
    )
    most = GaugeMetricFamily(
        "stayon_work_most_attempts", "How often the one was tried that failed most", labels=labels
    )
    for queue in health.queues:
        names = [queue.kind, queue.target]
        waiting.add_metric(names, queue.waiting)
        retried.add_metric(names, queue.retried)
        oldest.add_metric(names, (health.at - queue.oldest).total_seconds())
        most.add_metric(names, queue.most_attempts)
    return [waiting, retried, oldest, most, *_of_dead_letters(health)]


def _of_dead_letters(health: Health) -> list[GaugeMetricFamily]:
    letters = GaugeMetricFamily(
        "stayon_dead_letters", "Work that was given up and waits", labels=["kind", "target"]
    )
    age = GaugeMetricFamily(
        "stayon_dead_letters_oldest_age_seconds", "Age of the oldest of it, 0 if there is none"
    )
    for each in health.dead_letters:
        letters.add_metric([each.kind, each.target], each.waiting)
    since = min((each.oldest for each in health.dead_letters), default=health.at)
    age.add_metric([], (health.at - since).total_seconds())
    return [letters, age]


def _of_devices(health: Health) -> list[GaugeMetricFamily]:
    routes = GaugeMetricFamily(
        "stayon_route_commands_last_hour",
        "Commands handed to a CSP or S1SP, answered, given up",
        labels=["route", "state"],
    )
    for each in health.routes:
        routes.add_metric([each.route, "dispatched"], each.dispatched)
        routes.add_metric([each.route, "answered"], each.answered)
        routes.add_metric([each.route, "failed"], each.failed)
    alerts = GaugeMetricFamily(
        "stayon_device_alerts_last_hour", "Device Alerts raised", labels=["code"]
    )
    held_back = GaugeMetricFamily(
        "stayon_device_alerts_held_back_last_hour",
        "Device Alerts held back by storm protection",
        labels=["code"],
    )
    for alert in health.alerts:
        alerts.add_metric([alert.code], alert.raised)
        held_back.add_metric([alert.code], alert.held_back)
    return [routes, alerts, held_back]


def _of_thresholds(health: Health) -> list[GaugeMetricFamily]:
    labels = ["user", "role", "supplier", "srv"]
    used = GaugeMetricFamily(
        "stayon_threshold_used", "Requests counted in the present window", labels=labels
    )
    limit = GaugeMetricFamily(
        "stayon_threshold_limit", "Volume thresholds (ADT)", labels=[*labels, "kind"]
    )
    for each in health.thresholds:
        names = [each.user_id, each.role, each.supplier, each.srv]
        used.add_metric(names, each.used)
        limit.add_metric([*names, "warning"], each.warning)
        limit.add_metric([*names, "quarantine"], each.quarantine)
    return [used, limit]


def _of_audit(health: Health) -> list[GaugeMetricFamily]:
    position = GaugeMetricFamily(
        "stayon_audit_chain_position",
        "Rows in the audit trail of one writer: the place of its newest",
        labels=["writer"],
    )
    for each in health.writers:
        position.add_metric([each.writer], each.sequence)
    return [position]
