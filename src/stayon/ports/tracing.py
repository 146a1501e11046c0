"""Traces: when each stage in the life of a request began and ended, and in which process.

A trace has its identity from the RequestID, which every message, outbox row and GBCS header of
that life carries anyway. So whichever process, and whichever organisation, sees a stage of it adds
to the same trace, after a restart too, and nothing has to be handed on beside the request.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Final, Protocol

from stayon.domain.request_id import RequestId


class Stage(Enum):
    """A stage in the life of a request, and the name of its span.

    ``REQUEST`` is the one that all others hang from: from reception to the answer on the
    connection of the request that was accepted.
    """

    REQUEST = "request"
    RECEPTION = "reception"
    CHECKS = "checks"
    COMMIT = "commit"
    DISPATCH = "dispatch"
    NETWORK = "network"
    DEVICE = "device"
    SOUTHBOUND = "southbound"
    DELIVERY = "delivery"
    CLIENT_CALL = "client call"
    CLIENT_OUTCOME = "client outcome"


Attributes = Mapping[str, str | int]
NOTHING: Final[Attributes] = {}


class Tracing(Protocol):
    """Takes spans when they are over. Nobody asks more than ``on`` of one that is off."""

    @property
    def on(self) -> bool:
        """Whether anything is traced; it does not change."""
        ...

    def wants(self, request_id: RequestId) -> bool:
        """Whether this request is one of those that are traced: the same in every process."""
        ...

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
        """A stage is over; ``began`` and ``ended`` are nanoseconds since 1970, UTC.

        ``failure`` says in a few words what went wrong. Never raises, and never waits.
        """
        ...


class _NoTraces:
    """Traces nothing."""

    on = False

    def wants(self, request_id: RequestId) -> bool:
        """See ``Tracing.wants``."""
        del request_id
        return False

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


NO_TRACES: Final[Tracing] = _NoTraces()
