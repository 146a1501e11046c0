"""The roles of one world, each in a process of its own, on a PostgreSQL of their own.

Processes are forked from a server that has read the modules once: a role starts in a fraction of a
second. They are real processes with real sockets all the same, and can be killed.
"""

import json
import os
import signal
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from itertools import count
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

from sqlalchemy import URL
from tests.support import moved_clock
from tests.support.cheap_hashes import hash_cheaply
from tests.support.lives import LIVES
from tests.support.moved_clock import MovedClock
from tests.support.ports import OF_A_WORLD, row_of_ports

from stayon.apps.cli.main import stayon
from stayon.domain.metering import Route


def _stayon(
    arguments: Sequence[str], log: str, environment: Mapping[str, str], clock: Path | None
) -> None:
    # The server has the environment of the moment at which it was first needed.
    os.environ.update(environment)
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    hash_cheaply()  # a new world has seven accounts
    if clock is not None:
        moved_clock.follow(clock)
    sys.argv = ["stayon"]
    stayon.main(list(arguments), standalone_mode=True)


@dataclass
class RoleLife:
    """One process; ``name`` is what a test calls it, ``clock`` what moves its clock."""

    name: str
    arguments: list[str]
    monitoring: int
    log: Path
    process: BaseProcess | None = None
    clock: MovedClock | None = None

    def start(self) -> None:
        """Begin a life."""
        assert not self.is_alive
        clock = None if self.clock is None else self.clock.path
        told = self.arguments, str(self.log), dict(os.environ), clock
        self.process = LIVES.Process(target=_stayon, args=told)
        self.process.start()

    @property
    def is_alive(self) -> bool:
        """Whether it lives."""
        return self.process is not None and self.process.is_alive()

    def kill(self) -> None:
        """kill -9."""
        self._end(signal.SIGKILL)

    def wait(self, seconds: float) -> int | None:
        """The exit status once it has ended, None if it has not."""
        assert self.process is not None
        self.process.join(seconds)
        return self.process.exitcode

    def stop(self, seconds: float = 20) -> int:
        """SIGTERM; the exit status."""
        return self._end(signal.SIGTERM, seconds)

    def ask_to_stop(self) -> None:
        """SIGTERM, without waiting."""
        assert self.process is not None
        self.process.terminate()

    def _end(self, number: signal.Signals, seconds: float = 20) -> int:
        assert self.process is not None
        assert self.process.pid is not None
        if self.process.is_alive():
            os.kill(self.process.pid, number)
        self.process.join(seconds)
        assert not self.process.is_alive(), f"{self.name} does not end: {self.said()}"
        status = self.process.exitcode
        assert status is not None
        return status

    def said(self) -> str:
        """The end of what the process has written."""
        return self.log.read_text()[-3000:] if self.log.exists() else ""

    def ask(self, path: str) -> tuple[int, Any]:
        """Status and JSON of its monitoring; 0 where there is no answer."""
        connection = HTTPConnection("127.0.0.1", self.monitoring, timeout=5)
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, HTTPException):
            return 0, None
        finally:
            connection.close()


