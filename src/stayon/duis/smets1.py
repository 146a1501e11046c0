"""What SMETS1 service providers sign: SMETS1SignedResponse and S1SPAlert, both ways.

The builders give the unsigned document; ``xmlsig.sign`` adds the Signature, which the schema
demands here. Source: DUIS 5.4, SMETS1SignedResponse and S1SPAlert; MMC 5.4, HeaderType,
ResponsePayload, DeviceAlertMessageType.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from lxml import etree

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis import lexical
from stayon.duis.errors import DuisError
from stayon.duis.names import RA, SR, local_name
from stayon.duis.reading import Children
from stayon.duis.writing import document, escape, leaf, moment, node, optional, tree

_SIGNED_RESPONSE: Final = f"{{{SR}}}SMETS1SignedResponse"
_S1SP_ALERT: Final = f"{{{SR}}}S1SPAlert"

_RESULT_ELEMENTS: Final = {
    "1.6": "UpdatePaymentModeRsp",
    "2.1": "UpdatePrepayConfigurationRsp",
    "4.13": "ReadPrepaymentConfigurationRsp",
    "6.23": "UpdateSecurityCredentialsCoSRsp",
}
"""Service -> the element that says whether it succeeded."""


@dataclass(frozen=True, slots=True)
class Smets1Error:
    """An error of the device: the S1SP's number for it, the place in the request, words."""

    code: int
    position: int
    text: str


@dataclass(frozen=True, slots=True)
class Smets1Result:
    """Whether the device did what was asked."""

    success: bool
    errors: tuple[Smets1Error, ...] = ()


@dataclass(frozen=True, slots=True)
class Smets1DeviceAlert:
    """An alert of a SMETS1 device, in words and, where there is one, with GBCS's code."""

    alert_code: int | None
    description: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Smets1Response:
    """The content of a SMETS1SignedResponse.

    ``identity`` has the device as originator and the user as target, and the counter of the
    request. The service is that of the request; an alert has none.
    """

    schema_version: str
    identity: RequestId
    service_reference: str | None
    service_reference_variant: str | None
    timestamp: datetime | None
    body: Smets1Result | Smets1DeviceAlert


@dataclass(frozen=True, slots=True)
class S1spAlert:
    """An alert of the service provider itself, a refused request for example."""

    schema_version: str
    code: str
    at: datetime
    request_id: RequestId | None = None
    device_id: Eui64 | None = None
    information: str | None = None


def parse_signed_response(root: etree._Element) -> Smets1Response:
    """The value of a SMETS1SignedResponse; a Signature that is its last child is left unread."""
    if root.tag != _SIGNED_RESPONSE:
        raise DuisError(local_name(root), "is not a SMETS1SignedResponse")
    children = Children(root)
    content = Children(children.take("SMETS1Response"))
    children.end_but_for_signature()
    header = Children(content.take("Header"), RA)
    wrapper = Children(content.take("Body"))
    content.end()
    originator = lexical.eui64(header.text("BusinessOriginatorID"), "BusinessOriginatorID")
    target = lexical.eui64(header.text("BusinessTargetID"), "BusinessTargetID")
    counter = header.integer("OriginatorCounter", lexical.UNSIGNED_LONG)
    reference = header.maybe_text("ServiceReference")
    variant = header.maybe_text("ServiceReferenceVariant")
    timestamp = header.maybe_text("Timestamp")
    header.end()
    body = _read_body(wrapper.any())
    wrapper.end()
    return Smets1Response(
        schema_version=_version(root),
        identity=RequestId(originator, target, counter),
        service_reference=reference,
        service_reference_variant=variant,
        timestamp=None if timestamp is None else lexical.instant(timestamp, "Timestamp"),
        body=body,
    )


def _version(root: etree._Element) -> str:
    return (root.get("schemaVersion") or "").strip(lexical.WHITE_SPACE)


def _read_body(element: etree._Element) -> Smets1Result | Smets1DeviceAlert:
    name = local_name(element)
    children = Children(element, RA)
    body: Smets1Result | Smets1DeviceAlert
    if name == "ResponseMessage":
        body = _read_result(children)
    elif name == "DeviceAlertMessage":
        body = _read_device_alert(Children(children.take("DeviceAlertContent"), RA))
    else:
        raise DuisError("Body", f"{name} does not belong here")
    children.end()
    return body


def _read_result(children: Children) -> Smets1Result:
    data = Children(children.take("SMETSData"), RA)
    result = data.any()
    data.end()
    success = result.get("MessageSuccess")
    if success is None:
        raise DuisError(f"{local_name(result)}/@MessageSuccess", "is missing")
    errors: list[Smets1Error] = []
    debug = children.maybe("DebugInfo")
    if debug is not None:
        details = Children(debug, RA)
        entries = Children(details.take("SMETS1Debug"), RA)
        details.end()
        errors = [_read_error(entry) for entry in entries.many("SMETS1Response")]
        entries.end()
    return Smets1Result(lexical.boolean(success, "MessageSuccess"), tuple(errors))


