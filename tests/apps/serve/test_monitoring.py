"""Liveness, readiness and metrics, as those who ask see them."""

import asyncio
import json
import re
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.southbound_messages import bring
from tests.parties.dsp.test_device_alerts import alert
from tests.parties.dsp.world import (
    SRP,
    SUPPLIER,
    USERS,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
)
from tests.support.asgi import AsgiReply, call

from stayon.adapters.storage.group_commit import GroupCommitter
from stayon.apps.serve.metrics import OfProcess, families
from stayon.apps.serve.monitoring import Watched, monitoring
from stayon.apps.serve.roles import gauges
from stayon.apps.telemetry.commits import Commits


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
_RULES = Path("deploy/prometheus/stayon.yaml").read_text()
_DASHBOARD = Path("deploy/grafana/stayon.json").read_text()


async def test_every_metric_is_documented_and_on_the_dashboard(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        now = world.clock.now()
        found = families(await world.store.health(now), lambda _: 0, OfProcess(), now)
    names = {family.name for family in found}
    names |= {each.name for histogram in Commits().families for each in histogram.collect()}
    names |= set(gauges.NAMES)
    shown = set(re.findall(r"\bstayon_[a-z_]+", " ".join(_expressions())))
    # A histogram is shown by its parts.
    shown = {re.sub(r"_(bucket|sum|count)$", "", name) for name in shown}
    assert shown == names
    documented = set(re.findall(r"^\| `(stayon_[a-z_]+)`", _PAGE, re.MULTILINE))
    assert documented == names


async def test_a_dead_letter_shows_and_a_rule_tells_of_it(tmp_path: Path) -> None:
    supplier, srp = USERS
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world)
        await world.store.put_users([replace(supplier, receive_url=""), srp])
        await bring(world, alert(0x810D, 1))
        await world.clock.run_until(world.clock.now() + timedelta(seconds=60))
        page = (await _get(_watched(world), "/metrics")).body.decode()
    labels = f'kind="device-alert",target="{SUPPLIER.hex}"'
    assert f"stayon_dead_letters{{{labels}}} 1.0" in page
    assert "stayon_dead_letters_oldest_age_seconds 60.0" in page
    named = set(re.findall(r"\bstayon_[a-z_]+", _RULES))
    assert "stayon_dead_letters" in named
    assert named <= set(re.findall(r"^\| `(stayon_[a-z_]+)`", _PAGE, re.MULTILINE))


def _expressions() -> list[str]:
    panels = json.loads(_DASHBOARD)["panels"]
    return [target["expr"] for panel in panels for target in panel["targets"]]


async def test_thresholds_writers_and_what_waits_longest(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        await fail_the_supplier(world, quarantine=1)
        await world.send(command(1))
        await world.send(command(2))
        await world.clock.run_until(world.clock.now() + timedelta(seconds=60))
        page = (await _get(_watched(world), "/metrics")).body.decode()
    names = f'role="SolrContingency",srv="2.1",supplier="{SUPPLIER}",user="{SRP}"'
    assert f"stayon_threshold_used{{{names}}} 1.0" in page
    limit = names.replace("role", 'kind="quarantine",role', 1)
    assert f"stayon_threshold_limit{{{limit}}} 1.0" in page
    assert "stayon_quarantined_requests 1.0" in page
    assert "stayon_quarantine_oldest_age_seconds 60" in page
    rows = re.search(r'stayon_audit_chain_position{writer="dsp"} (\d+)', page)
    assert rows is not None
    assert int(rows[1]) > 2


async def test_commits_are_counted_once_for_all_who_share_them() -> None:
    commits = Commits()
    with ThreadPoolExecutor(1) as thread:
        committer: GroupCommitter[int, int] = GroupCommitter(list, thread)
        committer.on_commit = commits.count
        await asyncio.gather(*(committer.commit(number) for number in range(10)))
    (seconds,), (changes,) = (list(each.collect()) for each in commits.families)
    values = {s.name: s.value for s in (*seconds.samples, *changes.samples) if "le" not in s.labels}
    assert values["stayon_commit_changes_sum"] == 10
    assert values["stayon_commit_seconds_count"] == values["stayon_commit_changes_count"] < 10


async def test_what_the_process_alone_knows(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as world:
        now = world.clock.now()
        own = OfProcess(
            lambda: {"csp-north": 7},
            lambda: {("90-B3", "DSP_XML_SIGN"): now + timedelta(hours=36)},
            Commits().families,
        )
        watched = Watched(world.store, world.clock, _well, lambda _: 0, own)
        page = (await _get(watched, "/metrics")).body.decode()
    assert 'stayon_route_pending{route="csp-north"} 7.0' in page
    assert 'stayon_certificate_expires_days{holder="90-B3",role="DSP_XML_SIGN"} 1.5' in page
    assert 'stayon_commit_seconds_bucket{le="+Inf"} 0.0' in page
    assert 'stayon_build_info{version="' in page


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
