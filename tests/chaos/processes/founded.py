"""A world in which the Shared Resource Provider may act, founded once and copied for each seed."""

import csv
import io
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.apps.serve.serving import open_contingency
from tests.chaos.processes.schedule import PROCESSES
from tests.roles.evidence import number
from tests.support.moved_clock import MovedClock
from tests.support.ports import row_of_ports
from tests.support.postgresql import Cluster
from tests.support.roles import RoleWorld, ports_of, role_world

from stayon.adapters import package_data
from stayon.apps.serve.folder import WorldFolder
from stayon.apps.world.assumptions import load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.population import Meter, draw_population

_SRP = 3
"""The place of the SRP's port in a world's row."""

_NOT_ACKNOWLEDGED = "SELECT count(*) FROM service_change WHERE active_at IS NULL"
"""What the DCC lets the SRP's role send, and not every S1SP knows yet."""

_LOWEST_PORT = 8_000
"""Where no other test looks for ports: processes here are away from theirs for seconds."""

_STOPS_WITHIN = 30.0
_CARRIERS = ("--ideal-network", "--alerts-every", "5")


@dataclass(frozen=True, slots=True)
class Founded:
    """Where the copies come from; ``limit`` is how many requests the quarantine threshold lets by.

    ``meters`` are those of the portfolio, by their EUI-64 in hex.
    """

    folder: Path
    data: Path
    first_port: int
    meters: Mapping[str, Meter]
    limit: int

    @property
    def client_port(self) -> int:
        """Where the SRP's client listens; the world's port for it is the network's."""
        return self.first_port + ports_of()

    @property
    def receive_port(self) -> int:
        """Where the DSP finds the SRP."""
        return self.first_port + _SRP

    def world(self, folder: Path, cluster: Cluster, through: Mapping[str, str]) -> RoleWorld:
        """A copy in ``folder`` for processes that reach each other ``through`` a network."""
        shutil.copytree(self.folder, folder)
        world = _roles(folder, cluster, self.first_port, through=through)
        client = self._place_of_client(folder, through)
        world.add_command(
            "client", "srp", "run", str(folder / "portfolio.csv"), "--world", str(client),
            "--campaign", str(folder / "campaign"), "--pace", f"{pace(len(self.meters))}/s",
            "--policy-dir", str(client / "impatient"), "--answer-within", "12h",
        )  # fmt: skip
        for name in PROCESSES:
            world[name].clock = MovedClock(folder / f"{name}.clock")
        return world

    def _place_of_client(self, folder: Path, through: Mapping[str, str]) -> Path:
        """The SRP's own folder: the same keys, other addresses, a policy for a hurry."""
        own = folder / "client"
        for part in ("keys", "smki"):
            shutil.copytree(folder / part, own / part)
        known = json.loads((folder / "world.json").read_bytes())
        known["services"] |= {
            "dsp": through["gateways"],
            "smki": through["smki"],
            "srp_receive": known["services"]["srp_receive"].replace(
                f":{self.receive_port}", f":{self.client_port}"
            ),
        }
        (own / "world.json").write_text(json.dumps(known))
        policy = own / "impatient"
        policy.mkdir()
        lines = package_data.read("policy/data/retry.toml").decode().splitlines()
        replaced = {"waits = [": "waits = []", "reconnect = [": 'reconnect = ["1s"]'}
        (policy / "retry.toml").write_text(
            "\n".join(
                next((new for old, new in replaced.items() if line.startswith(old)), line)
                for line in lines
            )
        )
        return own


def pace(devices: int) -> int:
    """Requests a second that leave time for the faults."""
    return max(5, min(devices // 10, 100))


def found(folder: Path, homes: int) -> Founded:
    """Found a world, let the supplier fail and the SRP act for it; raises ``NoServer``."""
    folder.mkdir()
    first = row_of_ports(ports_of() + 1, _LOWEST_PORT)
    cluster = Cluster()
    world = _roles(folder / "world", cluster, first, homes=homes)
    try:
        for life in world.lives.values():
            life.start()
        world.until_ready()
        meters = _meters(world.folder)
        counted = sum(is_counted(each) for each in meters.values())
        limit = max(1, counted * 3 // 4)
        open_contingency(world.folder, folder, warning=limit, quarantine=limit)
        while number(cluster.url, _NOT_ACKNOWLEDGED):
            time.sleep(0.1)
        for life in world.lives.values():
            life.ask_to_stop()
        assert {life.wait(_STOPS_WITHIN) for life in world.lives.values()} == {0}
        cluster.save(folder / "data")
    finally:
        world.end()
        cluster.remove()
    return Founded(world.folder, folder / "data", first, meters, limit)


def is_counted(meter: Meter) -> bool:
    """Whether a request for this meter gets as far as the thresholds."""
    return meter.knows_ecs08a and not meter.moved_away


def _meters(folder: Path) -> dict[str, Meter]:
    founded = WorldFolder(folder).founding()
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    homes = draw_population(
        assumptions.starting(founded.founded), FAILED_SUPPLIER, founded.homes, founded.seed
    )
    meters = {meter.device.device_id.hex.lower(): meter for home in homes for meter in home.meters}
    portfolio = csv.DictReader(io.StringIO((folder / "portfolio.csv").read_text()))
    assert len(list(portfolio)) == len(meters)
    return meters


def _roles(
    folder: Path,
    cluster: Cluster,
    first: int,
    *,
    homes: int = 1,
    through: Mapping[str, str] | None = None,
) -> RoleWorld:
    # Short, so that the work of a dead worker is soon another's; who lives renews its leases.
    lease = ("--lease", "5")
    options = {"worker": lease, "csp": _CARRIERS, "s1sp": _CARRIERS, "devices": _CARRIERS[1:]}
    return role_world(
        folder, cluster.url, homes=homes, options=options, through=through, first=first
    )
