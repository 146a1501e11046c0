"""What one port has seen of a request and another needs to know, within one task."""

import time
from contextvars import ContextVar
from dataclasses import dataclass

from stayon.domain.request_id import RequestId
from stayon.ports.audit import AuditEntry

now = time.time_ns
"""Nanoseconds since 1970, UTC: what spans are in."""


@dataclass(slots=True)
class Answering:
    """A request that is being answered: filled in by the store, which learns what it is."""

    began: int
    request_id: RequestId | None = None
    audit: AuditEntry | None = None
    writing: int = 0
    written: int = 0
    accepted: bool = False


@dataclass(frozen=True, slots=True)
class Posted:
    """The last message that this task has posted; ``status`` is None where no answer came."""

    began: int
    ended: int
    status: int | None


answering: ContextVar[Answering | None] = ContextVar("answering", default=None)
posted: ContextVar[Posted | None] = ContextVar("posted", default=None)
brought: ContextVar[int | None] = ContextVar("brought", default=None)
"""When what is taken in now was brought by its carrier."""
