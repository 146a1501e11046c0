"""What the kept evidence of a device proves, checked anew by who looks at it."""

from dataclasses import dataclass
from datetime import datetime

from stayon.domain.errors import StayonError
from stayon.domain.metering import Generation
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.smets1 import Smets1Result, parse_signed_response
from stayon.parties.srp.device_answers import read_device_answer
from stayon.parties.srp.inbound import Succeeded
from stayon.parties.srp.meter_words import smets1_refusal
from stayon.parties.srp.trust import read_document, require_command, verified_root
from stayon.policy.retry import Event
from stayon.ports.campaign_store import Evidence
from stayon.ports.certificate_lookup import CertificateLookup
from stayon.smki_profile import RemotePartyRole


@dataclass(frozen=True, slots=True)
class Verdict:
    """``holds`` is true where the evidence was verified; ``words`` say by what, or why not."""

    holds: bool
    words: str


async def prove(
    device: PortfolioDevice, evidence: Evidence, lookup: CertificateLookup, at: datetime
) -> Verdict:
    """Verify what was kept for ``device`` with the certificates that are valid at ``at`` (UTC)."""
    try:
        request_id = RequestId.parse(evidence.request_id)
        if evidence.response is None:
            return _command(evidence, request_id)
        if device.generation is Generation.SMETS1:
            return await _smets1(evidence.response, request_id, lookup, at)
        answer = await read_device_answer(request_id, evidence.response, lookup, at)
    except StayonError as error:
        return Verdict(holds=False, words=str(error))
    if isinstance(answer, Succeeded):
        words = (
            "The signature of the meter's success holds with the key of the meter's own"
            " certificate in the SMKI repository, and it answers this request"
        )
        return Verdict(holds=True, words=words)
    return Verdict(holds=answer.event is Event.REFUSED_BY_METER, words=answer.words)


def _command(evidence: Evidence, request_id: RequestId) -> Verdict:
    if evidence.command is None:
        return Verdict(holds=False, words="nothing was kept that the meter has said")
    require_command(evidence.command, request_id)
    words = "It is the Command of this request with its MAC; whether the meter has it is not known"
    return Verdict(holds=True, words=words)


async def _smets1(
    document: bytes, request_id: RequestId, lookup: CertificateLookup, at: datetime
) -> Verdict:
    roles = (RemotePartyRole.S1SP_XML_SIGN,)
    answer = parse_signed_response(await verified_root(read_document(document), roles, lookup, at))
    if answer.identity != request_id.response_id:
        return Verdict(holds=False, words="the S1SP's answer is to another request")
    signed = "The signature of the SMETS1 Service Provider holds with its certificate"
    if not isinstance(answer.body, Smets1Result) or answer.body.success:
        return Verdict(holds=True, words=f"{signed}, and it answers this request")
    return Verdict(holds=True, words=f"{signed}: {smets1_refusal(answer.body).words}")
