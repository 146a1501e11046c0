"""A Device Alert as a supplier's endpoint gets it, of SMETS2+ and SMETS1 meters alike (R7, D10)."""

from dataclasses import dataclass
from datetime import datetime

from lxml.etree import _Element

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.duis.dcc_alerts import DeviceChangeOfSupplier
from stayon.duis.names import SR
from stayon.duis.response import DccAlert, DeviceAlert, Smets1Message, Throttling, parse_response
from stayon.duis.smets1 import Smets1DeviceAlert, parse_signed_response
from stayon.gbcs.frame import parse_frame

_SMETS1_RESPONSE = f"{{{SR}}}SMETS1SignedResponse"
SIGNED_INSIDE = frozenset({_SMETS1_RESPONSE, f"{{{SR}}}S1SPAlert"})
"""Elements inside a Response that bring an S1SP's own signature."""


@dataclass(frozen=True, slots=True)
class ReceivedAlert:
    """A Device Alert as it was delivered.

    ``counter`` is the device's own number for it. ``code`` is None where a SMETS1 meter's alert has
    none. ``message`` is the GBCS alert, or the S1SP's signed document. ``throttling`` says how many
    before it were held back.
    """

    at: datetime
    device: Eui64
    counter: int
    code: int | None
    message: bytes
    throttling: Throttling


def read_alert(root: _Element, at: datetime) -> ReceivedAlert | None:
    """The Device Alert in a Response whose signature was verified; None if there is none.

    Raises ``StayonError`` for what is not DUIS or not GBCS.
    """
    response = parse_response(root)
    body = response.body
    if isinstance(body, DeviceAlert):
        frame = parse_frame(body.gbcs_payload)
        return ReceivedAlert(
            at, frame.originator, frame.counter, body.alert_code, body.gbcs_payload, body.throttling
        )
    if not isinstance(body, Smets1Message):
        return None
    (inside,) = root.iter(_SMETS1_RESPONSE)
    said = parse_signed_response(xmlsig.inner_document(inside))
    if not isinstance(said.body, Smets1DeviceAlert):
        return None
    identity = said.identity
    return ReceivedAlert(
        at,
        identity.originator,
        identity.counter,
        said.body.alert_code,
        body.signed_response,
        body.throttling,
    )


def lost_device(root: _Element) -> Eui64 | None:
    """The device that has another supplier, in a verified DCC Alert that says so; else None."""
    body = parse_response(root).body
    if isinstance(body, DccAlert) and isinstance(body.alert, DeviceChangeOfSupplier):
        return body.alert.device_id
    return None