def _read_error(element: etree._Element) -> Smets1Error:
    children = Children(element, RA)
    text = children.text("Error")
    children.end()
    return Smets1Error(
        lexical.integer(element.get("ResponseCode") or "", "@ResponseCode", (-(10**39), 10**39)),
        lexical.integer(element.get("Position") or "", "@Position", (1, 10**39)),
        text,
    )


def _read_device_alert(children: Children) -> Smets1DeviceAlert:
    code = children.maybe_text("GBCSHexAlertCode")
    alert = Smets1DeviceAlert(
        None if code is None else lexical.hexadecimal(code, "GBCSHexAlertCode"),
        children.text("AlertDescription"),
        lexical.instant(children.text("Timestamp"), "Timestamp"),
    )
    children.end()
    return alert


def build_smets1_response(response: Smets1Response) -> etree._Element:
    """The unsigned SMETS1SignedResponse document; raises what writing it raises."""
    return tree(write_smets1_response(response))


def write_smets1_response(response: Smets1Response) -> bytes:
    """The unsigned SMETS1SignedResponse document in canonical form.

    Raises ``DuisError`` where the result is of a service that Stayon's S1SPs do not execute.
    """
    identity = response.identity
    header = node(
        "Header",
        leaf("BusinessOriginatorID", str(identity.originator), "ra"),
        leaf("BusinessTargetID", str(identity.target), "ra"),
        leaf("OriginatorCounter", identity.counter, "ra"),
        optional("ServiceReference", response.service_reference, "ra"),
        optional("ServiceReferenceVariant", response.service_reference_variant, "ra"),
        moment("Timestamp", response.timestamp, "ra"),
    )
    if isinstance(response.body, Smets1Result):
        body = node("ResponseMessage", *_write_result(response.body, response.service_reference))
    else:
        body = node("DeviceAlertMessage", _write_device_alert(response.body))
    return document(
        "SMETS1SignedResponse",
        response.schema_version,
        node("SMETS1Response", header, node("Body", body)),
        with_ra=True,
    )


def _write_result(result: Smets1Result, reference: str | None) -> tuple[str, str]:
    element = _RESULT_ELEMENTS.get(reference or "")
    if element is None:
        raise DuisError("ServiceReference", f"{reference} is not executed by SMETS1 devices here")
    success = "true" if result.success else "false"
    data = node(
        "SMETSData", f'<ra:{element} MessageSuccess="{success}"></ra:{element}>', prefix="ra"
    )
    errors = "".join(
        f'<ra:SMETS1Response Position="{error.position}" ResponseCode="{error.code}">'
        f"<ra:Error>{escape(error.text)}</ra:Error></ra:SMETS1Response>"
        for error in result.errors
    )
    if not errors:
        return data, ""
    return data, node("DebugInfo", node("SMETS1Debug", errors, prefix="ra"), prefix="ra")


def _write_device_alert(alert: Smets1DeviceAlert) -> str:
    return node(
        "DeviceAlertContent",
        optional(
            "GBCSHexAlertCode",
            None if alert.alert_code is None else f"{alert.alert_code:04X}",
            "ra",
        ),
        leaf("AlertDescription", alert.description, "ra"),
        moment("Timestamp", alert.at, "ra"),
        prefix="ra",
    )


def parse_s1sp_alert(root: etree._Element) -> S1spAlert:
    """The value of an S1SPAlert; a Signature that is its last child is left unread."""
    if root.tag != _S1SP_ALERT:
        raise DuisError(local_name(root), "is not an S1SPAlert")
    children = Children(root)
    request_id = children.maybe_text("RequestID")
    device_id = children.maybe_text("DeviceID")
    code = children.text("S1SPAlertCode")
    information = children.maybe_text("AdditionalInformation")
    children.maybe("UTRN")
    at = lexical.instant(children.text("DateTime"), "DateTime")
    children.end_but_for_signature()
    return S1spAlert(
        schema_version=_version(root),
        code=code,
        at=at,
        request_id=None if request_id is None else lexical.request_id(request_id, "RequestID"),
        device_id=None if device_id is None else lexical.eui64(device_id, "DeviceID"),
        information=information,
    )


def build_s1sp_alert(alert: S1spAlert) -> etree._Element:
    """The unsigned S1SPAlert document."""
    return tree(write_s1sp_alert(alert))


def write_s1sp_alert(alert: S1spAlert) -> bytes:
    """The unsigned S1SPAlert document in canonical form."""
    return document(
        "S1SPAlert",
        alert.schema_version,
        optional("RequestID", alert.request_id),
        optional("DeviceID", alert.device_id),
        leaf("S1SPAlertCode", alert.code),
        optional("AdditionalInformation", alert.information),
        moment("DateTime", alert.at),
    )
