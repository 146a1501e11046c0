"""What every role has: it waits for the others, says how it is, and ends in order."""

import asyncio
import logging
import secrets
import signal
import socket
import ssl
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from contextlib import AsyncExitStack
from datetime import datetime
from typing import TypeVar, Unpack

from starlette.routing import Route as Path
from starlette.types import ASGIApp

from stayon.adapters.between_roles.servers import application
from stayon.adapters.clock.system import ShiftedClock
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.server import HttpServer
from stayon.apps.serve.roles.monitoring import Monitored, monitoring
from stayon.apps.serve.roles.settings import RoleSettings
from stayon.apps.telemetry.from_environment import open_tracing
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.domain.errors import StayonError
from stayon.ports.clock import Clock
from stayon.ports.operator_log import Fields, say

_log = logging.getLogger("stayon.serve")
_ASK_AGAIN_SECONDS, _ASK_AGAIN_AT_FIRST = 0.5, 0.05
"""Who waits asks again after so long, at first sooner and each time later."""
_T = TypeVar("_T")


class Stopped(Exception):
    """The process was told to stop while it waited for somebody."""


class RoleProcess:
    """One process; ``stack`` ends with it.

    ``monitored`` is what it shows to those who watch over it, ``looking_on`` traces what passes
    from one part to the next.
    """

    def __init__(self, settings: RoleSettings, stack: AsyncExitStack) -> None:
        self.settings = settings
        self.stack = stack
        self.clock: Clock = ShiftedClock(settings.clock_ahead)
        self.monitored = Monitored()
        self.looking_on = LookingOn()
        self._stopped = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def name(self) -> str:
        """What it is called, such as in the audit trail: no other life of any process has it."""
        host = socket.gethostname().split(".")[0][:14]
        return f"{self.settings.role.value}-{host}-{self._suffix}"

    _suffix = ""

    async def open(self) -> None:
        """Listen to signals, trace, and serve ``/live``, ``/ready`` and ``/metrics``.

        Raises ``TraceSettingsError``.
        """
        self.looking_on = LookingOn(self.stack.enter_context(open_tracing(self._service)))
        self._suffix = secrets.token_hex(4)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self._stopped.set)
        self.stack.push_async_callback(self._stop_tasks)
        app = monitoring(self.monitored, self._failure, self._now)
        await self.serve(app, self.settings.monitoring_port)

    async def until(self, what: str, attempt: Callable[[], Awaitable[_T]]) -> _T:
        """What ``attempt`` returns once it raises no ``StayonError``; raises ``Stopped``."""
        said, pause = "", _ASK_AGAIN_AT_FIRST
        while True:
            try:
                found = await attempt()
            except StayonError as error:
                waits_for = f"{what}: {error}"
                self.monitored.waits_for = waits_for
                if waits_for != said:
                    said = waits_for
                    self.say("waits", detail=said)
            else:
                self.monitored.waits_for = "the rest of its start"
                return found
            try:
                await asyncio.wait_for(self._stopped.wait(), pause)
            except TimeoutError:
                pause = min(2 * pause, _ASK_AGAIN_SECONDS)
                continue
            raise Stopped

    def _now(self) -> datetime:
        return self.clock.now()  # by the clock of the world, once that is known

    def say(self, event: str, **fields: Unpack[Fields]) -> None:
        """Tell who reads the process's log."""
        fields["service"] = self._service
        say(_log, logging.INFO, event, **fields)

    @property
    def _service(self) -> str:
        return f"stayon-{self.settings.role.value}"

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

    async def serve(self, app: ASGIApp, port: int, tls: ssl.SSLContext | None = None) -> HttpServer:
        """Serve an application until the process ends, monitoring on the loopback interface.

        Without a ``tls`` of its own it is served by that between the roles, if there is one.
        """
        of_others = port != self.settings.monitoring_port
        between = self.settings.tls
        if tls is None and between is not None and of_others:
            tls = between.server
        host = self.settings.host if of_others else "127.0.0.1"
        server = HttpServer(app, host, port, tls=tls)
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
        self.monitored.waits_for = None
        self.say("ready", address=where)
        while not self._stopped.is_set():
            try:
                self.check()
            except Exception:
                _log.exception("a part has died")
                raise
            try:
                await asyncio.wait_for(self._stopped.wait(), 1)
            except TimeoutError:
                continue
        self.monitored.draining = True
        # It takes nothing more and finishes what it has in hand.
        self.say("draining")

    def _failure(self) -> str | None:
        try:
            self.check()
        except Exception as error:  # noqa: BLE001 - whatever it is, the process is not well
            return type(error).__name__
        return None
