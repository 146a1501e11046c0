"""Which User a message from the devices' side is for, and in what form (D9, D10, R7)."""

from dataclasses import dataclass
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.request_id import RequestId
from stayon.duis.codes import SUCCESS
from stayon.duis.dcc_alerts import S1spAlertDsp
from stayon.duis.response import (
    Content,
    DeviceResponse,
    FutureDatedDeviceAlert,
    Response,
    ResponseBody,
    ServiceResponse,
    Smets1Message,
)
from stayon.duis.smets1 import S1spAlert, Smets1DeviceAlert
from stayon.gbcs.alerts import (
    FUTURE_DATED_FAILURE,
    FUTURE_DATED_SUCCESS,
)
from stayon.gbcs.device_alerts import FutureDatedOutcome, decode_future_dated_alert
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame
from stayon.gbcs.prepayment_parameters import activations
from stayon.gbcs.security_credentials import ReplacementMode
from stayon.gbcs.security_credentials_alert import (
    FUTURE_DATED_CREDENTIALS,
    decode_credentials_alert,
)
from stayon.parties.dsp.cos_party.outcome import (
    Gained,
    gained_by_alert,
    gained_by_gbcs,
    gained_by_smets1,
)
from stayon.parties.dsp.data_management.reference import ReferenceIndex
from stayon.parties.dsp.kms.devices import DeviceKeys, require_devices_signature
from stayon.parties.dsp.request_management.alert_codes import DccAlertCodes
from stayon.parties.dsp.request_management.device_alerts import (
    Unsolicited,
    alert_code,
    smets1_alert,
)
from stayon.parties.dsp.request_management.s1sp_documents import S1spDocument
from stayon.parties.dsp.request_management.version_fit import dcc_alert, fitted
from stayon.parties.dsp.sat import About
from stayon.ports.store import RequestStore
from stayon.ports.store_work import StoredRequest, WorkKind

_FUTURE_DATED = (FUTURE_DATED_SUCCESS, FUTURE_DATED_FAILURE)


@dataclass(frozen=True, slots=True)
class Matched:
    """A message ready to be signed and sent.

    ``code`` is for the audit trail; ``concludes``: it is the final answer to that request;
    ``gained``: with it the device has another supplier (once: an old answer that comes again must
    not give it back).
    """

    recipient: Eui64
    response: Response
    about: About
    code: str
    concludes: RequestId | None = None
    gained: Gained | None = None


def about_stored(stored: StoredRequest) -> About:
    """An audit row about something that follows from an accepted request."""
    return About(
        stored.request_id,
        stored.sender,
        stored.role,
        stored.request_id.originator,
        stored.request_id.target,
        stored.srv,
        stored.command_variant,
    )


