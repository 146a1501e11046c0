"""From the bytes that the DSP delivers to what became of a request.

Two signatures are checked before anything counts: the DSP's on the document and the meter's own on
the GBCS response inside it (or the S1SP's on a SMETS1 response).
"""

from datetime import datetime

from lxml import etree
from lxml.etree import _Element

from stayon import xmlsig
from stayon.domain.metering import Generation
from stayon.duis.dcc_alerts import CommandFailure, QuarantinedRequest, S1spAlertDsp
from stayon.duis.response import (
    DccAlert,
    DeviceResponse,
    LocalCommand,
    Response,
    ServiceResponse,
    Smets1Message,
    parse_response,
)
from stayon.duis.smets1 import Smets1Result, parse_s1sp_alert, parse_signed_response
from stayon.parties.srp.device_answers import read_device_answer
from stayon.parties.srp.inbound import CommandReturned, Failed, Outcome, Refused, Succeeded
from stayon.parties.srp.meter_words import smets1_refusal
from stayon.parties.srp.trust import (
    SIGNED_BY_S1SP,
    Untrusted,
    read_document,
    require_command,
    usual_response,
    verified_root,
)
from stayon.policy.retry import Event
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.smki_profile import RemotePartyRole

_S1SP = (RemotePartyRole.S1SP_XML_SIGN,)
_INNER = {name.rpartition("}")[2]: name for name in SIGNED_BY_S1SP}


class OutcomeReader:
    """Reads what arrives at the SRP's Receive Response Service."""

    def __init__(self, lookup: CertificateLookup) -> None:
        self._lookup = lookup

    async def read(self, body: bytes, at: datetime) -> Outcome | None:
        """The outcome that ``body`` tells of, None where it tells of none.

        Raises ``StayonError`` for a document that is not the DSP's or not DUIS.
        """
        usual = await usual_response(body, self._lookup, at)
        if usual is not None and isinstance(usual.body, ServiceResponse):
            content = usual.body.content
            if isinstance(content, DeviceResponse):
                return await self._device_answer(usual, content.gbcs_payload, at)
        root = await verified_root(
            read_document(body),
            (RemotePartyRole.DSP_XML_SIGN,),
            self._lookup,
            at,
            inner=SIGNED_BY_S1SP,
        )
        response = parse_response(root)
        match response.body:
            case ServiceResponse(content=DeviceResponse(gbcs_payload=message)):
                return await self._device_answer(response, message, at)
            case ServiceResponse(content=LocalCommand(gbcs_payload=command)):
                return _returned(response, command)
            case Smets1Message():
                return await self._smets1_answer(root, response, at)
            case DccAlert(alert=CommandFailure() as failure, alert_code=code):
                if failure.device_id != failure.request_id.target:
                    raise Untrusted(f"the failure of {failure.request_id} names another device")
                return Failed(failure.request_id, code, "")
            case DccAlert(alert=QuarantinedRequest(event_reference=0)):
                # The warning that a threshold is nearly used up: the request itself has passed.
                return None
            case ServiceResponse(content=None) if response.request_id and response.code[0] == "E":
                words = "released from quarantine and refused by the DCC"
                return Refused(response.request_id, response.code, words)
            case DccAlert(alert=QuarantinedRequest(request_id=request_id), alert_code=code):
                words = "held in quarantine by the DCC's anomaly detection"
                return Refused(request_id, code, words, event=Event.QUARANTINED)
            case DccAlert(alert=S1spAlertDsp()):
                return await self._s1sp_alert(root, at)
            case _:
                return None

    async def _device_answer(
        self, response: Response, message: bytes, at: datetime
    ) -> Outcome | None:
        if response.request_id is None:
            return None
        request_id = response.request_id
        return await read_device_answer(request_id, message, self._lookup, at)

    async def _smets1_answer(
        self, root: _Element, response: Response, at: datetime
    ) -> Outcome | None:
        if response.request_id is None:
            return None
        document = _inner(root, "SMETS1SignedResponse")
        signed = etree.tostring(document)
        answer = parse_signed_response(await verified_root(document, _S1SP, self._lookup, at))
        request_id = response.request_id
        if answer.identity != request_id.response_id:
            words = "the S1SP's answer is to another request"
            return Failed(request_id, response.code, words, Event.PROVES_NOTHING)
        if not isinstance(answer.body, Smets1Result):
            return None
        if answer.body.success:
            return Succeeded(request_id, signed, Generation.SMETS1)
        said = smets1_refusal(answer.body)
        return Refused(request_id, said.code, said.words, signed, Event.REFUSED_BY_METER)

    async def _s1sp_alert(self, root: _Element, at: datetime) -> Outcome | None:
        document = _inner(root, "S1SPAlert")
        alert = parse_s1sp_alert(await verified_root(document, _S1SP, self._lookup, at))
        if alert.request_id is None:
            return None
        words = alert.information or "refused by the SMETS1 Service Provider"
        return Refused(alert.request_id, alert.code, words)


def _returned(response: Response, command: bytes) -> Outcome:
    if response.request_id is None:
        raise Untrusted("a Command for local delivery that names no request")
    require_command(command, response.request_id)
    return CommandReturned(response.request_id, command)


def _inner(root: _Element, name: str) -> _Element:
    """The S1SP's own document inside a Response of the DSP."""
    found = list(root.iter(_INNER[name]))
    if len(found) != 1:
        raise Untrusted(f"{len(found)} elements {name} instead of one")
    return xmlsig.inner_document(found[0])
