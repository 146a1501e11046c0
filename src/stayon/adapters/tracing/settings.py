"""Whether and where to, by OpenTelemetry's own environment variables."""

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

from stayon.domain.errors import StayonError

if TYPE_CHECKING:
    from stayon.adapters.tracing.open_telemetry import OpenTelemetryTracing

EXPORTER: Final = "OTEL_TRACES_EXPORTER"
_SERVICE: Final = "OTEL_SERVICE_NAME"
_DISABLED: Final = "OTEL_SDK_DISABLED"
_SAMPLER: Final = "OTEL_TRACES_SAMPLER"
_ARGUMENT: Final = "OTEL_TRACES_SAMPLER_ARG"
_ENDPOINTS: Final = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS: Final = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_SERVED: Final = "http/protobuf"
DEFAULT_RATIO: Final = 0.02
"""What part of all requests is traced unless ``OTEL_TRACES_SAMPLER`` says otherwise."""


class TraceSettingsError(StayonError):
    """A variable that says something else than can be done."""


def tracing_of(
    service: str, environment: Mapping[str, str] = os.environ
) -> "OpenTelemetryTracing | None":
    """Tracing as the environment asks for; None unless ``OTEL_TRACES_EXPORTER`` is ``otlp``.

    ``service`` is what the process is called unless ``OTEL_SERVICE_NAME`` says otherwise.
    Raises ``TraceSettingsError``, which names the variable.
    """
    if not is_on(environment):
        return None
    # Loaded by those alone who want traces.
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
        OTLPSpanExporter,
    )
    from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415

    from stayon.adapters.tracing.open_telemetry import OpenTelemetryTracing  # noqa: PLC0415

    # The exporter reads address, headers, certificates and time-outs by itself.
    exporter = OTLPSpanExporter()
    name = environment.get(_SERVICE, "").strip() or service
    return OpenTelemetryTracing(BatchSpanProcessor(exporter), ratio_of(environment), name)


def is_on(environment: Mapping[str, str]) -> bool:
    """Whether traces are asked for; raises ``TraceSettingsError``."""
    exporter = environment.get(EXPORTER, "").strip() or "none"
    if exporter not in ("otlp", "none"):
        raise TraceSettingsError(f"{EXPORTER} is {exporter!r}; otlp and none are known here")
    if exporter == "none" or environment.get(_DISABLED, "").strip().lower() == "true":
        return False
    for name in _PROTOCOLS:
        protocol = environment.get(name, "").strip() or _SERVED
        if protocol != _SERVED:
            raise TraceSettingsError(f"{name} is {protocol!r}; {_SERVED} is what is spoken here")
    return True


def endpoint_of(environment: Mapping[str, str]) -> str:
    """Where traces go, for the eyes of people."""
    traces, base = (environment.get(name, "").strip() for name in _ENDPOINTS)
    return traces or f"{(base or 'http://localhost:4318').rstrip('/')}/v1/traces"


def ratio_of(environment: Mapping[str, str]) -> float:
    """What part of all requests is traced; raises ``TraceSettingsError``.

    What is ``parentbased_`` is as what is not: the identity of a trace is the RequestID's, and
    nobody else's decision comes with it.
    """
    name = environment.get(_SAMPLER, "").strip().lower() or "traceidratio"
    match name.removeprefix("parentbased_"):
        case "always_on":
            return 1.0
        case "always_off":
            return 0.0
        case "traceidratio":
            return _ratio(environment.get(_ARGUMENT, "").strip())
    known = "always_on, always_off, traceidratio"
    raise TraceSettingsError(f"{_SAMPLER} is {name!r}; {known} are known here")


def _ratio(text: str) -> float:
    if not text:
        return DEFAULT_RATIO
    try:
        ratio = float(text)
    except ValueError:
        ratio = -1.0
    if not 0 <= ratio <= 1:
        raise TraceSettingsError(f"{_ARGUMENT} is {text!r}, not a number from 0 to 1")
    return ratio