@dataclass
class RoleWorld:
    """All processes of one world in ``folder``, made with their addresses and not started."""

    folder: Path
    database: URL
    lives: dict[str, RoleLife] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    def add(self, name: str, role: str, port: int, monitoring: int, *options: str) -> RoleLife:
        """A process."""
        url = self.database.render_as_string(hide_password=False)
        arguments = [
            "serve", "--role", role, "--world", str(self.folder), "--port", str(port),
            "--monitoring-port", str(monitoring), *options,
        ]  # fmt: skip
        if role in ("gateway", "worker", "web"):
            arguments += ["--database-url", url]
        life = RoleLife(name, arguments, monitoring, self.folder.parent / f"{name}.log")
        self.lives[name] = life
        self.ports[name] = port
        return life

    def add_command(self, name: str, *arguments: str) -> RoleLife:
        """A command of ``stayon`` in a process of its own."""
        life = RoleLife(name, list(arguments), 0, self.folder.parent / f"{name}.log")
        self.lives[name] = life
        return life

    def __getitem__(self, name: str) -> RoleLife:
        return self.lives[name]

    def url(self, name: str) -> str:
        """Where a process serves."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def until_ready(self, *names: str, seconds: float = 150) -> None:
        """Return when all of these (or all there are) are ready."""
        end = time.monotonic() + seconds
        for name in names or tuple(self.lives):
            life = self.lives[name]
            while life.ask("/ready")[0] != 200:
                assert life.is_alive, f"{name} has ended: {life.said()}"
                assert time.monotonic() < end, f"{name} is not ready: {life.said()}"
                time.sleep(0.05)

    def end(self) -> None:
        """Kill whatever is alive."""
        for life in self.lives.values():
            if life.is_alive:
                life.kill()


def ports_of(gateways: int = 2, workers: int = 2, hosts: int = 2) -> int:
    """How many ports the processes of a world have."""
    return OF_A_WORLD + 2 * (gateways + workers + hosts + len(("csp", "s1sp"))) + 1


def role_world(
    folder: Path,
    database: URL,
    *,
    homes: int,
    gateways: int = 2,
    workers: int = 2,
    hosts: int = 2,
    options: Mapping[str, Sequence[str]] | None = None,
    through: Mapping[str, str] | None = None,
    by_tls: Sequence[str] = (),
    first: int | None = None,
    split: bool = False,
) -> RoleWorld:
    """A world of ``web``, ``gateway-1``..., ``worker-1``..., ``csp``, ``devices-1``..., ``s1sp``.

    ``options`` are more for the processes of a role; ``through`` gives the address at which others
    are to find a process, where that is not its own; ``smki`` there is the SMKI. ``by_tls`` are
    options of every process, with which they speak by TLS. The processes have ``ports_of`` them in
    a row, from ``first`` on. With ``split`` each CSP and S1SP has a process of its own, named by
    its route.
    """
    more = options or {}
    world = RoleWorld(folder, database)
    names = [
        *(f"gateway-{n}" for n in range(1, gateways + 1)),
        *(f"worker-{n}" for n in range(1, workers + 1)),
        *(f"devices-{n}" for n in range(1, hosts + 1)),
        *([route.value for route in Route] if split else ("csp", "s1sp")),
    ]
    if first is None:
        more_ports = 2 * (len(Route) - 2) if split else 0
        first = row_of_ports(ports_of(gateways, workers, hosts) + more_ports)
    scheme = "https" if by_tls else "http"
    service = dict(zip(names, count(first + OF_A_WORLD), strict=False))
    monitoring = dict(zip(names, count(first + OF_A_WORLD + len(names)), strict=False))
    smki_by_tls = first + OF_A_WORLD + 2 * len(names)

    def at(name: str) -> str:
        return (through or {}).get(name, f"{scheme}://127.0.0.1:{service[name]}")

    def carriers(kind: str) -> list[str]:
        urls = [f"{name}={at(name)}" if split else at(name) for name in of(kind)]
        return [word for url in urls for word in (f"--{kind}", url)]

    def of(kind: str) -> list[str]:
        return [name for name in names if name.startswith(kind)]

    smki_port = smki_by_tls if by_tls else first + 1
    smki = (through or {}).get("smki", f"{scheme}://127.0.0.1:{smki_port}")
    told = {
        "gateway": [],
        "worker": [*carriers("csp"), *carriers("s1sp"), "--smki", smki],
        "csp": [
            *(word for name in of("worker") for word in ("--worker", at(name))),
            *(word for name in of("devices") for word in ("--devices", at(name))),
        ],
        "s1sp": [
            *(word for name in of("worker") for word in ("--worker", at(name))), "--smki", smki,
        ],
        "devices": [*carriers("csp"), "--smki", smki],
    }  # fmt: skip
    world.add(
        "web", "web", first, first + 7, "--homes", str(homes), "--gateway", at("gateway-1"),
        *(("--roles-port", str(smki_by_tls)) if by_tls else ()), *by_tls, *more.get("web", ()),
    )  # fmt: skip
    for name in names:
        role = name.partition("-")[0]
        part = ["--part", f"{name.partition('-')[2]}/{hosts}"] if role == "devices" else []
        own = ("--route", name) if split and role in ("csp", "s1sp") else ()
        told_it = (*own, *told[role], *part, *by_tls, *more.get(role, ()))
        world.add(name, role, service[name], monitoring[name], *told_it)
    return world
