"""Spans with identities that are the RequestID's, and their way to a collector."""

from collections.abc import Iterator

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.support.otlp import otlp_receiver

from stayon.adapters.tracing.open_telemetry import OpenTelemetryTracing, TraceIdentity
from stayon.adapters.tracing.settings import (
    DEFAULT_RATIO,
    TraceSettingsError,
    endpoint_of,
    is_on,
    ratio_of,
    tracing_of,
)
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.ports.tracing import NO_TRACES, Stage

SUPPLIER, METER = Eui64.parse("025A5C0000000001"), Eui64.parse("00DB1234000000E1")
REQUEST = RequestId(SUPPLIER, METER, 1000)


@pytest.fixture
def memory() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def tracing(memory: InMemorySpanExporter) -> Iterator[OpenTelemetryTracing]:
    tracing = OpenTelemetryTracing(SimpleSpanProcessor(memory), 1.0, "test")
    yield tracing
    tracing.close()


def test_stages_hang_from_the_request_in_whatever_order_they_end(
    tracing: OpenTelemetryTracing, memory: InMemorySpanExporter
) -> None:
    tracing.span(REQUEST, Stage.DELIVERY, 30, 40, {"stayon.attempt": 2}, failure="put off")
    tracing.span(REQUEST, Stage.REQUEST, 10, 20)
    late, first = memory.get_finished_spans()
    assert first.parent is None
    assert late.parent is not None
    assert first.context is not None
    assert (late.parent.trace_id, late.parent.span_id) == (
        first.context.trace_id,
        first.context.span_id,
    )
    assert (late.start_time, late.end_time) == (30, 40)
    assert dict(late.attributes or {}) == {
        "stayon.request_id": str(REQUEST),
        "stayon.attempt": 2,
    }
    assert late.status.description == "put off"


def test_every_process_gives_a_request_the_same_identity_and_another_one_another() -> None:
    again = RequestId.parse(str(REQUEST))
    assert TraceIdentity.of(again) == TraceIdentity.of(REQUEST)
    others = {TraceIdentity.of(RequestId(SUPPLIER, METER, n)).trace for n in range(100)}
    assert len(others) == 100


def test_a_part_of_all_requests_is_traced_the_same_part_everywhere(
    memory: InMemorySpanExporter,
) -> None:
    here, there = (
        OpenTelemetryTracing(SimpleSpanProcessor(memory), 0.25, name) for name in ("here", "there")
    )
    requests = [RequestId(SUPPLIER, METER, number) for number in range(400)]
    wanted = [each for each in requests if here.wants(each)]
    assert 60 < len(wanted) < 140
    assert wanted == [each for each in requests if there.wants(each)]
    for each in requests:
        there.span(each, Stage.DEVICE, 1, 2)
    assert len(memory.get_finished_spans()) == len(wanted)
    here.close()
    there.close()


def test_no_traces_takes_everything_and_does_nothing() -> None:
    assert not NO_TRACES.on
    assert not NO_TRACES.wants(REQUEST)
    NO_TRACES.span(REQUEST, Stage.REQUEST, 1, 2)


def test_spans_reach_a_collector_over_http(monkeypatch: pytest.MonkeyPatch) -> None:
    with otlp_receiver() as receiver:
        monkeypatch.setenv("OTEL_TRACES_EXPORTER", "otlp")
        monkeypatch.setenv("OTEL_TRACES_SAMPLER", "always_on")
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.url)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=stayon")
        monkeypatch.setenv("OTEL_SERVICE_NAME", "gateway-1")
        tracing = tracing_of("stayon-serve")
        assert tracing is not None
        tracing.span(REQUEST, Stage.REQUEST, 10, 20, {"stayon.code": "I99"})
        tracing.close()
    (span,) = receiver.spans
    identity = TraceIdentity.of(REQUEST)
    assert (span.service, span.name, span.parent) == ("gateway-1", "request", "")
    assert (int(span.trace_id, 16), int(span.span_id, 16)) == (identity.trace, identity.root)
    assert span.attributes == {"stayon.request_id": str(REQUEST), "stayon.code": "I99"}
    (headers,) = receiver.headers
    assert (headers["path"], headers["x-tenant"]) == ("/v1/traces", "stayon")


def test_off_unless_asked_for() -> None:
    assert tracing_of("stayon-serve", {}) is None
    assert not is_on({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://localhost:4318"})
    assert not is_on({"OTEL_TRACES_EXPORTER": "none"})
    assert not is_on({"OTEL_TRACES_EXPORTER": "otlp", "OTEL_SDK_DISABLED": "true"})
    assert is_on({"OTEL_TRACES_EXPORTER": "otlp"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("OTEL_TRACES_EXPORTER", "zipkin"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"),
        ("OTEL_TRACES_SAMPLER", "sometimes"),
        ("OTEL_TRACES_SAMPLER_ARG", "half"),
        ("OTEL_TRACES_SAMPLER_ARG", "2"),
    ],
)
def test_what_cannot_be_done_is_refused_by_its_name(name: str, value: str) -> None:
    environment = {"OTEL_TRACES_EXPORTER": "otlp", name: value}
    with pytest.raises(TraceSettingsError, match=name):
        tracing_of("stayon-serve", environment)


def test_where_traces_go_and_which() -> None:
    assert endpoint_of({}) == "http://localhost:4318/v1/traces"
    assert endpoint_of({"OTEL_EXPORTER_OTLP_ENDPOINT": "https://c/"}) == "https://c/v1/traces"
    own = {"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "https://c/t"}
    assert endpoint_of(own) == "https://c/t"
    sampler = "OTEL_TRACES_SAMPLER"
    assert ratio_of({}) == DEFAULT_RATIO
    assert ratio_of({f"{sampler}_ARG": "0.5"}) == 0.5
    assert ratio_of({sampler: "parentbased_always_on"}) == 1
    assert ratio_of({sampler: "always_off"}) == 0
