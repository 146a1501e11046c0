"""The SRP's side of the DSP's services: post a signed request, verify and read the answer."""

from dataclasses import dataclass
from datetime import timedelta
from enum import Enum
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.request_id import RequestId


class Service(Enum):
    """The DSP's services, by the path that existing clients use."""

    TRANSFORM = "/api/v1/serviceT"
    SEND_COMMAND = "/api/v1/serviceS"
    DCC_ONLY = "/api/v1/serviceD"


class GatewayUnavailable(StayonError):
    """The DSP could not be reached, or asks to be left alone for ``retry_after``."""

    def __init__(self, words: str, retry_after: timedelta | None = None) -> None:
        super().__init__(words)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Accepted:
    """I99: the request is accepted, its outcome follows."""


@dataclass(frozen=True, slots=True)
class PreCommandReady:
    """The Pre-Command of a Transform request, unsigned GBCS."""

    pre_command: bytes


@dataclass(frozen=True, slots=True)
class LocalCommandReady:
    """A Command for delivery at the meter, GBCS with MAC."""

    command: bytes


@dataclass(frozen=True, slots=True)
class Declined:
    """The request is refused: a DUIS code, or an HTTP status for what was no request."""

    code: str
    words: str


Answer = Accepted | PreCommandReady | LocalCommandReady | Declined


class Gateway(Protocol):
    """The DSP as a campaign sees it."""

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        """Post the signed request that is called ``request_id`` and return the answer to it.

        Raises ``GatewayUnavailable`` when trying again may help.
        """
        ...
