"""A campaign through two gateways, two workers and two hosts of meters, of which one each dies.

The CSP and the S1SPs die too, and the database is restarted. Every device ends right, and nothing
is executed twice.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from random import Random

import pytest
from tests.apps.serve.serving import open_contingency
from tests.roles.evidence import (
    anybody_at,
    chains_verify,
    end_states,
    executed,
    had_effect,
    nothing_left,
    number,
    should_be_safe,
)
from tests.support.postgresql import Cluster, NoServer
from tests.support.proxy import Proxy
from tests.support.roles import RoleWorld, role_world
from tests.support.servers import without_server
from tests.support.waiting import until

HOMES = 16
_QUICK = ("--lease", "3")
_VICTIMS = ("gateway-1", "devices-1", "worker-1", "csp", "s1sp")
"""All but the gateway, which the other one stands in for, are started again."""


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    try:
        cluster = Cluster()
    except NoServer as reason:
        without_server(f"no PostgreSQL: {reason}")
    yield cluster
    cluster.remove()


@pytest.fixture
async def world(
    cluster: Cluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[RoleWorld]:
    balancer = Proxy([], Random(1), Counter())  # noqa: S311 - not for keys
    await balancer.start()
    world = role_world(
        tmp_path / "world",
        cluster.url,
        homes=HOMES,
        options={
            "worker": _QUICK,
            "csp": ("--ideal-network",),
            "s1sp": ("--ideal-network",),
        },
        through={"gateway-1": balancer.url},
    )
    balancer.backends = [world.url("gateway-1"), world.url("gateway-2")]
    monkeypatch.setenv("STAYON_WORLD", str(world.folder))
    try:
        for life in world.lives.values():
            life.start()
        await asyncio.to_thread(world.until_ready)
        yield world
    finally:
        world.end()
        await balancer.stop()


async def test_one_of_each_may_die(world: RoleWorld, cluster: Cluster, tmp_path: Path) -> None:
    await asyncio.to_thread(open_contingency, world.folder, tmp_path)
    campaign = tmp_path / "campaign"
    client = world.add_command(
        "client", "srp", "run", str(world.folder / "portfolio.csv"), "--world", str(world.folder),
        "--campaign", str(campaign), "--pace", "20/s", "--retry", "none", "--answer-within", "60s",
    )  # fmt: skip
    client.start()
    for place, name in enumerate(_VICTIMS, start=1):
        await _until_requests(world, place * HOMES // 5)
        world[name].kill()
    # The other gateway and worker lose their connections to the database as well.
    await asyncio.to_thread(cluster.stop)
    await asyncio.to_thread(cluster.start)
    for name in _VICTIMS[1:]:
        world[name].start()
    assert await asyncio.to_thread(client.wait, 200) == 0, client.said()
    async with anybody_at(world.ports["web"] + 3):
        await nothing_left(world)
    for name, life in world.lives.items():
        if life.is_alive:
            assert await asyncio.to_thread(life.stop) == 0, name
    states, done = end_states(campaign), executed(world) + had_effect(world)
    assert len(states) == len((world.folder / "portfolio.csv").read_text().splitlines()) - 1
    assert {device for device, state in states.items() if state == "safe"} == should_be_safe(world)
    assert set(done) >= should_be_safe(world)
    assert set(done.values()) == {1}, "a command was executed twice"
    assert await chains_verify(world.database) > 0


async def _until_requests(world: RoleWorld, many: int) -> None:
    await until(lambda: number(world.database, "SELECT count(*) FROM request") >= many, 100)
