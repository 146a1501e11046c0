"""The messages of a request as they are kept: for the people who look into its story."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.request_id import RequestId


class MessageKind(Enum):
    """What a kept message is."""

    REQUEST = "request"
    """As the User posted it: DUIS XML."""
    ANSWER = "answer"
    """What was answered on the connection: DUIS XML."""
    INCOMING = "incoming"
    """What the device or the S1SP sent: GBCS, or XML of an S1SP."""
    WAITING = "waiting"
    """What is still to be handed over or delivered."""
    GIVEN_UP = "given up"
    """A dead letter that nobody has decided about."""


@dataclass(frozen=True, slots=True)
class KeptMessage:
    """A message with the octets as they came or went, and when (UTC)."""

    kind: MessageKind
    at: datetime
    octets: bytes
    to: str = ""
    """For what waits or was given up: the route or the User that it is for."""


class KeptMessages(Protocol):
    """Where messages are found. Raises ``StoreUnavailableError``."""

    async def messages(self, request_id: RequestId) -> tuple[KeptMessage, ...]:
        """Every message kept of a request, in the order of their instants."""
        ...
