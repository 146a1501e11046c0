"""A served world and the SRP's client, in two processes: one trace, and a log in JSON lines."""

import json
from collections import defaultdict
from pathlib import Path

import pytest
from tests.apps.serve.serving import campaign_after_failure, served_world
from tests.support.otlp import otlp_receiver

from stayon.apps.world.cast import SRP


def test_one_trace_through_both_processes_and_a_log_beside_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "log"
    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("STAYON_LOG_LEVEL", "debug")
        with served_world(tmp_path / "world", log=log) as world:
            monkeypatch.setenv("STAYON_WORLD", str(world))
            assert "safe" in campaign_after_failure(world, tmp_path)
    traces = defaultdict(set)
    for span in receiver.spans:
        traces[span.trace_id].add((span.service, span.name))
    whole = [
        {name for _, name in found}
        for found in traces.values()
        if {service for service, _ in found} == {"stayon-serve", "stayon-srp"}
    ]
    # The network takes longer than this campaign waits; tests/apps/telemetry has the whole life.
    needed = {"client call", "request", "checks", "commit", "dispatch"}
    assert any(needed <= one for one in whole)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert lines[0]["event"] == "traces are sent"
    assert lines[0]["address"] == f"{receiver.url}/v1/traces"
    accepted = [line for line in lines if line["event"] == "request accepted"]
    acknowledged = next(line["request_id"] for line in accepted if line["code"] == "I99")
    assert {line["sender"] for line in accepted} == {str(SRP)}
    assert {line["code"] for line in accepted} <= {"I99", "I0"}
    of_one = [line["event"] for line in lines if line.get("request_id") == acknowledged]
    assert "dispatch done" in of_one
    assert lines[-1]["event"] == "stopping"
    secret = json.loads((tmp_path / "world" / "founding.json").read_bytes())["keys"]
    assert secret not in log.read_text()
