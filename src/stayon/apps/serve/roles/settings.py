"""What a process with one role is told when it starts."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from pathlib import Path
from ssl import SSLContext

from sqlalchemy import URL

from stayon.adapters.http.tls import TlsFiles, client_context, server_context
from stayon.apps.serve.folder import WorldFolder
from stayon.domain.metering import Route


class Role(Enum):
    """What a process does."""

    GATEWAY = "gateway"
    WORKER = "worker"
    S1SP = "s1sp"
    CSP = "csp"
    DEVICES = "devices"
    WEB = "web"


@dataclass(frozen=True, slots=True)
class Listening:
    """Where a role listens by default: its service, and monitoring."""

    service: int
    monitoring: int


DEFAULT_PORTS = {
    Role.GATEWAY: Listening(8079, 8088),
    Role.WORKER: Listening(8090, 8091),
    Role.CSP: Listening(8092, 8093),
    Role.DEVICES: Listening(8094, 8095),
    Role.S1SP: Listening(8096, 8097),
    Role.WEB: Listening(8079, 8086),
}
"""``web`` has the seven ports after its first one, as a whole world has; the first is not its."""


DEFAULT_ROLES_PORT = 8098
"""Where ``web`` serves the SMKI's repository to other machines, by TLS between the roles."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the others are. Several of one kind: any will do, but for ``devices``.

    ``carriers`` are the CSPs and S1SPs by route; ``devices`` are in the order of parts.
    """

    gateway: str
    workers: tuple[str, ...]
    carriers: dict[Route, str]
    devices: tuple[str, ...]
    smki: str


@dataclass(frozen=True, slots=True)
class InternalTls:
    """Mutual TLS between the processes: both show a certificate of one authority."""

    server: SSLContext
    client: SSLContext

    @classmethod
    def of(cls, files: TlsFiles) -> "InternalTls":
        """From PEM files; raises ``TlsError``."""
        return cls(server_context(files, ask_for_certificate=True), client_context(files))


@dataclass(frozen=True, slots=True)
class Part:
    """The ``number``-th (from 1) of ``of`` parts of all devices."""

    number: int = 1
    of: int = 1


@dataclass(frozen=True, slots=True)
class RoleSettings:
    """One process."""

    role: Role
    folder: WorldFolder
    database: URL | None
    host: str
    port: int
    monitoring_port: int
    addresses: Addresses
    state: Path
    """Where the process keeps what it has to remember: CSPs, S1SPs and hosts of meters."""
    homes: int = 200
    seed: int = 1
    tls: InternalTls | None = None
    """Between the roles."""
    by_tls: bool = False
    """Whether Users connect by mutual TLS of DCCKI."""
    roles_port: int = DEFAULT_ROLES_PORT
    part: Part = Part()
    routes: tuple[Route, ...] = ()
    policy_dir: Path | None = None
    schema_dir: Path | None = None
    pki_file: Path | None = None
    hsm_file: Path | None = None
    clamd: Path | None = None
    oidc_file: Path | None = None
    no_supplier: bool = False
    alerts_every: timedelta = timedelta(seconds=60)
    lease_seconds: float = 60.0
    ideal_network: bool = False
    clock_ahead: timedelta = timedelta(0)
