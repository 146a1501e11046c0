"""What leaves a party: HTTP posts, and messages on their way to and from devices.

``Carrier`` is what a party offers that brings messages to devices (a CSP, an S1SP); ``Southbound``
is what it calls when something comes back. Both sides may see the same message twice (delivery is
at least once) and must take the second for the first, by ``work_id`` or ``message_id``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route


class OutboundError(StayonError):
    """The other side could not be reached or did not answer; trying again may help."""


class UndeliverableError(StayonError):
    """It cannot be sent as it is, or to nobody known; trying again by itself helps nothing."""


@dataclass(frozen=True, slots=True)
class HttpReply:
    """Status and body of an HTTP answer."""

    status: int
    body: bytes
    retry_after: float | None = None


class HttpPoster(Protocol):
    """An HTTP client that keeps connections alive."""

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        """POST ``body``; raises ``OutboundError`` when no answer came."""
        ...


class HttpGetter(Protocol):
    """An HTTP client that reads what others publish."""

    async def get(self, url: str) -> HttpReply:
        """GET ``url``; raises ``OutboundError`` when no answer came."""
        ...


@dataclass(frozen=True, slots=True)
class CarrierWork:
    """One message for a device: a GBCS Command, or a Countersigned Service Request (SMETS1).

    ``work_id`` is the same each time the same work is handed over.
    """

    work_id: str
    route: Route
    device: Eui64
    message: bytes


class Carrier(Protocol):
    """A CSP or an S1SP, as the DSP sees it."""

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Accept responsibility for ``work``; raises ``OutboundError`` to have it sent again."""
        ...


@dataclass(frozen=True, slots=True)
class DeviceMessage:
    """A GBCS Response or Alert as it came from a device."""

    device: Eui64
    message: bytes


@dataclass(frozen=True, slots=True)
class DeliveryFailure:
    """The carrier gives up on a piece of work; nothing more will come of it.

    ``may_have_arrived`` when the hub took the message and the device did not answer.
    """

    work_id: str
    device: Eui64
    reason: str
    may_have_arrived: bool = False


@dataclass(frozen=True, slots=True)
class S1spMessage:
    """A signed XML document of an S1SP: ``SMETS1SignedResponse`` or ``S1SPAlert``."""

    device: Eui64
    document: bytes


class Southbound(Protocol):
    """The DSP, as CSPs and S1SPs see it. On return the messages are stored and safe."""

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        """Take Responses and Alerts; raises ``OutboundError`` to be given them again."""
        ...

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        """Take notice of work that was given up; raises ``OutboundError`` likewise."""
        ...

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        """Take documents of an S1SP; raises ``OutboundError`` likewise."""
        ...
