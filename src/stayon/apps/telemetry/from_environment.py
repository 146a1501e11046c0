"""Tracing for a process, for as long as it runs."""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

from stayon.adapters.tracing.settings import endpoint_of, tracing_of
from stayon.ports.operator_log import say
from stayon.ports.tracing import NO_TRACES, Tracing

_log = logging.getLogger("stayon.telemetry")


@contextmanager
def open_tracing(service: str) -> Iterator[Tracing]:
    """What the environment asks for (``OTEL_...``); at the end, what is left is sent.

    ``service`` is what the process is called in traces. Raises ``TraceSettingsError``.
    """
    tracing = tracing_of(service)
    if tracing is None:
        yield NO_TRACES
        return
    say(_log, logging.INFO, "traces are sent", address=endpoint_of(os.environ), service=service)
    try:
        yield tracing
    finally:
        tracing.close()
