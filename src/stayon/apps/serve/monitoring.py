"""``/live``, ``/ready`` and ``/metrics`` of a served world, for those who watch over it.

Nothing is counted while requests are handled: metrics are what the tables say when they are asked
(``ports.operations``), and so are right after a restart too.
"""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from stayon.apps.world.wiring import World
from stayon.ports.clock import Clock
from stayon.ports.operations import Health, Operations
from stayon.ports.store_work import StoreUnavailableError

_LOOKED_AT_EVERY_SECONDS = 5.0
"""What was read is shown for so long: many who ask do not make many queries."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched over.

    ``check`` raises what has gone wrong in the background; ``in_hand`` says how many commands of
    contingency (True) or ordinary (False) traffic this process holds.
    """

    operations: Operations
    clock: Clock
    check: Callable[[], None]
    in_hand: Callable[[bool], int]


class Live(BaseModel):
    """Whether every part of the process runs; else the kind of what went wrong."""

    live: bool
    failure: str | None


class Ready(BaseModel):
    """Whether a request would be accepted now."""

    ready: bool
    store: bool
    failure: str | None


def monitoring(watched: Watched) -> FastAPI:
    """The ASGI application.

    ``/live`` is 503 when a part of the process has died and only a restart helps; ``/ready`` when
    no request would be accepted now, because the store does not answer.
    """
    latest = _Latest(watched)

    app = FastAPI(title="Stayon monitoring", version="1", docs_url=None, redoc_url=None)

    @app.get("/live", responses={503: {"model": Live}})
    async def live(response: Response) -> Live:
        """Whether the process is well, or only a restart helps (503)."""
        failure = _failure(watched.check)
        response.status_code = 200 if failure is None else 503
        return Live(live=failure is None, failure=failure)

    @app.get("/ready", responses={503: {"model": Ready}})
    async def ready(response: Response) -> Ready:
        """Whether a request would be accepted now, or not (503)."""
        failure = _failure(watched.check)
        stored = await latest.health() is not None
        is_ready = stored and failure is None
        response.status_code = 200 if is_ready else 503
        return Ready(ready=is_ready, store=stored, failure=failure)

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Every metric, as Prometheus reads it."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(_Collector(families(await latest.health(), watched.in_hand)))
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return app


def _failure(check: Callable[[], None]) -> str | None:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the process is not well
        return type(error).__name__
    return None


class _Latest:
    """The newest reading, made anew when it is old; None while the store does not answer."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._health: Health | None = None
        self._one_at_a_time = asyncio.Lock()

    async def health(self) -> Health | None:
        now = self._watched.clock.now()
        async with self._one_at_a_time:
            known = self._health
            if known is None or (now - known.at).total_seconds() >= _LOOKED_AT_EVERY_SECONDS:
                try:
                    self._health = await self._watched.operations.health(now)
                except StoreUnavailableError:
                    self._health = None
            return self._health


class _Collector:
    def __init__(self, found: Sequence[GaugeMetricFamily]) -> None:
        self._found = found

    def collect(self) -> Iterable[GaugeMetricFamily]:
        return self._found


def families(health: Health | None, in_hand: Callable[[bool], int]) -> list[GaugeMetricFamily]:
    """Every metric with its values; ``docs/reference/metrics.md`` explains each."""
    up = GaugeMetricFamily("stayon_store_up", "1 while the DSP's store answers, else 0")
    up.add_metric([], 0 if health is None else 1)
    hand = GaugeMetricFamily(
        "stayon_commands_in_hand",
        "Commands that this process holds and has not dispatched",
        labels=["traffic"],
    )
    hand.add_metric(["contingency"], in_hand(True))
    hand.add_metric(["ordinary"], in_hand(False))
    if health is None:
        return [up, hand]
    return [up, hand, *_of_requests(health), *_of_work(health), *_of_devices(health)]


def _of_requests(health: Health) -> list[GaugeMetricFamily]:
    answers = GaugeMetricFamily(
        "stayon_answers_last_hour", "Requests by what was answered", labels=["code"]
    )
    for code, count in sorted(health.answers.items()):
        answers.add_metric([code], count)
    held = GaugeMetricFamily("stayon_quarantined_requests", "Requests that wait in quarantine")
    held.add_metric([], health.quarantined)
    return [answers, held]


def _of_work(health: Health) -> list[GaugeMetricFamily]:
    labels = ["kind", "target"]
    waiting = GaugeMetricFamily("stayon_work_waiting", "Work that is not done", labels=labels)
    retried = GaugeMetricFamily("stayon_work_retried", "Of it, tried before", labels=labels)
    oldest = GaugeMetricFamily(
        "stayon_work_oldest_age_seconds", "Age of the oldest of it", labels=labels
    )
    for queue in health.queues:
        names = [queue.kind, queue.target]
        waiting.add_metric(names, queue.waiting)
        retried.add_metric(names, queue.retried)
        oldest.add_metric(names, (health.at - queue.oldest).total_seconds())
    return [waiting, retried, oldest]


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


def watched(world: World) -> Watched:
    """A served world, as what is watched over."""
    dispatcher = world.dsp.dispatcher
    return Watched(
        world.store, world.clock, world.check, lambda kind: dispatcher.waiting(contingency=kind)
    )
