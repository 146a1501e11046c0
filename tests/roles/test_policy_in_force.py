"""Processes whose policies differ: who has the wrong one admits nothing, and says so in words."""

import asyncio
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import create_engine
from tests.roles.signed_requests import post, signed_request
from tests.roles.worlds import running_world
from tests.support.roles import RoleLife, RoleWorld
from tests.support.waiting import until

from stayon.adapters import package_data
from stayon.apps.cli.main import stayon
from stayon.apps.policy_files import read_policy


def _other_policy(folder: Path) -> Path:
    folder.mkdir()
    text = package_data.read("policy/data/capacity.toml").decode()
    (folder / "capacity.toml").write_text(f"{text}\n# Another operator's words.\n")
    return folder


def _in_force(world: RoleWorld) -> list[dict[str, object]]:
    """What each process that judges goes by; an S1SP does not know the DSP's versions."""
    names = ("web", "gateway-1", "gateway-2", "worker-1", "s1sp")
    return [world[name].ask("/ready")[1]["in_force"] for name in names]


def _misses(life: RoleLife, words: str) -> bool:
    status, said = life.ask("/ready")
    return status == 503 and len(said["waits_for"]) == 1 and words in said["waits_for"][0]


def _doctor(world: RoleWorld, *more: str) -> str:
    url = world.database.render_as_string(hide_password=False)
    told = ["doctor", "--world", str(world.folder), "--database-url", url, *more]
    return CliRunner().invoke(stayon, told).output


@pytest.mark.requirement("R2", refuses=True)
async def test_a_process_with_another_policy_admits_nothing(tmp_path: Path) -> None:
    other = _other_policy(tmp_path / "other")
    old, new = (f"{read_policy(each).fingerprint:016x}" for each in (None, other))
    assert old != new
    async with running_world(tmp_path, gateways=2) as world:
        body = await asyncio.to_thread(signed_request, world, tmp_path)
        for name in ("gateway-1", "gateway-2"):
            assert (await asyncio.to_thread(post, world, name, body))[0] == 200
        assert f"well     policy: {old} is the one in force" in _doctor(world)
        assert {each["policy"] for each in _in_force(world)} == {old}
        await until(lambda: len({each.get("reference", -1) for each in _in_force(world)}) == 2)
        # One gateway comes with another policy than all others.
        gateway = world["gateway-2"]
        assert await asyncio.to_thread(gateway.stop) == 0
        gateway.arguments += ["--policy-dir", str(other)]
        gateway.start()
        differs = f"this process has policy {new}, and {old} is in force"
        await until(lambda: _misses(gateway, differs))
        status, words = await asyncio.to_thread(post, world, "gateway-2", body)
        assert (status, differs in words.decode()) == (503, True), words
        assert (await asyncio.to_thread(post, world, "gateway-1", body))[0] == 200
        assert f"ILL      policy: here it is {new}, and {old}" in _doctor(
            world, "--policy-dir", str(other)
        )
        # Now web brings that policy: whoever has the old one stops, and each in its words.
        assert await asyncio.to_thread(world["web"].stop) == 0
        world["web"].arguments += ["--policy-dir", str(other)]
        world["web"].start()
        await asyncio.to_thread(world.until_ready, "web", "gateway-2")
        assert (await asyncio.to_thread(post, world, "gateway-1", body))[0] == 503
        assert (await asyncio.to_thread(post, world, "gateway-2", body))[0] == 200
        for name in ("gateway-1", "worker-1", "s1sp"):
            await until(lambda name=name: _misses(world[name], f"has policy {old}"))  # type: ignore[misc]
        await _without_the_versions(world, "gateway-2", body)


async def _without_the_versions(world: RoleWorld, name: str, body: bytes) -> None:
    """Who cannot read which policy and which reference data are in force admits nothing."""
    for kind, words in (("policy", "none is known"), ("reference", "versions")):
        assert (await asyncio.to_thread(post, world, name, body))[0] == 200
        held = _take_away(world, kind)
        assert (await asyncio.to_thread(post, world, name, body))[0] == 503
        await until(lambda words=words: _misses(world[name], words))  # type: ignore[misc]
        _give_back(world, kind, held)
        await asyncio.to_thread(world.until_ready, name)


def _take_away(world: RoleWorld, kind: str) -> int:
    engine = create_engine(world.database)
    with engine.begin() as connection:
        statement = f"DELETE FROM version WHERE kind = '{kind}' RETURNING value"  # noqa: S608
        held: int = connection.exec_driver_sql(statement).scalar_one()
    engine.dispose()
    return held


def _give_back(world: RoleWorld, kind: str, value: int) -> None:
    engine = create_engine(world.database)
    with engine.begin() as connection:
        statement = f"INSERT INTO version VALUES ('{kind}', {value})"  # noqa: S608
        connection.exec_driver_sql(statement)
    engine.dispose()
