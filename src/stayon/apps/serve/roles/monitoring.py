"""``/live``, ``/ready`` and ``/metrics`` of one process of many."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path

from stayon.apps.serve.metrics import Collected, OfProcess, gauges_of_process
from stayon.apps.serve.roles.gauges import Gauge


async def _no_tables() -> Sequence[GaugeMetricFamily]:
    return ()


@dataclass(slots=True)
class Monitored:
    """What the parts of a process put here, those who ask see.

    ``troubles`` are asked whenever somebody wants to know whether it is ready: each says in words
    what is wrong, or nothing. ``gauges`` are of this process, ``tables`` of the DSP's tables, which
    one process of all shows.
    """

    troubles: list[Callable[[], str | None]] = field(default_factory=list)
    gauges: list[Gauge] = field(default_factory=list)
    of_process: OfProcess = field(default_factory=OfProcess)
    tables: Callable[[], Awaitable[Sequence[GaugeMetricFamily]]] = _no_tables
    in_force: Callable[[], Mapping[str, object]] = dict
    """What the process goes by, for people: policy, reference data, keys."""
    waits_for: str | None = "its turn to start"
    draining: bool = False

    def see(self, histograms: Sequence[Histogram]) -> None:
        """Show these besides."""
        known = self.of_process.histograms
        self.of_process = replace(self.of_process, histograms=(*known, *histograms))

    def missing(self, failure: str | None) -> list[str]:
        """What is missing for the process to be ready, in words."""
        found = [self.waits_for] if self.waits_for else []
        found += [trouble for ask in self.troubles if (trouble := ask())]
        return found if failure is None else [*found, failure]


def monitoring(
    monitored: Monitored, failure: Callable[[], str | None], now: Callable[[], datetime]
) -> Starlette:
    """The ASGI application; ``failure`` says which part has died, if one has.

    ``now`` is the world's time (UTC), which a process learns after it has begun to be watched.
    """

    async def live(_: Request) -> Response:
        died = failure()
        return JSONResponse({"live": died is None, "failure": died}, 200 if died is None else 503)

    async def ready(_: Request) -> Response:
        missing = monitored.missing(failure())
        is_ready = not missing and not monitored.draining
        said = {
            "ready": is_ready,
            "draining": monitored.draining,
            "waits_for": missing,
            "in_force": dict(monitored.in_force()),
        }
        return JSONResponse(said, 200 if is_ready else 503)

    async def metrics(_: Request) -> Response:
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        tables = await monitored.tables()
        # A process that shows the tables shows with them what is of itself.
        own = tables or gauges_of_process(monitored.of_process, now())
        registry.register(Collected([*(make() for make in monitored.gauges), *own]))
        for histogram in monitored.of_process.histograms:
            registry.register(histogram)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    paths = {"/live": live, "/ready": ready, "/metrics": metrics}
    return Starlette(routes=[Path(path, endpoint) for path, endpoint in paths.items()])
