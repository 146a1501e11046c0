"""``/live``, ``/ready`` and ``/metrics`` of a served world, for those who watch over it.

Hardly anything is counted while requests are handled: metrics are what the tables say when they are
asked (``ports.operations``), and so are right after a restart too.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from fastapi import FastAPI, Response
from fastapi.responses import PlainTextResponse
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from pydantic import BaseModel

from stayon.apps.serve.metrics import Collected, OfProcess, certificate_ends, families
from stayon.apps.telemetry.store import ObservedStore
from stayon.apps.world.cast import COS_PARTY, DSP, S1SPS
from stayon.apps.world.wiring import World
from stayon.domain.metering import Route
from stayon.parties.csp.wan import Wan
from stayon.parties.s1sp.service import S1spService
from stayon.ports.clock import Clock
from stayon.ports.operations import Health, Operations
from stayon.ports.store_work import StoreUnavailableError

_LOOKED_AT_EVERY_SECONDS = 5.0
"""What was read is shown for so long: many who ask do not make many queries."""


@dataclass(frozen=True, slots=True)
class Watched:
    """What is watched over.

    ``check`` raises what has gone wrong in the background; ``in_hand`` says how many commands of
    contingency (True) or ordinary (False) traffic this process holds; ``of_process`` has what else
    is known to this process alone.
    """

    operations: Operations
    clock: Clock
    check: Callable[[], None]
    in_hand: Callable[[bool], int]
    of_process: OfProcess = field(default_factory=OfProcess)


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
    latest = Latest(watched)

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
        health = await latest.health()
        found = families(health, watched.in_hand, watched.of_process, watched.clock.now())
        registry.register(Collected(found))
        for histogram in watched.of_process.histograms:
            registry.register(histogram)
        return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    return app


def _failure(check: Callable[[], None]) -> str | None:
    try:
        check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the process is not well
        return type(error).__name__
    return None


class Latest:
    """The newest reading, made anew when it is old; None while the store does not answer."""

    def __init__(self, watched: Watched) -> None:
        self._watched = watched
        self._health: Health | None = None
        self._one_at_a_time = asyncio.Lock()

    async def health(self) -> Health | None:
        """The reading."""
        now = self._watched.clock.now()
        async with self._one_at_a_time:
            known = self._health
            if known is None or (now - known.at).total_seconds() >= _LOOKED_AT_EVERY_SECONDS:
                try:
                    self._health = await self._watched.operations.health(now)
                except StoreUnavailableError:
                    self._health = None
            return self._health


def watched(world: World) -> Watched:
    """A served world, as what is watched over."""
    hands = world.dsp.hands
    store = world.store
    commits = store.commits.families if isinstance(store, ObservedStore) else ()
    return Watched(
        store,
        world.clock,
        world.check,
        lambda kind: hands.waiting(contingency=kind),
        OfProcess(
            lambda: {route.value: each.pending for route, each in _carriers(world).items()},
            lambda: certificate_ends(world.pki, (DSP, COS_PARTY, *S1SPS.values())),
            commits,
        ),
    )


def _carriers(world: World) -> dict[Route, Wan | S1spService]:
    return {**{wan.route: wan for wan in world.wans}, **world.s1sps}
