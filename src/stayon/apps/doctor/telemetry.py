"""The settings of log and traces, and whether a collector is there."""

import socket
from collections.abc import Iterator, Mapping
from urllib.parse import urlsplit

from stayon.adapters.logs.output import LogFormat
from stayon.adapters.tracing.settings import (
    TraceSettingsError,
    endpoint_of,
    is_on,
    ratio_of,
)
from stayon.apps.doctor.findings import Finding, ill, warning, well
from stayon.apps.telemetry.options import FORMAT_VARIABLE, LEVEL_VARIABLE, LEVELS

_MANY = 0.2
_PORTS = {"http": 80, "https": 443}


def examine_telemetry(environment: Mapping[str, str]) -> Iterator[Finding]:
    """What a process that is started with this environment would do."""
    yield _log(environment)
    try:
        on, ratio = is_on(environment), ratio_of(environment)
    except TraceSettingsError as error:
        yield ill("traces", f"{error}; 'stayon serve' would not start")
        return
    if not on:
        yield well("traces", "off; OTEL_TRACES_EXPORTER=otlp turns them on")
        return
    yield _collector(endpoint_of(environment), ratio)


def _log(environment: Mapping[str, str]) -> Finding:
    level = environment.get(LEVEL_VARIABLE, "") or "info"
    style = environment.get(FORMAT_VARIABLE, "") or LogFormat.AUTO.value
    if level not in LEVELS:
        return ill("log", f"{LEVEL_VARIABLE} is {level!r}; {', '.join(LEVELS)} are known")
    if style not in {each.value for each in LogFormat}:
        known = ", ".join(each.value for each in LogFormat)
        return ill("log", f"{FORMAT_VARIABLE} is {style!r}; {known} are known")
    words = f"on standard error from {level} on, as {style}"
    if level == "debug":
        return warning("log", f"{words}: a line for every request, which costs time")
    return well("log", words)


def _collector(address: str, ratio: float) -> Finding:
    words = f"{ratio:.3g} of all requests to {address}"
    parts = urlsplit(address)
    try:
        port = parts.port or _PORTS[parts.scheme]
        socket.create_connection((parts.hostname or "", port), timeout=2).close()
    except (OSError, ValueError, KeyError):
        return warning("traces", f"{words}, where nobody answers: spans are lost, requests are not")
    if ratio > _MANY:
        return warning("traces", f"{words}: each traced request takes about a fifth longer")
    return well("traces", words)
