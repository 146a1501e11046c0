"""Log, traces and metrics of a world in many processes: as of one, and one trace through all."""

import asyncio
import json
from collections import defaultdict
from pathlib import Path
from urllib.request import urlopen

import pytest
from tests.apps.serve.serving import open_contingency
from tests.roles.worlds import campaign, running_world
from tests.support.otlp import Receiver, otlp_receiver
from tests.support.roles import RoleWorld

_SMETS2_LIFE = {
    ("stayon-srp", "client call"),
    ("stayon-gateway", "request"),
    ("stayon-gateway", "checks"),
    ("stayon-gateway", "commit"),
    ("stayon-worker", "dispatch"),
    ("stayon-csp", "network"),
    ("stayon-devices", "device"),
    ("stayon-worker", "southbound"),
    ("stayon-worker", "delivery"),
    ("stayon-srp", "client outcome"),
}
_SMETS1_LIFE = {
    ("stayon-gateway", "request"),
    ("stayon-worker", "dispatch"),
    ("stayon-s1sp", "network"),
    ("stayon-worker", "southbound"),
}


async def test_a_trace_follows_a_request_through_every_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("STAYON_LOG_LEVEL", "debug")
        async with running_world(tmp_path, homes=8) as world:
            monkeypatch.setenv("STAYON_WORLD", str(world.folder))
            await asyncio.to_thread(open_contingency, world.folder, tmp_path)
            await campaign(world, tmp_path)
            metrics = {name: await asyncio.to_thread(_metrics, world, name) for name in _METRICS}
            for life in world.lives.values():
                if life.is_alive:
                    assert await asyncio.to_thread(life.stop) == 0, life.said()
        lives = _lives_of(receiver)
    assert any(life >= _SMETS2_LIFE for life in lives), lives
    assert any(life >= _SMETS1_LIFE for life in lives), lives
    for name, wanted in _METRICS.items():
        assert wanted <= {line.partition("{")[0].partition(" ")[0] for line in metrics[name]}, name
    _the_log_is_of_one_kind(world)


_OF_EACH = {"stayon_build_info", "process_resident_memory_bytes"}
_OF_STORE = {"stayon_commit_seconds_count", "stayon_certificate_expires_days"}
_METRICS = {
    "web": _OF_EACH | _OF_STORE | {"stayon_store_up", "stayon_audit_chain_position"},
    "gateway-1": _OF_EACH | _OF_STORE | {"stayon_commands_waiting", "stayon_wake_ups_connected"},
    "worker-1": _OF_EACH | _OF_STORE | {"stayon_commands_in_hand", "stayon_work_in_hand"},
    "csp": _OF_EACH | {"stayon_route_pending"},
    "devices-1": _OF_EACH | {"stayon_meters"},
    "s1sp": _OF_EACH | {"stayon_route_pending", "stayon_meters", "stayon_certificate_expires_days"},
}


def _metrics(world: RoleWorld, name: str) -> list[str]:
    url = f"http://127.0.0.1:{world[name].monitoring}/metrics"
    with urlopen(url, timeout=10) as answer:
        page: str = answer.read().decode()
    return page.splitlines()


def _lives_of(receiver: Receiver) -> list[set[tuple[str, str]]]:
    """Of each trace, its spans by process and name."""
    found = defaultdict(set)
    for span in receiver.spans:
        found[span.trace_id].add((span.service, span.name))
    return list(found.values())


def _the_log_is_of_one_kind(world: RoleWorld) -> None:
    """Every line of every process is a JSON object with an event; a request is found in several."""
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for name in _METRICS:
        events = []
        for line in world[name].log.read_text().splitlines():
            said = json.loads(line)
            events.append(said["event"])
            if request_id := said.get("request_id"):
                seen[request_id].add(name)
        assert [each for each in events if each in ("ready", "draining", "stopped")] == [
            "ready",
            "draining",
            "stopped",
        ], name
    assert any({"gateway-1", "worker-1"} <= names for names in seen.values())
