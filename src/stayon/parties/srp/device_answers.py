"""A meter's own signed answer, however it came: through the DCC or in an engineer's hands."""

from datetime import datetime

from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError, ProtectionError
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.outcomes import CommandOutcome, decode_outcome
from stayon.gbcs.payment_mode import PaymentModeUseCase
from stayon.gbcs.payment_mode_outcome import PaymentModeOutcome, decode_payment_mode_outcome
from stayon.gbcs.protection import ReadMessage, verify_signature
from stayon.parties.srp.inbound import Failed, Refused, Succeeded
from stayon.parties.srp.meter_words import meter_refusal
from stayon.parties.srp.trust import Untrusted
from stayon.policy.retry import Event
from stayon.ports.certificate_lookup import CertificateLookup

_PAYMENT_MODES = frozenset(use_case.value for use_case in PaymentModeUseCase)
_CODE = "I0"
"""The response code of the document in which the DSP hands a meter's answer on."""


async def read_device_answer(
    request_id: RequestId, message: bytes, lookup: CertificateLookup, at: datetime
) -> Succeeded | Refused | Failed:
    """What ``message`` (GBCS) proves about ``request_id``; ``Failed`` if it proves nothing.

    Raises ``LookupUnavailable`` when the meter's certificate cannot be looked up now.
    """
    key = await lookup.device_signing_key(request_id.target, at)
    if key is None:
        words = "the meter's signing key is not known"
        return Failed(request_id, _CODE, words, Event.PROVES_NOTHING)
    try:
        frame = parse_frame(message)
        _require_answer_to(request_id, frame)
        verify_signature(ReadMessage(frame, message), key)
        outcome = _outcome(frame)
    except (GbcsError, ProtectionError, Untrusted) as error:
        words = f"the meter's answer proves nothing: {error}"
        return Failed(request_id, _CODE, words, Event.PROVES_NOTHING)
    if outcome.succeeded:
        return Succeeded(request_id, message)
    said = meter_refusal(outcome)
    return Refused(request_id, said.code, said.words, message, Event.REFUSED_BY_METER)


def _outcome(frame: Frame) -> CommandOutcome | PaymentModeOutcome:
    """What the answer says of 2.1 or of 1.6; raises ``GbcsError`` for any other."""
    if frame.message_code in _PAYMENT_MODES:
        return decode_payment_mode_outcome(frame)
    return decode_outcome(frame)


def _require_answer_to(request_id: RequestId, frame: Frame) -> None:
    identity = RequestId(frame.recipient, frame.originator, frame.counter)
    if frame.cra is not Cra.RESPONSE or identity != request_id:
        raise Untrusted(f"it is not a response to {request_id}")
