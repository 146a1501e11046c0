"""Telling a User only what its DUIS version can say (DUISVersionMismatch).

A User is told things in the version that it has registered. What that version cannot express is
not sent in another one: the User is told that it exists.
"""

from dataclasses import replace
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.codes import SUCCESS
from stayon.duis.dcc_alerts import (
    Alert,
    AlertVersionMismatch,
    DuisVersionMismatch,
    ResponseVersionMismatch,
)
from stayon.duis.response import DccAlert, Response
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.ports.store_work import StoredRequest


def dcc_alert(
    codes: DccAlertCodes,
    code: str,
    alert: Alert,
    *,
    user_version: str,
    request_id: RequestId | None,
    device: Eui64,
    at: datetime,
) -> Response:
    """A DCC Alert in the User's own version, or the word that there is one it cannot have."""
    body = DccAlert(code, alert)
    if is_older(user_version, codes.since.get(code, user_version)):
        mismatch = AlertVersionMismatch(code, device, request_id)
        body = DccAlert(codes.version_mismatch, DuisVersionMismatch(mismatch, user_version))
    return Response(user_version, request_id, None, SUCCESS, at, body)


def fitted(
    codes: DccAlertCodes, response: Response, stored: StoredRequest, user_version: str
) -> Response:
    """A Service Response as it is, or the word that the User's version cannot express it."""
    if not is_older(user_version, stored.schema_version):
        return response
    mismatch = ResponseVersionMismatch(
        stored.request_id, stored.service_reference, stored.srv, stored.schema_version
    )
    alert = DuisVersionMismatch(mismatch, user_version)
    return replace(
        response,
        schema_version=user_version,
        response_id=None,
        body=DccAlert(codes.version_mismatch, alert),
    )


def is_older(version: str, other: str) -> bool:
    """Whether ``version`` came before ``other``; 5.10 is younger than 5.4."""
    return _numbers(version) < _numbers(other)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
