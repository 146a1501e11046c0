"""What traces cost: the same admissions with them and without, by turns, in processor time."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult

from stayon.adapters.tracing.open_telemetry import OpenTelemetryTracing
from stayon.adapters.tracing.settings import DEFAULT_RATIO
from stayon.apps.bench.admission import waiting_world
from stayon.apps.bench.figures import Figure
from stayon.apps.telemetry.looking_on import LookingOn
from stayon.apps.world.wiring import World, WorldSettings
from stayon.policy.services import Service
from stayon.ports.tracing import NO_TRACES, Tracing

TRACED = f"processor time of an admission, {DEFAULT_RATIO:.0%} of them traced"
UNTRACED = "with traces off"
TARGET = 1.03
"""Issue 5: under 3 %."""
_AT_ONCE = 32


class _Encoded(SpanExporter):
    """Does all the work of sending but the sending."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """See ``SpanExporter.export``."""
        encode_spans(spans).SerializeToString()
        return SpanExportResult.SUCCESS


@dataclass(frozen=True, slots=True)
class _Spent:
    """Seconds of processor time for one admission, of several rounds."""

    without: list[float]
    traced: list[float]


async def cost_of_traces(
    settings: WorldSettings, *, rounds: int = 20, requests: int = 100
) -> Figure:
    """Measure in a world made for it; the first two rounds warm up."""
    tracing = OpenTelemetryTracing(BatchSpanProcessor(_Encoded()), DEFAULT_RATIO, "bench")
    spent = _Spent([], [])
    async with waiting_world(settings) as waiting:
        bodies = waiting.requests(2 * rounds * requests)
        for number in range(rounds):
            # Whoever is first in a round is second in the next.
            turns: list[tuple[Tracing, list[float]]] = [
                (NO_TRACES, spent.without),
                (tracing, spent.traced),
            ]
            for traces, into in turns if number % 2 else reversed(turns):
                some = [bodies.pop() for _ in range(requests)]
                into.append(await _spent(waiting.world, some, traces) / requests)
    tracing.close()
    without, traced = median(spent.without[2:]), median(spent.traced[2:])
    return Figure(
        TRACED,
        "us",
        1e6 * traced,
        1e6 * min(spent.traced[2:]),
        1e6 * max(spent.traced[2:]),
        UNTRACED,
        traced / without,
        TARGET,
        lower_is_better=True,
    )


async def _spent(world: World, bodies: list[bytes], tracing: Tracing) -> float:
    looking_on = LookingOn(tracing)
    looking_on.at(world.store)
    answer = looking_on.answer(world.dsp.reception.answer)

    async def client() -> None:
        while bodies:
            await answer(bodies.pop(), Service.SEND_COMMAND, None)

    began = time.process_time()
    await asyncio.gather(*(client() for _ in range(_AT_ONCE)))
    return time.process_time() - began
