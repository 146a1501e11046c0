"""The example messages of the guidance pages: made from values, the same every time, not signed."""

from collections.abc import Mapping
from datetime import UTC, datetime

from lxml import etree

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import (
    Body,
    Mpxn,
    ReadInventory,
    ReadPrepaymentConfiguration,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
)
from stayon.duis.codes import ACKNOWLEDGED, SUCCESS
from stayon.duis.inventory import Inventory, InventoryDevice
from stayon.duis.request import CommandVariant, Request, build_request
from stayon.duis.response import Content, Response, ServiceResponse
from stayon.duis.response_writing import build_response
from stayon.policy.model import Policy

_SUPPLIER = Eui64.parse("025A5C0000000001")
_ESME = Eui64.parse("025AA00000000001")
_GSME = Eui64.parse("025AA00000000002")
_DSP = Eui64.parse("90B3D51F30000002")
_COUNTER = 1800037800000
_AT = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)


def examples(policy: Policy) -> Mapping[str, bytes]:
    """File name below ``docs/examples/service-requests`` -> document, indented."""
    safe = policy.safe_prepayment
    prepayment = PrepaymentMode(False, False, MilliPence(0))
    requests: dict[str, tuple[str, Eui64, int, Body]] = {
        "1.6-transform-credit": ("1.6", _ESME, 4, UpdatePaymentMode(None, CreditMode())),
        "1.6-transform-prepayment": ("1.6", _GSME, 4, UpdatePaymentMode(None, prepayment)),
        "2.1-transform-electricity": (
            "2.1",
            _ESME,
            4,
            UpdatePrepayConfiguration(None, safe.electricity),
        ),
        "2.1-transform-gas": ("2.1", _GSME, 4, UpdatePrepayConfiguration(None, safe.gas)),
        "4.13-request": ("4.13", _ESME, 1, ReadPrepaymentConfiguration(None)),
        "8.2-request": ("8.2", _DSP, 8, ReadInventory(Mpxn("1200000000001"))),
    }
    told = Inventory(
        (
            InventoryDevice(
                _ESME,
                "ESME",
                DeviceStatus.COMMISSIONED,
                "Example Meters",
                "E-100",
                smets_version="V5.1",
                import_mpxn="1200000000001",
                csp_region="North",
                gbcs_version="4.3",
            ),
        )
    )
    responses: dict[str, tuple[str, Eui64, str, Content | None]] = {
        "acknowledgement": ("2.1", _ESME, ACKNOWLEDGED, None),
        "refusal": ("2.1", _ESME, "E020101", None),
        "8.2-response": ("8.2", _DSP, SUCCESS, told),
    }
    documents = {name: _request(*one) for name, one in requests.items()}
    documents |= {name: _response(*one) for name, one in responses.items()}
    return {f"{name}.xml": _indented(root) for name, root in documents.items()}


def _request(srv: str, target: Eui64, variant: int, body: Body) -> etree._Element:
    request_id = RequestId(_SUPPLIER, target, _COUNTER)
    variant_of_command = CommandVariant(variant)
    return build_request(Request("5.5", request_id, variant_of_command, srv, srv, None, None, body))


def _response(srv: str, target: Eui64, code: str, content: Content | None) -> etree._Element:
    request_id = RequestId(_SUPPLIER, target, _COUNTER)
    body = ServiceResponse(srv, srv, content)
    return build_response(Response("5.5", request_id, None, code, _AT, body))


def _indented(root: etree._Element) -> bytes:
    etree.indent(root)
    return etree.tostring(root) + b"\n"
