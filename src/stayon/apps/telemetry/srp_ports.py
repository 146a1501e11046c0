"""The SRP's side of the same traces: its calls of the DSP, and the outcomes that it is told."""

from collections.abc import Awaitable, Callable

from stayon.apps.telemetry.under_way import now
from stayon.domain.request_id import RequestId
from stayon.parties.srp.gateway import Answer, Declined, Gateway, GatewayUnavailable, Service
from stayon.parties.srp.inbound import Outcome
from stayon.ports.tracing import Stage, Tracing

Take = Callable[[Outcome], Awaitable[bool]]


class TracedGateway:
    """A ``Gateway`` with a span for each call."""

    def __init__(self, gateway: Gateway, tracing: Tracing) -> None:
        self._gateway = gateway
        self._tracing = tracing

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        """See ``Gateway.call``."""
        began, failure = now(), None
        try:
            answer = await self._gateway.call(service, request_id, request)
            if isinstance(answer, Declined):
                failure = answer.code
        except GatewayUnavailable:
            failure = "no answer"
            raise
        finally:
            self._tracing.span(
                request_id,
                Stage.CLIENT_CALL,
                began,
                now(),
                {"stayon.service": service.value},
                failure=failure,
            )
        return answer


def traced_take(take: Take, tracing: Tracing) -> Take:
    """``take`` with a span for each outcome."""

    async def taken(outcome: Outcome) -> bool:
        began = now()
        try:
            return await take(outcome)
        finally:
            what = {"stayon.outcome": type(outcome).__name__}
            tracing.span(outcome.request_id, Stage.CLIENT_OUTCOME, began, now(), what)

    return taken
