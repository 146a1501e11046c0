"""DCC Alerts as XML: the elements inside DCCAlert, read and written.

DUIS does not say which alert code goes with which element; that is configuration. Source: DUIS 5.4,
DCCAlert.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Final

from lxml import etree

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis import lexical
from stayon.duis.errors import DuisError
from stayon.duis.names import local_name
from stayon.duis.reading import Children
from stayon.duis.writing import leaf, moment, node, optional

SCHEDULE_IDS: Final = (0, 10**12)
_DEVICE_CHANGE: Final = "DeviceChangeOfSupplier"
"""The other form of ChangeOfSupplier, for the parties that did not ask for it."""
_EVENT_REFERENCES: Final = (-(10**20) + 1, 10**20 - 1)


@dataclass(frozen=True, slots=True)
class CommandFailure:
    """A command that the DCC could not bring to a device, or that was never answered."""

    request_id: RequestId
    device_id: Eui64
    schedule_id: int | None = None


class Breach(Enum):
    """Which anomaly detection held a request back."""

    USER_THRESHOLD = "ADUserThresholdBreach"
    DCC_THRESHOLD = "ADDCCThresholdBreach"
    ATTRIBUTE_LIMITS = "ADAttributeLimitsBreach"


@dataclass(frozen=True, slots=True)
class QuarantinedRequest:
    """A request that is kept and not actioned; ``event_reference`` names it to the DCC."""

    breach: Breach
    request_id: RequestId
    event_reference: int


@dataclass(frozen=True, slots=True)
class S1spAlertDsp:
    """An alert of a SMETS1 service provider: its own signed ``S1SPAlert`` document, unread."""

    signed_alert: bytes
    schedule_id: int | None = None


@dataclass(frozen=True, slots=True)
class AlertVersionMismatch:
    """A DCC Alert exists that the user's DUIS version cannot express."""

    alert_code: str
    device_id: Eui64 | None = None
    request_id: RequestId | None = None


@dataclass(frozen=True, slots=True)
class ResponseVersionMismatch:
    """A Service Response exists that the user's DUIS version cannot express."""

    request_id: RequestId
    service_reference: str
    service_reference_variant: str
    request_version: str


@dataclass(frozen=True, slots=True)
class DuisVersionMismatch:
    """What could not be delivered, and the DUIS version that the user has."""

    what: AlertVersionMismatch | ResponseVersionMismatch
    user_version: str


@dataclass(frozen=True, slots=True)
class ChangeOfSupplier:
    """A request 6.23 came to its end; ``error_code`` (three characters) if it failed."""

    request_id: RequestId
    error_code: str | None = None


@dataclass(frozen=True, slots=True)
class DeviceChangeOfSupplier:
    """A device has another supplier: for the party that did not ask for it."""

    device_id: Eui64
    device_type: str
    import_mpxn: str
    secondary_mpan: str | None = None
    export_mpan: str | None = None


@dataclass(frozen=True, slots=True)
class PowerOutage:
    """A communications hub has lost its power."""

    communications_hub: Eui64
    start: datetime
    mpxn: str


@dataclass(frozen=True, slots=True)
class OtherAlert:
    """A DCC Alert that Stayon does not send, by the name of its element."""

    name: str


Alert = (
    CommandFailure
    | QuarantinedRequest
    | S1spAlertDsp
    | DuisVersionMismatch
    | ChangeOfSupplier
    | DeviceChangeOfSupplier
    | PowerOutage
    | OtherAlert
)


def read_alert(element: etree._Element) -> Alert:
    """The value of the element inside DCCAlert."""
    name = local_name(element)
    children = Children(element)
    match name:
        case "CommandFailure":
            alert: Alert = _read_command_failure(children)
        case "QuarantinedRequest":
            alert = _read_quarantined(children)
        case "S1SPAlertDSP":
            alert = S1spAlertDsp(
                children.document("S1SPAlert"),
                children.maybe_integer("DSPScheduleID", SCHEDULE_IDS),
            )
        case "DUISVersionMismatch":
            alert = _read_version_mismatch(children)
        case "ChangeOfSupplier":
            alert = _read_change_of_supplier(children)
        case "PowerOutageEvent":
            alert = PowerOutage(
                lexical.eui64(children.text("CommsHubDeviceID"), "CommsHubDeviceID"),
                lexical.instant(children.text("StartDateTime"), "StartDateTime"),
                children.text("MPxN"),
            )
        case _:
            return OtherAlert(name)
    children.end()
    return alert


def _request_id(children: Children, name: str) -> RequestId:
    return lexical.request_id(children.text(name), name)


def _read_change_of_supplier(children: Children) -> ChangeOfSupplier | DeviceChangeOfSupplier:
    element = children.maybe(_DEVICE_CHANGE)
    if element is None:
        return ChangeOfSupplier(
            _request_id(children, "ChangeOfSupplierServiceRequestID"),
            children.maybe_text("ECoSErrorCode"),
        )
    inner = Children(element)
    device, kind = inner.text("DeviceID"), inner.text("DeviceType")
    points = Children(inner.take("MPxNs"))
    inner.end()
    change = DeviceChangeOfSupplier(
        lexical.eui64(device, "DeviceID"),
        kind,
        points.text("ImportMPxN"),
        points.maybe_text("SecondaryImportMPAN"),
        points.maybe_text("ExportMPAN"),
    )
    points.end()
    return change


