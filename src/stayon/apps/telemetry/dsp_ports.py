"""Ports of the DSP that look on: what is answered, posted, carried, and brought back."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from stayon.apps.telemetry.requests import request_of_message, request_of_work
from stayon.apps.telemetry.under_way import Answering, Posted, answering, brought, now, posted
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.parties.dsp.datapower import Answer
from stayon.policy.services import Service
from stayon.ports.connections import Connection
from stayon.ports.outbound import (
    Carrier,
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    HttpPoster,
    HttpReply,
    OutboundError,
    S1spMessage,
    Southbound,
)
from stayon.ports.tracing import Stage, Tracing

_MOST_ON_THEIR_WAY: Final = 100_000
"""Of what is on its way no more is remembered; what goes beyond has no span of the network."""


class TracedAnswer:
    """``Reception.answer`` with a span for the request, its checks and its commit."""

    def __init__(self, answer: Answer, tracing: Tracing) -> None:
        self._answer = answer
        self._tracing = tracing

    async def __call__(
        self, body: bytes, service: Service, connection: Connection | None = None
    ) -> bytes:
        """See ``Reception.answer``."""
        seen = Answering(now())
        token = answering.set(seen)
        failure = None
        try:
            return await self._answer(body, service, connection)
        except StayonError as error:
            failure = type(error).__name__
            raise
        finally:
            answering.reset(token)
            if seen.request_id is not None and self._tracing.wants(seen.request_id):
                self._spans(seen, seen.request_id, service, failure)

    def _spans(
        self, seen: Answering, request_id: RequestId, service: Service, failure: str | None
    ) -> None:
        attributes = {
            "stayon.service": service.value,
            "stayon.code": "" if seen.audit is None else seen.audit.code,
            "stayon.sender": str(seen.audit and seen.audit.sender),
            "stayon.device": str(request_id.target),
            "stayon.originator": str(request_id.originator),
        }
        # Accepted it is once; refused, transformed or repeated any number of times.
        stage = Stage.REQUEST if seen.accepted else Stage.RECEPTION
        self._tracing.span(request_id, stage, seen.began, now(), attributes, failure=failure)
        self._tracing.span(request_id, Stage.CHECKS, seen.began, seen.writing)
        self._tracing.span(request_id, Stage.COMMIT, seen.writing, seen.written)


class TracedPoster:
    """An ``HttpPoster`` that remembers, for the task that posts, when it did and what came."""

    def __init__(self, poster: HttpPoster) -> None:
        self._poster = poster

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """See ``HttpPoster.post``."""
        began = now()
        posted.set(None)
        try:
            reply = await self._poster.post(url, body, content_type)
        except OutboundError:
            posted.set(Posted(began, now(), None))
            raise
        posted.set(Posted(began, now(), reply.status))
        return reply


class OnTheirWay:
    """Requests that a carrier has taken and not answered, and since when."""

    def __init__(self) -> None:
        self._since: OrderedDict[RequestId, int] = OrderedDict()
        self._of_device: dict[Eui64, list[RequestId]] = {}

    def add(self, request_id: RequestId, since: int) -> None:
        """It is on its way; the oldest is forgotten where there are too many."""
        if request_id in self._since:
            return
        self._since[request_id] = since
        self._of_device.setdefault(request_id.target, []).append(request_id)
        if len(self._since) > _MOST_ON_THEIR_WAY:
            self.end(next(iter(self._since)))

    def end(self, request_id: RequestId) -> int | None:
        """It is there and back; since when it was on its way, if that is known."""
        since = self._since.pop(request_id, None)
        if since is not None:
            same = self._of_device[request_id.target]
            same.remove(request_id)
            if not same:
                del self._of_device[request_id.target]
        return since

    def oldest_of(self, device: Eui64) -> RequestId | None:
        """What has been on its way to a device for longest."""
        same = self._of_device.get(device)
        return same[0] if same else None


class TracedCarrier:
    """A ``Carrier`` with a span for the handing over."""

    def __init__(self, carrier: Carrier, tracing: Tracing) -> None:
        self._carrier = carrier
        self._tracing = tracing

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        began, failure = now(), None
        try:
            await self._carrier.submit(work)
        except OutboundError:
            failure = "not taken"
            raise
        finally:
            ended = now()
            for each, request_id in _wanted(work, self._tracing):
                attributes = {"stayon.route": each.route.value}
                self._tracing.span(
                    request_id, Stage.DISPATCH, began, ended, attributes, failure=failure
                )


class RememberedCarrier:
    """A ``Carrier`` of whose work is remembered since when it is on its way."""

    def __init__(self, carrier: Carrier, on_their_way: OnTheirWay, tracing: Tracing) -> None:
        self._carrier = carrier
        self._on_their_way = on_their_way
        self._tracing = tracing

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """See ``Carrier.submit``."""
        moment = now()
        requests = [request_id for _, request_id in _wanted(work, self._tracing)]
        for request_id in requests:
            self._on_their_way.add(request_id, moment)
        try:
            await self._carrier.submit(work)
        except OutboundError:
            for request_id in requests:
                self._on_their_way.end(request_id)
            raise


def _wanted(
    work: Sequence[CarrierWork], tracing: Tracing
) -> Iterator[tuple[CarrierWork, RequestId]]:
    for each in work:
        request_id = request_of_work(each.work_id)
        if request_id is not None and tracing.wants(request_id):
            yield each, request_id


class NetworkSouthbound:
    """A ``Southbound`` with a span for the time that a request was with its carrier."""

    def __init__(self, southbound: Southbound, on_their_way: OnTheirWay, tracing: Tracing) -> None:
        self._southbound = southbound
        self._on_their_way = on_their_way
        self._tracing = tracing

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        self._back(request_of_message(each.message) for each in messages)
        await self._southbound.receive_device_messages(messages)

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        # What it answers is in a document that only the DSP reads; a device has one at a time.
        self._back(self._on_their_way.oldest_of(each.device) for each in messages)
        await self._southbound.receive_s1sp_messages(messages)

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        self._back((request_of_work(each.work_id) for each in failures), "given up")
        await self._southbound.receive_failures(failures)

    def _back(self, requests: Iterable[RequestId | None], failure: str | None = None) -> None:
        moment = now()
        for request_id in requests:
            since = None if request_id is None else self._on_their_way.end(request_id)
            if request_id is not None and since is not None:
                self._tracing.span(request_id, Stage.NETWORK, since, moment, failure=failure)


class TimedSouthbound:
    """A ``Southbound`` that tells the store when what it takes in was brought."""

    def __init__(self, southbound: Southbound) -> None:
        self._southbound = southbound

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """See ``Southbound.receive_device_messages``."""
        brought.set(now())
        await self._southbound.receive_device_messages(messages)

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """See ``Southbound.receive_s1sp_messages``."""
        brought.set(now())
        await self._southbound.receive_s1sp_messages(messages)

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """See ``Southbound.receive_failures``."""
        brought.set(now())
        await self._southbound.receive_failures(failures)
