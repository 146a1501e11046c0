"""The SRP's Receive Response Service: outcomes are read, believed or refused, and kept."""

from collections.abc import Awaitable, Callable

from stayon.parties.receive_response import ReceiveResponseService, receive_response_service
from stayon.parties.srp.inbound import Outcome
from stayon.parties.srp.reading import OutcomeReader
from stayon.ports.campaign_store import CampaignStoreUnavailable
from stayon.ports.certificate_lookup import LookupUnavailable
from stayon.ports.clock import Clock


def receive_service(
    reader: OutcomeReader, take: Callable[[Outcome], Awaitable[bool]], clock: Clock
) -> ReceiveResponseService:
    """The ASGI application; ``take`` returns when the outcome is on disk."""

    async def read_and_take(message: bytes) -> None:
        outcome = await reader.read(message, clock.now())
        if outcome is not None:
            await take(outcome)

    return receive_response_service(
        read_and_take, clock, (CampaignStoreUnavailable, LookupUnavailable)
    )
