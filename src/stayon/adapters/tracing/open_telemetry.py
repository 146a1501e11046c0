"""Spans for OpenTelemetry, with identities that are made from the RequestID."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from opentelemetry.context import Context
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator
from opentelemetry.sdk.trace.sampling import ALWAYS_ON
from opentelemetry.trace import (
    NonRecordingSpan,
    SpanContext,
    SpanKind,
    TraceFlags,
    set_span_in_context,
)
from opentelemetry.trace.status import Status, StatusCode

from stayon.domain.request_id import RequestId
from stayon.ports.tracing import NOTHING, Attributes, Stage

_SAMPLED: Final = TraceFlags(TraceFlags.SAMPLED)
_NO_PARENT: Final = Context()
_BELOW_ALL: Final = 2**32
_KINDS: Final[Mapping[Stage, SpanKind]] = {
    Stage.REQUEST: SpanKind.SERVER,
    Stage.RECEPTION: SpanKind.SERVER,
    Stage.DISPATCH: SpanKind.PRODUCER,
    Stage.DEVICE: SpanKind.CONSUMER,
    Stage.DELIVERY: SpanKind.CLIENT,
    Stage.CLIENT_CALL: SpanKind.CLIENT,
    Stage.CLIENT_OUTCOME: SpanKind.SERVER,
}


@dataclass(frozen=True, slots=True)
class TraceIdentity:
    """``trace`` (128 bits) and ``root`` (64 bits): identity of the trace and its first span."""

    trace: int
    root: int

    @classmethod
    def of(cls, request_id: RequestId) -> "TraceIdentity":
        """Made from the RequestID, whoever asks; neither is ever zero (W3C Trace Context)."""
        return cls.from_digest(_digest(request_id))

    @classmethod
    def from_digest(cls, digest: bytes) -> "TraceIdentity":
        """From the SHA-256 of the RequestID."""
        trace = int.from_bytes(digest[:16], "big") or 1
        return cls(trace, int.from_bytes(digest[16:24], "big") or 1)


def _digest(request_id: RequestId) -> bytes:
    counter = request_id.counter.to_bytes(8, "big")
    return sha256(request_id.originator.octets + request_id.target.octets + counter).digest()


def _drawn(digest: bytes) -> int:
    """A number from 0 to 2^32 - 1 that is drawn with the identity."""
    return int.from_bytes(digest[28:], "big")


class _Identities(RandomIdGenerator):
    """Random, except while the first span of a trace is begun."""

    def __init__(self) -> None:
        self._next = threading.local()

    def take(self, identity: TraceIdentity | None) -> None:
        self._next.identity = identity

    def generate_span_id(self) -> int:
        identity: TraceIdentity | None = getattr(self._next, "identity", None)
        return super().generate_span_id() if identity is None else identity.root

    def generate_trace_id(self) -> int:
        identity: TraceIdentity | None = getattr(self._next, "identity", None)
        return super().generate_trace_id() if identity is None else identity.trace


class OpenTelemetryTracing:
    """Implements ``stayon.ports.tracing.Tracing``; spans go to ``processor``.

    ``ratio`` says what part of all requests is traced, from 0 to 1: those whose identity is low
    enough, so it is the same part in every process. ``service`` names this process.
    """

    on = True

    def __init__(self, processor: SpanProcessor, ratio: float, service: str) -> None:
        self._identities = _Identities()
        self._bound = round(ratio * _BELOW_ALL)
        self._provider = TracerProvider(
            sampler=ALWAYS_ON,
            resource=Resource.create({"service.name": service}),
            id_generator=self._identities,
            shutdown_on_exit=False,
        )
        self._provider.add_span_processor(processor)
        self._tracer = self._provider.get_tracer("stayon")

    def wants(self, request_id: RequestId) -> bool:
        """See ``Tracing.wants``."""
        return _drawn(_digest(request_id)) < self._bound

    def span(
        self,
        request_id: RequestId,
        stage: Stage,
        began: int,
        ended: int,
        attributes: Attributes = NOTHING,
        *,
        failure: str | None = None,
    ) -> None:
        """See ``Tracing.span``."""
        digest = _digest(request_id)
        if _drawn(digest) >= self._bound:
            return
        identity = TraceIdentity.from_digest(digest)
        context = _NO_PARENT
        if stage is Stage.REQUEST:
            self._identities.take(identity)
        else:
            parent = SpanContext(
                identity.trace, identity.root, is_remote=True, trace_flags=_SAMPLED
            )
            context = set_span_in_context(NonRecordingSpan(parent), _NO_PARENT)
        try:
            span = self._tracer.start_span(
                stage.value,
                context,
                kind=_KINDS.get(stage, SpanKind.INTERNAL),
                attributes={"stayon.request_id": str(request_id), **attributes},
                start_time=began,
            )
        finally:
            self._identities.take(None)
        if failure is not None:
            span.set_status(Status(StatusCode.ERROR, failure))
        span.end(ended)

    def close(self) -> None:
        """Send what is left, for as long as the exporter's timeout allows."""
        self._provider.shutdown()
