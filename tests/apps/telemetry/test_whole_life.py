"""One trace from the client's call to the outcome at the client, and nothing where it is off."""

import logging
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    NO_WAN,
    Rehearsed,
    as_smets1,
    change,
    healthy_homes,
    rehearse_world,
    settings_for,
)

from stayon.adapters.tracing.open_telemetry import OpenTelemetryTracing
from stayon.apps.telemetry.dsp_ports import OnTheirWay
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.apps.world.cast import FAILED_SUPPLIER, SRP
from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState
from stayon.domain.request_id import RequestId
from stayon.ports.operator_log import ATTRIBUTE, FIELDS

SMETS2, SMETS1, UNREACHED = range(3)
Traces = dict[str, list[ReadableSpan]]


class _Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(scope="module")
def said() -> Iterator[list[logging.LogRecord]]:
    log, kept = logging.getLogger("stayon.dsp"), _Kept()
    level = log.level
    log.addHandler(kept)
    log.setLevel(logging.DEBUG)
    yield kept.records
    log.removeHandler(kept)
    log.setLevel(level)


@pytest.fixture(scope="module")
def life(
    tmp_path_factory: pytest.TempPathFactory, said: list[logging.LogRecord]
) -> tuple[Rehearsed, Traces]:
    del said
    folder = tmp_path_factory.mktemp("traced")
    homes = healthy_homes(3)
    homes = (
        homes[SMETS2],
        as_smets1(homes[SMETS1]),
        change(homes[UNREACHED], ELECTRICITY, ailment=NO_WAN),
    )
    memory = InMemorySpanExporter()
    tracing = OpenTelemetryTracing(SimpleSpanProcessor(memory), 1.0, "world")
    settings = replace(settings_for(homes, folder / "world"), tracing=tracing)
    rehearsed = rehearse_world(settings, folder / "out")
    tracing.close()
    traces: Traces = defaultdict(list)
    for span in memory.get_finished_spans():
        attributes = span.attributes or {}
        traces[str(attributes["stayon.request_id"])].append(span)
    return rehearsed, traces


def _of(life: tuple[Rehearsed, Traces], home: int) -> list[ReadableSpan]:
    """The trace of the last request to the electricity meter of a home."""
    rehearsed, traces = life
    device = str(rehearsed.device_id(home, ELECTRICITY))
    names = [name for name in traces if f":{device}:" in name]
    accepted = [n for n in names if any(span.name == "request" for span in traces[n])]
    return sorted(traces[accepted[-1]], key=lambda span: span.start_time or 0)


def test_a_smets2_request_is_one_trace_from_end_to_end(
    life: tuple[Rehearsed, Traces],
) -> None:
    assert life[0].of(SMETS2, ELECTRICITY).progress.end is EndState.SAFE
    spans = _of(life, SMETS2)
    first = next(span for span in spans if span.name == "request")
    assert first.context is not None
    assert {span.context.trace_id for span in spans if span.context} == {first.context.trace_id}
    assert {span.parent.span_id for span in spans if span.parent} == {first.context.span_id}
    assert {span.name for span in spans} == {
        "client call", "reception", "request", "checks", "commit", "dispatch", "network",
        "device", "southbound", "delivery", "client outcome",
    }  # fmt: skip
    ends = {span.name: span.end_time or 0 for span in spans}
    in_order = ["checks", "commit", "request", "device", "network", "southbound", "delivery"]
    assert sorted(in_order, key=lambda name: ends[name]) == in_order
    assert all((span.end_time or 0) >= (span.start_time or 0) for span in spans)
    codes = {span.name: (span.attributes or {}).get("stayon.code") for span in spans}
    assert (codes["request"], codes["southbound"]) == ("I99", "I0")


def test_a_smets1_request_is_with_its_s1sp_in_between(life: tuple[Rehearsed, Traces]) -> None:
    assert life[0].of(SMETS1, ELECTRICITY).progress.end is EndState.SAFE
    names = [span.name for span in _of(life, SMETS1)]
    assert {"request", "dispatch", "network", "southbound", "delivery"} <= set(names)
    assert "device" not in names


def test_what_was_given_up_says_so(life: tuple[Rehearsed, Traces]) -> None:
    device = life[0].device_id(UNREACHED, ELECTRICITY)
    spans = [span for name, found in life[1].items() if f":{device}:" in name for span in found]
    network = [span.status.description for span in spans if span.name == "network"]
    assert set(network) == {"given up"}


def test_the_log_names_each_step_in_the_fields_own_terms(
    life: tuple[Rehearsed, Traces], said: list[logging.LogRecord]
) -> None:
    del life
    events = defaultdict(list)
    for record in said:
        events[record.getMessage()].append(getattr(record, ATTRIBUTE))
    assert {"request accepted", "dispatch done", "response taken in", "delivery done"} <= set(
        events
    )
    fields = events["request accepted"][0]
    assert fields["writer"] == "dsp"
    assert fields["code"] == "I99"
    assert fields["role"] == "SolrContingency"
    assert fields["sender"] == SRP
    assert fields["originator"] == FAILED_SUPPLIER
    assert str(fields["device"]) in fields["request_id"]
    assert set().union(*(each for found in events.values() for each in found)) <= set(FIELDS)


def test_no_span_holds_a_message(life: tuple[Rehearsed, Traces]) -> None:
    for spans in life[1].values():
        for span in spans:
            for value in (span.attributes or {}).values():
                assert len(str(value)) < 100


def test_what_is_on_its_way_is_found_by_its_device_and_forgotten() -> None:
    way = OnTheirWay()
    meter = Eui64(bytes(8))
    one, two = (RequestId(meter, meter, number) for number in (1, 2))
    way.add(one, 10)
    way.add(one, 20)
    way.add(two, 30)
    assert way.oldest_of(meter) == one
    assert (way.end(one), way.end(one)) == (10, None)
    assert way.oldest_of(meter) == two
    assert way.end(two) == 30
    assert way.oldest_of(meter) is None


def test_without_tracing_no_port_is_replaced() -> None:
    off, thing = LookingOn(), object()
    same: list[object] = [
        off.answer(thing),  # type: ignore[arg-type]
        off.poster(thing),  # type: ignore[arg-type]
        off.carrier(thing),  # type: ignore[arg-type]
        off.southbound(thing),  # type: ignore[arg-type]
        off.meters(thing),  # type: ignore[arg-type]
        off.gateway(thing),  # type: ignore[arg-type]
        off.take(thing),  # type: ignore[arg-type]
    ]
    assert all(each is thing for each in same)
