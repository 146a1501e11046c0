"""What every role has: it waits for the others, says how it is, and ends in order."""

import asyncio
import secrets
import signal
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from contextlib import AsyncExitStack
from typing import TypeVar

import click
from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route as Path
from starlette.types import ASGIApp

from stayon.adapters.between_roles.servers import application
from stayon.adapters.clock.system import ShiftedClock
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.server import HttpServer
from stayon.apps.serve.roles.settings import RoleSettings
from stayon.domain.errors import StayonError

_ASK_AGAIN_SECONDS = 0.5
_T = TypeVar("_T")


class Stopped(Exception):
    """The process was told to stop while it waited for somebody."""


class RoleProcess:
    """One process; ``stack`` ends with it.

    ``troubles`` are asked whenever somebody wants to know whether it is ready: each says in words
    what is wrong, or nothing. ``counts`` are this process's own metrics, ``tables`` those of the
    DSP's tables, which one process of all shows.
    """

    def __init__(self, settings: RoleSettings, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.stack = stack
        self.clock = ShiftedClock(settings.clock_ahead)
        self.troubles: list[Callable[[], str | None]] = []
        self.counts: dict[str, Callable[[], float]] = {}
        self.tables: Callable[[], Awaitable[Sequence[GaugeMetricFamily]]] = _no_tables
        self._waits_for: str | None = "its turn to start"
        self._draining = False
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """What it is called, such as in the audit trail: no other life of any process has it."""
        host = socket.gethostname().split(".")[0][:14]
        return f"{self.settings.role.value}-{host}-{self._suffix}"

    _suffix = ""

    async def open(self) -> None:
        """Listen to signals, and serve ``/live``, ``/ready`` and ``/metrics``."""
        self._suffix = secrets.token_hex(4)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        self.stack.push_async_callback(self._stop_tasks)
        await self.serve(self._monitoring(), self.settings.monitoring_port)

    async def until(self, what: str, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """What ``attempt`` returns once it raises no ``StayonError``; raises ``Stopped``."""
        said = ""
        while True:
            try:
                found = await attempt()
            except StayonError as error:
                self._waits_for = f"{what}: {error}"
                if self._waits_for != said:
                    said = self._waits_for
                    self.say(f"waits for {said}")
            else:
                self._waits_for = "the rest of its start"
                return found
            try:
                await asyncio.wait_for(self._stopped.wait(), _ASK_AGAIN_SECONDS)
            except TimeoutError:
                continue
            raise Stopped

    def say(self, words: str) -> None:
        """Tell who looks at the process's output."""
        click.echo(f"stayon {self.settings.role.value}: {words}", err=True)

    def spawn(self, work: Coroutine[None, None, None]) -> None:
        """Let something go on in the background; if it fails, the process ends."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if task.cancelled() or task.exception() is None:
            self._tasks.discard(task)

    def check(self) -> None:
        """Raise what has gone wrong in the background."""
        for task in self._tasks:
            if task.done() and not task.cancelled() and (error := task.exception()) is not None:
                raise error

    async def _stop_tasks(self) -> None:
        running = [task for task in self._tasks if not task.done()]
        for task in running:
            task.cancel()
        if running:
            await asyncio.wait(running)

    async def serve(self, app: ASGIApp, port: int) -> HttpServer:
        """Serve an application until the process ends, monitoring on the loopback interface."""
        of_others = port != self.settings.monitoring_port
        tls = self.settings.tls if of_others else None
        host = self.settings.host if of_others else "127.0.0.1"
        server = HttpServer(app, host, port, tls=None if tls is None else tls.server)
        await server.start()
        self.stack.push_async_callback(server.stop)
        return server

    async def serve_others(self, routes: Sequence[Path]) -> HttpServer:
        """Serve the interfaces between roles on this role's port."""
        return await self.serve(application(routes), self.settings.port)

    async def poster(self) -> AiohttpPoster:
        """A client for the other roles."""
        tls = self.settings.tls
        return await self.stack.enter_async_context(
            AiohttpPoster(tls=None if tls is None else tls.client)
        )

    async def run_until_stopped(self, where: str) -> None:
        """Say that everything is there, and return when the process is told to stop."""
        self._waits_for = None
        self.say(f"ready at {where}, monitoring on port {self.settings.monitoring_port}")
        while not self._stopped.is_set():
            self.check()
            try:
                await asyncio.wait_for(self._stopped.wait(), 1)
            except TimeoutError:
                continue
        self._draining = True
        self.say("draining: takes nothing more and finishes what it has in hand")

    def _monitoring(self) -> Starlette:
        async def live(_: Request) -> Response:
            failure = self._failure()
            return JSONResponse(
                {"live": failure is None, "failure": failure}, 200 if failure is None else 503
            )

        async def ready(_: Request) -> Response:
            waits = [self._waits_for] if self._waits_for else []
            waits += [trouble for ask in self.troubles if (trouble := ask())]
            failure = self._failure()
            if failure is not None:
                waits.append(failure)
            is_ready = not waits and not self._draining
            said = {"ready": is_ready, "draining": self._draining, "waits_for": waits}
            return JSONResponse(said, 200 if is_ready else 503)

        async def metrics(_: Request) -> Response:
            registry = CollectorRegistry()
            ProcessCollector(registry=registry)
            registry.register(_Gauges([*_gauges(self.counts), *await self.tables()]))
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_PLAIN_0_0_4)

        paths = {"/live": live, "/ready": ready, "/metrics": metrics}
        return Starlette(routes=[Path(path, endpoint) for path, endpoint in paths.items()])

    def _failure(self) -> str | None:
        try:
            self.check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process is not well
            return type(error).__name__
        return None


async def _no_tables() -> Sequence[GaugeMetricFamily]:
    return ()


def _gauges(counts: Mapping[str, Callable[[], float]]) -> Sequence[GaugeMetricFamily]:
    found = []
    for name, value in counts.items():
        gauge = GaugeMetricFamily(f"stayon_{name}", name.replace("_", " ").capitalize())
        gauge.add_metric([], value())
        found.append(gauge)
    return found


class _Gauges:
    def __init__(self, found: Sequence[GaugeMetricFamily]) -> None:
        self._found = found

    def collect(self) -> Sequence[GaugeMetricFamily]:
        return self._found
