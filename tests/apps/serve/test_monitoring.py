"""Liveness, readiness and metrics, as those who ask see them."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.world import (
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
)
from tests.support.asgi import AsgiReply, call

from stayon.apps.serve.monitoring import Watched, families, monitoring


def _well() -> None:
    return None


def _ill() -> None:
    raise RuntimeError("a secret")


def _watched(world: DspWorld) -> Watched:
    return Watched(
        world.store, world.clock, _well, lambda c: world.dsp.dispatcher.waiting(contingency=c)
    )


def _elsewhere(folder: Path, statement: str) -> None:
    with closing(sqlite3.connect(folder / "dsp.db")) as connection:
        connection.execute(statement)
        connection.commit()


async def _get(watched: Watched, path: str) -> AsgiReply:
    return await call(monitoring(watched), "GET", path)


async def test_metrics_say_what_the_tables_say(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        await world.send(command(1))
        await world.send(command(2))
        page = (await _get(_watched(world), "/metrics")).body.decode().splitlines()
        assert "stayon_store_up 1.0" in page
        assert 'stayon_answers_last_hour{code="I99"} 2.0' in page
        assert 'stayon_route_commands_last_hour{route="csp-north",state="dispatched"} 2.0' in page
        assert "stayon_quarantined_requests 0.0" in page
        assert 'stayon_commands_in_hand{traffic="contingency"} 0.0' in page
        assert any(line.startswith("process_resident_memory_bytes ") for line in page)


_PAGE = Path("docs/reference/metrics.md").read_text()
_DASHBOARD = Path("deploy/grafana/stayon.json").read_text()


async def test_every_metric_is_documented_and_on_the_dashboard(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        health = await world.store.health(world.clock.now())
        json.loads(_DASHBOARD)
        for family in families(health, lambda _: 0):
            assert f"`{family.name}`" in _PAGE
            assert family.name in _DASHBOARD


async def test_a_store_that_is_gone_is_not_ready_and_comes_back(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        app = monitoring(_watched(world))
        assert (await call(app, "GET", "/ready")).status == 200
        _elsewhere(tmp_path, "ALTER TABLE audit RENAME TO gone")
        await world.clock.run_until(world.clock.now() + timedelta(seconds=10))
        assert (await call(app, "GET", "/ready")).status == 503
        assert (await call(app, "GET", "/live")).status == 200
        assert b"stayon_store_up 0.0" in (await call(app, "GET", "/metrics")).body
        _elsewhere(tmp_path, "ALTER TABLE gone RENAME TO audit")
        assert (await call(app, "GET", "/ready")).status == 200


@pytest.mark.parametrize("path", ["/live", "/ready"])
async def test_a_part_that_died_shows_by_its_kind_alone(tmp_path: Path, path: str) -> None:
    async with dsp_world(tmp_path) as world:
        reply = await _get(Watched(world.store, world.clock, _ill, lambda _: 0), path)
        assert reply.status == 503
        assert json.loads(reply.body)["failure"] == "RuntimeError"
        assert b"secret" not in reply.body
