"""The usual answers to a request, with its version, identity and service filled in.

``at`` is the present instant of who answers. Which situation gets which: DUIS 5.4 and decision 2 of
the requirements.
"""

from datetime import datetime

from stayon.duis.codes import ACKNOWLEDGED, SUCCESS
from stayon.duis.request import Request
from stayon.duis.response import (
    Content,
    DeviceResponse,
    FutureDatedDeviceAlert,
    LocalCommand,
    PreCommand,
    Response,
    ServiceResponse,
    Smets1Message,
)


def acknowledgement(request: Request, at: datetime) -> Response:
    """I99: the request passed access control and is on its way."""
    return _answer(request, ACKNOWLEDGED, at, None)


def refusal(request: Request, code: str, at: datetime) -> Response:
    """An error code on the connection; nothing else follows."""
    return _answer(request, code, at, None)


def transformed(request: Request, pre_command: PreCommand, at: datetime) -> Response:
    """The Pre-Command of a CV 4 request."""
    return _answer(request, SUCCESS, at, pre_command)


def local_command(request: Request, command: bytes, at: datetime) -> Response:
    """The command, MAC included, for somebody to carry to the device (CV 2 and 6)."""
    return _answer(request, SUCCESS, at, LocalCommand(command))


def answered_by_dcc(request: Request, content: Content, at: datetime) -> Response:
    """What the DCC itself knows (CV 8), the inventory for example."""
    return _answer(request, SUCCESS, at, content)


def device_response(request: Request, frame: bytes, at: datetime) -> Response:
    """What a SMETS2+ device answered, as it came."""
    return _answer(request, SUCCESS, at, DeviceResponse(frame), from_device=True)


def future_dated_alert(request: Request, alert: FutureDatedDeviceAlert, at: datetime) -> Response:
    """What became of one instruction of a future-dated command."""
    return _answer(request, SUCCESS, at, alert, from_device=True)


def smets1_response(request: Request, signed_response: bytes, at: datetime) -> Response:
    """What a SMETS1 device answered, as its S1SP signed it."""
    body = Smets1Message(
        request.service_reference, request.service_reference_variant, signed_response
    )
    identity = request.request_id
    return Response(request.schema_version, identity, identity.response_id, SUCCESS, at, body)


def _answer(
    request: Request,
    code: str,
    at: datetime,
    content: Content | None,
    *,
    from_device: bool = False,
) -> Response:
    return Response(
        schema_version=request.schema_version,
        request_id=request.request_id,
        response_id=request.request_id.response_id if from_device else None,
        code=code,
        at=at,
        body=ServiceResponse(request.service_reference, request.service_reference_variant, content),
    )
