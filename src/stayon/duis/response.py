"""Responses, Device Alerts and DCC Alerts: the XML element and the frozen value, both ways.

Source: DUIS 5.4, Response. A response carries the ``schemaVersion`` of the request it answers; see
``answers`` for the usual ones.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from stayon.domain.request_id import RequestId
from stayon.duis import lexical
from stayon.duis.codes import describe, known_alert_code
from stayon.duis.dcc_alerts import (
    SCHEDULE_IDS,
    read_alert,
)
from stayon.duis.errors import DuisError
from stayon.duis.inventory import Inventory, read_inventory
from stayon.duis.names import SR, local_name
from stayon.duis.reading import Children, text_of
from stayon.duis.response_bodies import (
    NOT_THROTTLED,
    Content,
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    LocalCommand,
    OtherContent,
    PreCommand,
    ResponseBody,
    ServiceResponse,
    Smets1Message,
    Throttling,
)

__all__ = [
    "NOT_THROTTLED",
    "Content",
    "DccAlert",
    "DeviceAlert",
    "DeviceResponse",
    "FutureDatedDeviceAlert",
    "Inventory",
    "LocalCommand",
    "OtherContent",
    "PreCommand",
    "Response",
    "ResponseBody",
    "ServiceResponse",
    "Smets1Message",
    "Throttling",
    "parse_response",
]

_RESPONSE: Final = f"{{{SR}}}Response"
_FUTURE_DATED_CODES: Final = (0x8F66, 0x8F67)


@dataclass(frozen=True, slots=True)
class Response:
    """One Response document, without its XML signature."""

    schema_version: str
    request_id: RequestId | None
    response_id: RequestId | None
    code: str
    at: datetime
    body: ResponseBody


def parse_response(root: etree._Element) -> Response:
    """The value of a Response element; a Signature that is its last child is left unread.

    Raises ``DuisError`` for anything else.
    """
    if root.tag != _RESPONSE:
        raise DuisError(local_name(root), "is not a Response")
    children = Children(root)
    header = Children(children.take("Header"))
    wrapper = Children(children.take("Body"))
    children.end_but_for_signature()
    request_id = header.maybe_text("RequestID")
    response_id = header.maybe_text("ResponseID")
    code = header.text("ResponseCode")
    at = lexical.instant(header.text("ResponseDateTime"), "ResponseDateTime")
    header.end()
    describe(code)
    body = _read_body(wrapper.any())
    wrapper.end()
    return Response(
        schema_version=(root.get("schemaVersion") or "").strip(lexical.WHITE_SPACE),
        request_id=None if request_id is None else lexical.request_id(request_id, "RequestID"),
        response_id=None if response_id is None else lexical.request_id(response_id, "ResponseID"),
        code=code,
        at=at,
        body=body,
    )


def _read_body(element: etree._Element) -> ResponseBody:
    children = Children(element)
    body: ResponseBody
    match local_name(element):
        case "ResponseMessage":
            body = ServiceResponse(
                children.text("ServiceReference"),
                children.text("ServiceReferenceVariant"),
                _read_content(children.any()) if len(element) > 2 else None,
            )
        case "DeviceAlertMessage":
            code = lexical.hexadecimal(children.text("AlertCode"), "AlertCode")
            throttling = _read_throttling(children)
            body = DeviceAlert(code, children.octets("GBCSPayload"), throttling)
        case "DCCAlertMessage":
            body = _read_dcc_alert(children)
        case "SMETS1ResponseMessage":
            body = _read_smets1(children)
        case name:
            raise DuisError("Body", f"{name} does not belong here")
    children.end()
    return body


def _read_content(element: etree._Element) -> Content:
    name = local_name(element)
    if name == "GBCSPayload":
        return DeviceResponse(lexical.base64_octets(text_of(element), name))
    if name == "DSPInventory":
        return read_inventory(element)
    children = Children(element)
    content: Content
    match name:
        case "PreCommand":
            content = PreCommand(children.text("GBCSVersion"), children.octets("GBCSPayload"))
        case "LocalCommand":
            content = LocalCommand(children.octets("GBCSPayload"))
        case "FutureDatedDeviceAlertMessage":
            content = _read_future_dated(children)
        case _:
            return OtherContent(name)
    children.end()
    return content


def _read_future_dated(children: Children) -> FutureDatedDeviceAlert:
    code = lexical.hexadecimal(children.text("FutureDatedAlertCode"), "FutureDatedAlertCode")
    if code not in _FUTURE_DATED_CODES:
        raise DuisError("FutureDatedAlertCode", f"{code:04X} is neither 8F66 nor 8F67")
    return FutureDatedDeviceAlert(
        code,
        children.octets("GBCSPayload"),
        children.integer("InstructionNumber", lexical.UNSIGNED_SHORT),
        children.integer("TotalCommandInstructions", lexical.UNSIGNED_SHORT),
    )


def _read_throttling(children: Children) -> Throttling:
    return Throttling(
        children.maybe_integer("ThrottledAlertSequenceId", lexical.UNSIGNED_INT),
        children.maybe_integer("ThrottledAlertCount", lexical.UNSIGNED_INT),
    )


def _read_dcc_alert(children: Children) -> DccAlert:
    code = known_alert_code(children.text("DCCAlertCode"))
    throttling = _read_throttling(children)
    wrapper = Children(children.take("DCCAlert"))
    alert = read_alert(wrapper.any())
    wrapper.end()
    return DccAlert(code, alert, throttling)


def _read_smets1(children: Children) -> Smets1Message:
    reference = children.maybe_text("ServiceReference")
    variant = children.maybe_text("ServiceReferenceVariant")
    schedule_id = children.maybe_integer("DSPScheduleID", SCHEDULE_IDS)
    throttling = _read_throttling(children)
    document_of_s1sp = children.document("SMETS1SignedResponse")
    return Smets1Message(reference, variant, document_of_s1sp, schedule_id, throttling)
