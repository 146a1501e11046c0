"""Writes Responses, Device Alerts and DCC Alerts in canonical form. Source: DUIS 5.4, Response.

What is answered most is answered alike, but for who is answered and when: the text around these is
kept for each version, code and service.
"""

from datetime import UTC, datetime
from functools import lru_cache
from typing import Final

from lxml import etree

from stayon import safexml
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import format_instant
from stayon.domain.request_id import RequestId
from stayon.duis.codes import describe, known_alert_code
from stayon.duis.dcc_alerts import PLACEHOLDER, S1spAlertDsp, write_alert
from stayon.duis.errors import DuisError
from stayon.duis.inventory import Inventory, write_inventory
from stayon.duis.names import SR
from stayon.duis.response import Response
from stayon.duis.response_bodies import (
    Content,
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    LocalCommand,
    PreCommand,
    ResponseBody,
    ServiceResponse,
    Smets1Message,
    Throttling,
)
from stayon.duis.writing import document, leaf, moment, node, octets, optional, tree

_PLACEHOLDER: Final = f"{{{SR}}}{PLACEHOLDER}"
_SOMEBODY: Final = RequestId(Eui64(bytes(8)), Eui64(bytes(8)), 0)
_SOMETIME: Final = datetime(1, 1, 1, tzinfo=UTC)


def build_response(response: Response) -> etree._Element:
    """The unsigned Response element, compact; ``xmlsig.sign`` signs it.

    Raises what ``write_response`` raises.
    """
    root = tree(_written(response))
    signed = _document_inside(response.body)
    if signed is not None:
        _embed(root, signed)
    return root


def write_response(response: Response) -> bytes:
    """The unsigned Response in canonical form; ``xmlsig.sign_canonical`` signs it.

    Raises ``DuisError`` for a code that does not exist and for content that Stayon does not send,
    ``SafeXmlError`` if an S1SP's document is not safe XML.
    """
    body = response.body
    if isinstance(body, ServiceResponse):
        return _service_response(response, body)
    if _document_inside(body) is None:
        return _written(response)
    return etree.tostring(build_response(response), method="c14n", with_comments=False)


def _service_response(response: Response, body: ServiceResponse) -> bytes:
    request_id, response_id = response.request_id, response.response_id
    if request_id is None or response_id is not None or body.content is not None:
        return _written(response)
    to_id, to_moment, to_end = _around(
        response.schema_version,
        response.code,
        body.service_reference,
        body.service_reference_variant,
    )
    return f"{to_id}{request_id}{to_moment}{format_instant(response.at)}{to_end}".encode()


@lru_cache(maxsize=256)
def _around(version: str, code: str, reference: str, variant: str) -> tuple[str, str, str]:
    """What stands around the RequestID and the instant of a Service Response without content."""
    body = ServiceResponse(reference, variant, None)
    text = _written(Response(version, _SOMEBODY, None, code, _SOMETIME, body)).decode()
    to_id, _, rest = text.partition(str(_SOMEBODY))
    to_moment, _, to_end = rest.partition(format_instant(_SOMETIME))
    return to_id, to_moment, to_end


def _written(response: Response) -> bytes:
    """The whole Response, but a placeholder where the signed document of an S1SP belongs."""
    describe(response.code)
    return document(
        "Response",
        response.schema_version,
        node(
            "Header",
            optional("RequestID", response.request_id),
            optional("ResponseID", response.response_id),
            leaf("ResponseCode", response.code),
            moment("ResponseDateTime", response.at),
        ),
        node("Body", _write_body(response.body)),
    )


def _document_inside(body: ResponseBody) -> bytes | None:
    """The signed document of an S1SP that travels in this response, if there is one."""
    if isinstance(body, DccAlert) and isinstance(body.alert, S1spAlertDsp):
        return body.alert.signed_alert
    return body.signed_response if isinstance(body, Smets1Message) else None


def _embed(root: etree._Element, signed: bytes) -> None:
    """Put an S1SP's document where the placeholder stands, its signature untouched.

    Its digest is over inclusive C14N, to which the namespaces of the Response belong as well once
    it stands inside; the S1SPs of Stayon declare ``sr`` with the same prefix, so nothing changes.
    """
    (place,) = root.iter(_PLACEHOLDER)
    parent = place.getparent()
    assert parent is not None  # noqa: S101 - the placeholder is never the root
    parent.replace(place, safexml.parse(signed))


def _write_body(body: ResponseBody) -> str:
    match body:
        case ServiceResponse(reference, variant, content):
            return node(
                "ResponseMessage",
                leaf("ServiceReference", reference),
                leaf("ServiceReferenceVariant", variant),
                "" if content is None else _write_content(content),
            )
        case DeviceAlert(code, payload, throttling):
            return node(
                "DeviceAlertMessage",
                leaf("AlertCode", f"{code:04X}"),
                _write_throttling(throttling),
                octets("GBCSPayload", payload),
            )
        case DccAlert(alert_code, alert, throttling):
            return node(
                "DCCAlertMessage",
                leaf("DCCAlertCode", known_alert_code(alert_code)),
                _write_throttling(throttling),
                node("DCCAlert", write_alert(alert)),
            )
        case _:
            return node(
                "SMETS1ResponseMessage",
                optional("ServiceReference", body.service_reference),
                optional("ServiceReferenceVariant", body.service_reference_variant),
                optional("DSPScheduleID", body.schedule_id),
                _write_throttling(body.throttling),
                node(PLACEHOLDER),
            )


def _write_throttling(throttling: Throttling) -> str:
    return optional("ThrottledAlertSequenceId", throttling.sequence_id) + optional(
        "ThrottledAlertCount", throttling.count
    )


def _write_content(content: Content) -> str:
    match content:
        case PreCommand(version, payload):
            return node("PreCommand", leaf("GBCSVersion", version), octets("GBCSPayload", payload))
        case DeviceResponse(payload):
            return octets("GBCSPayload", payload)
        case LocalCommand(payload):
            return node("LocalCommand", octets("GBCSPayload", payload))
        case FutureDatedDeviceAlert(code, payload, number, total):
            return node(
                "FutureDatedDeviceAlertMessage",
                leaf("FutureDatedAlertCode", f"{code:04X}"),
                octets("GBCSPayload", payload),
                leaf("InstructionNumber", number),
                leaf("TotalCommandInstructions", total),
            )
        case Inventory():
            return write_inventory(content)
        case _:
            raise DuisError(content.name, "is not content that Stayon sends")