class Matching:
    """Finds the request that a message answers, or the User that an alert is for."""

    def __init__(self, store: RequestStore, codes: DccAlertCodes, device_keys: DeviceKeys) -> None:
        self._store = store
        self._device_keys = device_keys
        self._codes = codes

    async def frame(
        self, frame: Frame, message: bytes, reference: ReferenceIndex, now: datetime
    ) -> Matched | Unsolicited | None:
        """For a GBCS Response or Alert; None when nobody waits for it.

        Raises ``GbcsError`` for an alert that cannot be read, or a Command.
        """
        if frame.cra is Cra.RESPONSE:
            return await self._response(frame, message, reference, now)
        if frame.cra is Cra.ALERT:
            return await self._alert(frame, message, reference, now)
        raise GbcsError("CRA flag", 0, "is COMMAND, which no device sends to the DSP")

    async def _response(
        self, frame: Frame, message: bytes, reference: ReferenceIndex, now: datetime
    ) -> Matched | None:
        request_id = _answered(frame)
        stored = await self._store.request(request_id)
        if stored is None or stored.message_code != frame.message_code:
            return None
        content = DeviceResponse(message)
        gained = None
        if not stored.concluded:
            gained = gained_by_gbcs(frame, stored, reference.certificates)
        if gained is not None:
            await require_devices_signature(frame, self._device_keys, now)
        return Matched(
            stored.sender,
            self._fitted(_answer(stored, content, now), stored, reference),
            about_stored(stored),
            SUCCESS,
            concludes=request_id,
            gained=gained,
        )

    async def _alert(
        self, frame: Frame, message: bytes, reference: ReferenceIndex, now: datetime
    ) -> Matched | Unsolicited | None:
        code = alert_code(frame)
        if frame.message_code == FUTURE_DATED_CREDENTIALS:
            return await self._credentials(frame, message, reference, now)
        if code in _FUTURE_DATED:
            matched = await self._future_dated(frame, message, code, reference, now)
            if matched is not None:
                return matched
        if frame.recipient not in reference.records:
            return None
        identity = RequestId(frame.originator, frame.recipient, frame.counter)
        return Unsolicited(WorkKind.DEVICE_ALERT, frame.recipient, identity, code)

    async def _future_dated(
        self,
        frame: Frame,
        message: bytes,
        code: int,
        reference: ReferenceIndex,
        now: datetime,
    ) -> Matched | None:
        """What became of one instruction of a future-dated command, for who sent that."""
        try:
            outcome: FutureDatedOutcome = decode_future_dated_alert(frame)
        except GbcsError:
            return None
        stored = await self._store.request(
            RequestId(frame.recipient, frame.originator, outcome.counter)
        )
        if stored is None:
            return None
        names = activations(outcome.use_case)
        number = names.index(outcome.parameter) + 1
        content = FutureDatedDeviceAlert(code, message, number, len(names))
        response = self._fitted(_answer(stored, content, now), stored, reference)
        return Matched(stored.sender, response, about_stored(stored), f"{code:04X}")

    async def _credentials(
        self, frame: Frame, message: bytes, reference: ReferenceIndex, now: datetime
    ) -> Matched | None:
        """What became of a future-dated 6.23, for who sent that; the alert names the CoS Party.

        Raises ``GbcsError``, and what ``require_devices_signature`` raises: whatever it says,
        nobody is told and nothing changes unless the device has signed it.
        """
        alert = decode_credentials_alert(frame)
        outcome = alert.outcome
        stored = await self._store.request_of_cos_command(frame.originator, outcome.counter)
        if stored is None or outcome.mode != ReplacementMode.SUPPLIER_BY_TRANS_COS:
            return None
        await require_devices_signature(frame, self._device_keys, now)
        code = FUTURE_DATED_SUCCESS if outcome.succeeded else FUTURE_DATED_FAILURE
        content = FutureDatedDeviceAlert(code, message, 1, 1)
        return Matched(
            stored.sender,
            self._fitted(_answer(stored, content, now), stored, reference),
            about_stored(stored),
            f"{code:04X}",
            gained=gained_by_alert(alert, stored, reference.certificates),
        )

    async def s1sp(
        self, document: S1spDocument, reference: ReferenceIndex, now: datetime
    ) -> Matched | Unsolicited | None:
        """For a verified document of an S1SP; None when nobody waits for it."""
        content = document.content
        if isinstance(content, S1spAlert):
            return await self._s1sp_alert(content, document.document, reference, now)
        identity = content.identity
        if isinstance(content.body, Smets1DeviceAlert):
            if identity.target not in reference.records:
                return None
            return smets1_alert(identity.target, identity, content.body)
        stored = await self._store.request(identity.response_id)
        if stored is None:
            return None
        body = _smets1(stored, document)
        response = Response(stored.schema_version, stored.request_id, identity, SUCCESS, now, body)
        return Matched(
            stored.sender,
            self._fitted(response, stored, reference),
            about_stored(stored),
            SUCCESS,
            concludes=stored.request_id,
            gained=None if stored.concluded else gained_by_smets1(content.body, stored),
        )

    async def _s1sp_alert(
        self, alert: S1spAlert, document: bytes, reference: ReferenceIndex, now: datetime
    ) -> Matched | None:
        stored = None
        if alert.request_id is not None:
            stored = await self._store.request(alert.request_id)
        if stored is None:
            return None
        sender = reference.records.get(stored.sender)
        response = dcc_alert(
            self._codes,
            self._codes.s1sp_alert,
            S1spAlertDsp(document),
            user_version=stored.schema_version if sender is None else sender.duis_version,
            request_id=stored.request_id,
            device=stored.request_id.target,
            at=now,
        )
        return Matched(
            stored.sender,
            response,
            about_stored(stored),
            alert.code,
            concludes=stored.request_id,
        )

    def _fitted(
        self, response: Response, stored: StoredRequest, reference: ReferenceIndex
    ) -> Response:
        sender = reference.records.get(stored.sender)
        if sender is None:
            return response
        return fitted(self._codes, response, stored, sender.duis_version)


def _answered(frame: Frame) -> RequestId:
    """The request that a response is to; a command of the CoS Party names it beside its own."""
    other = frame.other_information
    if other.supplementary_party is not None and other.supplementary_party_counter is not None:
        counter = other.supplementary_party_counter
        return RequestId(other.supplementary_party, frame.originator, counter)
    return RequestId(frame.recipient, frame.originator, frame.counter)


def _answer(stored: StoredRequest, content: Content, now: datetime) -> Response:
    body: ResponseBody = ServiceResponse(stored.service_reference, stored.srv, content)
    request_id = stored.request_id
    return Response(stored.schema_version, request_id, request_id.response_id, SUCCESS, now, body)


def _smets1(stored: StoredRequest, document: S1spDocument) -> Smets1Message:
    return Smets1Message(stored.service_reference, stored.srv, document.document)
