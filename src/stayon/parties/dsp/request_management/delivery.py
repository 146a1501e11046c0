"""Handing messages to the Receive Response Services of Users."""

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.duis.dcc_alerts import Breach, QuarantinedRequest
from stayon.duis.response import Response
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.device_alerts import ALERT_KINDS, alert_response
from stayon.parties.dsp.request_management.version_fit import dcc_alert
from stayon.ports.outbound import HttpPoster, OutboundError, UndeliverableError
from stayon.ports.store_reference import UserRecord
from stayon.ports.store_work import ClaimedWork, WorkKind

DELIVERED = "delivered"
_CONTENT_TYPE = "application/xml"
_TAKEN = 204
NOTHING_HELD = 0
"""The event reference of a warning: real ones count from 1."""


class Delivery:
    """Posts until the User answers 204."""

    def __init__(
        self, poster: HttpPoster, view: ReferenceView, keys: DspKeys, codes: DccAlertCodes
    ) -> None:
        self._poster = poster
        self._view = view
        self._keys = keys
        self._codes = codes

    async def deliver(self, claim: ClaimedWork) -> str:
        """Post one message; the word for the audit trail.

        Raises ``OutboundError`` when it has to be tried again, ``UndeliverableError`` when that
        helps nothing: nobody known is to get it, or it cannot be read.
        """
        record = await self._recipient(claim.work.target)
        message = claim.work.message
        if claim.work.kind is not WorkKind.DELIVER:
            message = self._keys.sign_response(self._alert(claim, record.duis_version))
        reply = await self._poster.post(record.receive_url, message, _CONTENT_TYPE)
        if reply.status != _TAKEN:
            raise OutboundError(f"{record.receive_url}: HTTP {reply.status}")
        return DELIVERED

    async def _recipient(self, target: str) -> UserRecord:
        try:
            user_id = Eui64.parse(target)
        except StayonError as error:
            raise UndeliverableError(f"{target}: is no User: {error}") from error
        record = (await self._view.latest()).records.get(user_id)
        if record is None or not record.receive_url:
            raise UndeliverableError(f"{user_id}: no Receive Response Service is known")
        return record

    def _alert(self, claim: ClaimedWork, user_version: str) -> Response:
        """The alert is made here, since its event number comes with the commit."""
        kind = claim.work.kind
        try:
            if kind in ALERT_KINDS:
                return alert_response(claim.work, user_version, claim.created_at, claim.held_back)
            if kind is WorkKind.THRESHOLD_WARNING:
                return self._anomaly_alert(
                    claim, self._codes.threshold_warning, NOTHING_HELD, user_version
                )
            return self._anomaly_alert(claim, self._codes.quarantined, claim.event, user_version)
        except (StayonError, ValueError) as error:
            raise UndeliverableError(f"no alert can be made of it: {error}") from error

    def _anomaly_alert(
        self, claim: ClaimedWork, code: str, event: int | None, user_version: str
    ) -> Response:
        request_id = claim.work.request_id
        if request_id is None or event is None:
            raise UndeliverableError("it names no request, or no quarantine event")
        alert = QuarantinedRequest(Breach(claim.work.message.decode()), request_id, event)
        return dcc_alert(
            self._codes,
            code,
            alert,
            user_version=user_version,
            request_id=request_id,
            device=request_id.target,
            at=claim.created_at,
        )
