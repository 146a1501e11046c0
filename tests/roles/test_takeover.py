"""A process for each CSP and S1SP; and another ``web``, elsewhere, takes over from a dead one.

Gateway and worker have clocks of their own that are wrong, which makes no difference.
"""

import asyncio
import shutil
from collections import Counter
from pathlib import Path
from random import Random

import pytest
from click.testing import CliRunner
from tests.apps.serve.serving import open_contingency, run_command
from tests.roles.evidence import end_states, number, rows
from tests.roles.worlds import campaign, running_world
from tests.support.ports import OF_A_WORLD, row_of_ports
from tests.support.proxy import Proxy
from tests.support.roles import RoleLife, RoleWorld
from tests.support.waiting import until

from stayon.apps.cli.main import stayon
from stayon.apps.world.cast import S1SPS
from stayon.domain.metering import Route


def _waits_for_the_smki(life: RoleLife) -> bool:
    status, said = life.ask("/ready")
    return status == 503 and any("the SMKI's database" in each for each in said["waits_for"])


def _spare(world: RoleWorld, folder: Path) -> RoleLife:
    """Another web, on a machine that has a copy of one file."""
    folder.mkdir(mode=0o700)
    shutil.copy2(world.folder / "founding.json", folder)
    first = row_of_ports(OF_A_WORLD)
    there, arguments = str(world.folder), world["web"].arguments
    more = [str(folder) if each == there else each for each in arguments]
    life = world.add("web-2", "web", first, first + 7)
    life.arguments = more
    life.arguments[more.index("--port") + 1] = str(first)
    life.arguments[more.index("--monitoring-port") + 1] = str(first + 7)
    return life


async def test_another_web_takes_over_and_each_carrier_has_its_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    smki = Proxy([], Random(1), Counter())  # noqa: S311 - not for keys
    await smki.start()

    def at_first(world: RoleWorld) -> None:
        smki.backends = [f"http://127.0.0.1:{world.ports['web'] + 1}"]

    folder = tmp_path / "elsewhere"
    async with running_world(
        tmp_path,
        homes=6,
        options={
            "web": ("--seed", "4"),  # homes behind both CSPs and two S1SPs
            # Ten minutes ago the Authority had not instructed anybody yet.
            "gateway": ("--clock-ahead", "-600"),
            "worker": ("--clock-ahead", "600"),
        },
        split=True,
        through={"smki": smki.url},
        prepare=at_first,
    ) as world:
        monkeypatch.setenv("STAYON_WORLD", str(world.folder))
        spare = _spare(world, folder)
        spare.start()
        await until(lambda: _waits_for_the_smki(spare))
        run_command("smki", "rotate", "dsp", "--overlap", "5")
        await until(lambda: number(world.database, "SELECT count(*) FROM key_rotation") == 1)
        smki.backends = [f"http://127.0.0.1:{world.ports['web-2'] + 1}"]
        world["web"].kill()
        await asyncio.to_thread(world.until_ready, "web-2")
        # What the dead one had ordered is known where it goes on.
        monkeypatch.setenv("STAYON_WORLD", str(folder))
        assert '"generation": 2' in run_command("smki", "rotations")
        # The dead one comes back as the spare.
        world["web"].start()
        await until(lambda: _waits_for_the_smki(world["web"]))
        world.folder = folder
        await asyncio.to_thread(open_contingency, folder, tmp_path)
        await campaign(world, tmp_path)
        assert "safe" in end_states(tmp_path / "campaign").values()
        taken = {route for (route,) in rows(world.database, _DISPATCHED)}
        assert {Route.CSP_NORTH.value, Route.CSP_CENTRAL_SOUTH.value} <= taken
        assert taken & {route.value for route in S1SPS}
        for life in world.lives.values():
            if life.is_alive:
                assert await asyncio.to_thread(life.stop) == 0, life.said()
    await smki.stop()


_DISPATCHED = "SELECT DISTINCT code FROM audit WHERE step = 'dispatch'"


@pytest.mark.parametrize(
    ("role", "route"), [("csp", Route.S1SP_SECURE), ("s1sp", Route.CSP_NORTH), ("worker", None)]
)
def test_a_role_has_no_other_s_routes(role: str, route: Route | None) -> None:
    name = (route or Route.CSP_NORTH).value
    result = CliRunner().invoke(stayon, ["serve", "--role", role, "--route", name])
    assert result.exit_code == 2
    assert f"{name} is not for the role {role}" in result.output
