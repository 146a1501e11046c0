"""Handing messages to the Receive Response Services of Users."""

from stayon.domain.eui64 import Eui64
from stayon.duis.dcc_alerts import Breach, QuarantinedRequest
from stayon.parties.dsp.data_management.reference import ReferenceView
from stayon.parties.dsp.kms.keys import DspKeys
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.device_alerts import ALERT_KINDS, alert_response
from stayon.parties.dsp.request_management.version_fit import dcc_alert
from stayon.ports.outbound import HttpPoster, OutboundError
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

        Raises ``OutboundError`` when it has to be tried again.
        """
        user_id = Eui64.parse(claim.work.target)
        reference = await self._view.latest()
        record = reference.records.get(user_id)
        if record is None or not record.receive_url:
            raise OutboundError(f"{user_id}: no Receive Response Service is known")
        message = claim.work.message
        if claim.work.kind is WorkKind.QUARANTINE_ALERT:
            message = self._anomaly_alert(claim, self._codes.quarantined, record.duis_version)
        elif claim.work.kind is WorkKind.THRESHOLD_WARNING:
            message = self._anomaly_alert(claim, self._codes.threshold_warning, record.duis_version)
        elif claim.work.kind in ALERT_KINDS:
            message = self._keys.sign_response(
                alert_response(claim.work, record.duis_version, claim.created_at, claim.held_back)
            )
        reply = await self._poster.post(record.receive_url, message, _CONTENT_TYPE)
        if reply.status != _TAKEN:
            raise OutboundError(f"{record.receive_url}: HTTP {reply.status}")
        return DELIVERED

    def _anomaly_alert(self, claim: ClaimedWork, code: str, user_version: str) -> bytes:
        """The alert is made here, since its event number comes with the commit."""
        request_id, event = claim.work.request_id, claim.event
        if claim.work.kind is WorkKind.THRESHOLD_WARNING:
            event = NOTHING_HELD
        if request_id is None or event is None:
            raise OutboundError(f"{claim.work.key}: an alert without a quarantine event")
        alert = QuarantinedRequest(Breach(claim.work.message.decode()), request_id, event)
        return self._keys.sign_response(
            dcc_alert(
                self._codes,
                code,
                alert,
                user_version=user_version,
                request_id=request_id,
                device=request_id.target,
                at=claim.created_at,
            )
        )