def _read_command_failure(children: Children) -> CommandFailure:
    request_id = _request_id(children, "CommandRequestID")
    schedule_id = children.maybe_integer("DSPScheduleID", SCHEDULE_IDS)
    device_id = lexical.eui64(children.text("DeviceID"), "DeviceID")
    return CommandFailure(request_id, device_id, schedule_id)


def _read_quarantined(children: Children) -> QuarantinedRequest:
    element = children.any()
    name = local_name(element)
    if name not in _BREACHES:
        raise DuisError("QuarantinedRequest", f"{name} does not belong here")
    inner = Children(element)
    request_id = _request_id(inner, "RequestID")
    reference = inner.integer("QuarantineEventRef", _EVENT_REFERENCES)
    inner.end()
    return QuarantinedRequest(_BREACHES[name], request_id, reference)


_BREACHES: Final = {breach.value: breach for breach in Breach}


def _read_version_mismatch(children: Children) -> DuisVersionMismatch:
    what: AlertVersionMismatch | ResponseVersionMismatch
    element = children.maybe("DCCAlertVersionMismatch")
    if element is not None:
        inner = Children(element)
        code = inner.text("DCCAlertCode")
        device = inner.maybe_text("DeviceID")
        request = inner.maybe_text("RequestID")
        what = AlertVersionMismatch(
            code,
            None if device is None else lexical.eui64(device, "DeviceID"),
            None if request is None else lexical.request_id(request, "RequestID"),
        )
    else:
        inner = Children(children.take("ServiceResponseVersionMismatch"))
        what = ResponseVersionMismatch(
            _request_id(inner, "RequestID"),
            inner.text("ServiceReference"),
            inner.text("ServiceReferenceVariant"),
            inner.text("ServiceRequestDUISVersion"),
        )
    inner.end()
    return DuisVersionMismatch(what, children.text("ServiceUserDUISVersion"))


PLACEHOLDER: Final = "SignedDocument"
"""Stands where ``response`` puts in an S1SP's own signed element."""


def write_alert(alert: Alert) -> str:
    """The element inside DCCAlert; raises ``DuisError`` for ``OtherAlert``."""
    match alert:
        case CommandFailure(request_id, device_id, schedule_id):
            return node(
                "CommandFailure",
                leaf("CommandRequestID", str(request_id)),
                optional("DSPScheduleID", schedule_id),
                leaf("DeviceID", str(device_id)),
            )
        case QuarantinedRequest(breach, request_id, reference):
            return node(
                "QuarantinedRequest",
                node(
                    breach.value,
                    leaf("RequestID", str(request_id)),
                    leaf("QuarantineEventRef", reference),
                ),
            )
        case S1spAlertDsp(_, schedule_id):
            return node("S1SPAlertDSP", node(PLACEHOLDER), optional("DSPScheduleID", schedule_id))
        case DuisVersionMismatch(what, user_version):
            return node(
                "DUISVersionMismatch",
                _write_mismatch(what),
                leaf("ServiceUserDUISVersion", user_version),
            )
        case ChangeOfSupplier(request_id, error_code):
            return node(
                "ChangeOfSupplier",
                leaf("ChangeOfSupplierServiceRequestID", str(request_id)),
                optional("ECoSErrorCode", error_code),
            )
        case DeviceChangeOfSupplier():
            return node("ChangeOfSupplier", _write_device_change(alert))
        case PowerOutage(hub, start, mpxn):
            return node(
                "PowerOutageEvent",
                leaf("CommsHubDeviceID", str(hub)),
                moment("StartDateTime", start),
                leaf("MPxN", mpxn),
            )
        case _:
            raise DuisError(alert.name, "is not a DCC Alert that Stayon sends")


def _write_device_change(change: DeviceChangeOfSupplier) -> str:
    return node(
        _DEVICE_CHANGE,
        leaf("DeviceID", str(change.device_id)),
        leaf("DeviceType", change.device_type),
        node(
            "MPxNs",
            leaf("ImportMPxN", change.import_mpxn),
            optional("SecondaryImportMPAN", change.secondary_mpan),
            optional("ExportMPAN", change.export_mpan),
        ),
    )


def _write_mismatch(what: AlertVersionMismatch | ResponseVersionMismatch) -> str:
    if isinstance(what, AlertVersionMismatch):
        return node(
            "DCCAlertVersionMismatch",
            leaf("DCCAlertCode", what.alert_code),
            optional("DeviceID", what.device_id),
            optional("RequestID", what.request_id),
        )
    return node(
        "ServiceResponseVersionMismatch",
        leaf("RequestID", str(what.request_id)),
        leaf("ServiceReference", what.service_reference),
        leaf("ServiceReferenceVariant", what.service_reference_variant),
        leaf("ServiceRequestDUISVersion", what.request_version),
    )
