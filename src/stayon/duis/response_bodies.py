"""What a Response says: one frozen type per form that Stayon sends or reads.

Source: DUIS 5.4, Response/Body and ResponseMessage.
"""

from dataclasses import dataclass
from typing import Final

from stayon.duis.dcc_alerts import Alert
from stayon.duis.inventory import Inventory


@dataclass(frozen=True, slots=True)
class PreCommand:
    """What Transform made of a critical request, for its sender to sign."""

    gbcs_version: str
    gbcs_payload: bytes


@dataclass(frozen=True, slots=True)
class DeviceResponse:
    """A device's answer: the whole GBCS frame as it came."""

    gbcs_payload: bytes


@dataclass(frozen=True, slots=True)
class LocalCommand:
    """A command, MAC included, that somebody carries to the device."""

    gbcs_payload: bytes


@dataclass(frozen=True, slots=True)
class FutureDatedDeviceAlert:
    """A device says that a future-dated instruction took effect (8F66) or failed (8F67)."""

    alert_code: int
    gbcs_payload: bytes
    instruction_number: int
    total_instructions: int


@dataclass(frozen=True, slots=True)
class OtherContent:
    """Content that Stayon does not send, by the name of its element."""

    name: str


Content = (
    PreCommand | DeviceResponse | LocalCommand | FutureDatedDeviceAlert | Inventory | OtherContent
)


@dataclass(frozen=True, slots=True)
class ServiceResponse:
    """The answer to a request; an acknowledgement or an error has no content."""

    service_reference: str
    service_reference_variant: str
    content: Content | None = None


@dataclass(frozen=True, slots=True)
class Throttling:
    """Alerts held back in a storm: number of the throttle, how many were held back."""

    sequence_id: int | None = None
    count: int | None = None


NOT_THROTTLED: Final = Throttling()


@dataclass(frozen=True, slots=True)
class DeviceAlert:
    """An alert of a device: its code, and the whole GBCS frame as it came."""

    alert_code: int
    gbcs_payload: bytes
    throttling: Throttling = NOT_THROTTLED


@dataclass(frozen=True, slots=True)
class DccAlert:
    """An alert of the DCC itself."""

    alert_code: str
    alert: Alert
    throttling: Throttling = NOT_THROTTLED


@dataclass(frozen=True, slots=True)
class Smets1Message:
    """An answer or alert of a SMETS1 device.

    ``signed_response`` is the S1SP's own signed document, ``SMETS1SignedResponse``, unread:
    ``smets1.parse_signed_response`` reads it once its signature is verified.
    """

    service_reference: str | None
    service_reference_variant: str | None
    signed_response: bytes
    schedule_id: int | None = None
    throttling: Throttling = NOT_THROTTLED


ResponseBody = ServiceResponse | DeviceAlert | DccAlert | Smets1Message
