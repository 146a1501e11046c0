"""What counts as the outcome of a request, and what does not."""

from dataclasses import replace

import pytest
from tests.parties.srp.messages import (
    METER,
    OTHER_METER,
    OTHER_REQUEST,
    REQUEST_ID,
    VERSION,
    by_dsp,
    command,
    dcc_alert,
    device_response,
    meter_answer,
    pre_command,
    request,
    s1sp_alert,
    smets1_document,
    smets1_response,
    tampered,
)
from tests.support.organisations import (
    DSP,
    NOW,
    S1SP,
    SRP,
    STRANGER,
    AsyncRepository,
    Organisation,
    device_key,
)

from stayon import safexml, xmlsig
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel, Generation
from stayon.duis import answers
from stayon.duis.dcc_alerts import (
    Breach,
    CommandFailure,
    PowerOutage,
    QuarantinedRequest,
)
from stayon.duis.response import DeviceAlert, Response, Smets1Message
from stayon.duis.smets1 import Smets1DeviceAlert, Smets1Response, build_smets1_response
from stayon.gbcs.protection import sign
from stayon.parties.srp.inbound import CommandReturned, Failed, Outcome, Refused, Succeeded
from stayon.parties.srp.reading import OutcomeReader
from stayon.parties.srp.trust import Untrusted
from stayon.policy.retry import Event
from stayon.xmlsig import XmlSignatureError


async def read(body: bytes, repository: AsyncRepository | None = None) -> Outcome | None:
    return await OutcomeReader(repository or AsyncRepository()).read(body, NOW)


@pytest.mark.requirement("decision-15", "D9")
@pytest.mark.parametrize("fuel", Fuel)
async def test_the_meters_signed_success_is_success(fuel: Fuel) -> None:
    frame = meter_answer(fuel=fuel)
    assert await read(device_response(frame)) == Succeeded(REQUEST_ID, frame)


@pytest.mark.requirement("decision-15", refuses=True)
async def test_the_meters_signed_failure_is_a_refusal_that_names_what_failed() -> None:
    frame = meter_answer(failed=2)
    outcome = await read(device_response(frame))
    assert isinstance(outcome, Refused)
    assert outcome.response == frame
    assert (outcome.code, outcome.event) == ("DLMS-1", Event.REFUSED_BY_METER)
    assert "hardware fault (DLMS-1); nor " in outcome.words


@pytest.mark.requirement("decision-15", refuses=True)
@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (meter_answer(by=OTHER_METER), "signature is not by this key"),
        (meter_answer(OTHER_REQUEST), "not a response to"),
        (meter_answer(replace(REQUEST_ID, target=OTHER_METER)), "not a response to"),
        (sign(pre_command(), device_key(METER)), "not a response to"),
        (meter_answer()[:-1], ""),
        (b"", ""),
    ],
)
async def test_an_answer_that_is_not_the_meters_proves_nothing(frame: bytes, why: str) -> None:
    outcome = await read(device_response(frame or b"\x00"))
    assert isinstance(outcome, Failed)
    assert why in outcome.words
    assert "proves nothing" in outcome.words


async def test_a_flipped_bit_in_the_meters_answer_is_noticed() -> None:
    frame = bytearray(meter_answer())
    frame[-70] ^= 1
    assert isinstance(await read(device_response(bytes(frame))), Failed)


async def test_a_meter_without_a_certificate_is_not_believed() -> None:
    outcome = await read(device_response(meter_answer()), AsyncRepository(unknown_devices={METER}))
    assert outcome == Failed(
        REQUEST_ID, "I0", "the meter's signing key is not known", Event.PROVES_NOTHING
    )


@pytest.mark.parametrize("signer", [STRANGER, S1SP, SRP])
async def test_a_response_signed_in_another_role_is_not_the_dsps(signer: Organisation) -> None:
    response = answers.device_response(request(), meter_answer(), NOW)
    with pytest.raises(Untrusted, match="which does not sign this"):
        await read(by_dsp(response, signer))


async def test_a_dsp_whose_certificate_is_revoked_or_unknown_is_not_believed() -> None:
    body = device_response(meter_answer())
    with pytest.raises(Untrusted, match="no valid certificate 1"):
        await read(body, AsyncRepository(revoked={DSP.serial}))


async def test_what_was_changed_after_the_dsp_signed_is_refused() -> None:
    body = device_response(meter_answer())
    forged = tampered(body, b"<sr:ResponseCode>I0<", b"<sr:ResponseCode>I99<")
    with pytest.raises(XmlSignatureError, match="digest"):
        await read(forged)
    with pytest.raises(StayonError):
        await read(b"<not XML")


async def test_a_wrapped_signature_is_refused() -> None:
    inner = device_response(meter_answer())
    start = inner.index(b"<sr:Response ")
    wrapped = inner[:start] + b"<w>" + inner[start:] + b"</w>"
    with pytest.raises(XmlSignatureError):
        await read(wrapped)


@pytest.mark.requirement("D9")
async def test_dcc_alerts_about_a_request() -> None:
    failure = dcc_alert("N53", CommandFailure(REQUEST_ID, METER))
    outcome = await read(failure)
    assert isinstance(outcome, Failed)
    assert (outcome.request_id, outcome.code) == (REQUEST_ID, "N53")
    quarantine = dcc_alert("N54", QuarantinedRequest(Breach.USER_THRESHOLD, REQUEST_ID, 7))
    outcome = await read(quarantine)
    assert isinstance(outcome, Refused)
    assert (outcome.request_id, outcome.code) == (REQUEST_ID, "N54")


@pytest.mark.requirement("D14")
async def test_a_warning_is_no_outcome_and_a_refused_release_is() -> None:
    warning = dcc_alert("N30", QuarantinedRequest(Breach.USER_THRESHOLD, REQUEST_ID, 0))
    assert await read(warning) is None
    refused = await read(by_dsp(answers.refusal(request(), "E4", NOW)))
    assert isinstance(refused, Refused)
    assert (refused.request_id, refused.code) == (REQUEST_ID, "E4")


async def test_a_command_failure_about_another_device_is_none_of_this_request() -> None:
    with pytest.raises(Untrusted, match="another device"):
        await read(dcc_alert("N53", CommandFailure(REQUEST_ID, OTHER_METER)))


async def test_what_tells_of_no_request_is_taken_and_left() -> None:
    assert await read(dcc_alert("AD1", PowerOutage(METER, NOW, "1234567890123"))) is None
    alert = DeviceAlert(0x8F1F, meter_answer())
    assert await read(by_dsp(Response(VERSION, None, None, "I0", NOW, alert))) is None
    assert await read(by_dsp(answers.acknowledgement(request(), NOW))) is None
    nameless = replace(answers.device_response(request(), meter_answer(), NOW), request_id=None)
    assert await read(by_dsp(nameless)) is None


@pytest.mark.requirement("decision-11", "decision-15")
async def test_a_smets1_success_counts_with_the_s1sps_signature() -> None:
    outcome = await read(smets1_response(smets1_document()))
    assert isinstance(outcome, Succeeded)
    assert (outcome.request_id, outcome.generation) == (REQUEST_ID, Generation.SMETS1)
    evidence = safexml.parse(outcome.response)
    claim = xmlsig.read_signature(evidence)
    xmlsig.verify(evidence, claim, S1SP.certificate.public_key)


async def test_a_smets1_failure_is_a_refusal_in_the_s1sps_words() -> None:
    outcome = await read(smets1_response(smets1_document(error="calendar was not set")))
    assert isinstance(outcome, Refused)
    assert outcome.words == "the meter could not do it: calendar was not set"
    assert outcome.response is not None


async def test_an_s1sp_that_answers_another_request_proves_nothing() -> None:
    outcome = await read(smets1_response(smets1_document(OTHER_REQUEST)))
    assert outcome == Failed(
        REQUEST_ID, "I0", "the S1SP's answer is to another request", Event.PROVES_NOTHING
    )


@pytest.mark.requirement("decision-11", refuses=True)
@pytest.mark.parametrize("signer", [STRANGER, DSP])
async def test_a_smets1_answer_by_somebody_else_is_refused(signer: Organisation) -> None:
    with pytest.raises(Untrusted, match="which does not sign this"):
        await read(smets1_response(smets1_document(signer=signer)))


@pytest.mark.requirement("decision-11", refuses=True)
async def test_a_smets1_answer_that_the_s1sp_did_not_sign_so_is_refused() -> None:
    """The DSP signs what it got; the S1SP's own signature inside is broken."""
    forged = tampered(
        smets1_document(error="not set"), b'MessageSuccess="false"', b'MessageSuccess="true"'
    )
    with pytest.raises(XmlSignatureError, match="digest"):
        await read(smets1_response(forged))


async def test_smets1_messages_that_answer_nothing_are_left() -> None:
    body = Smets1Message(None, None, smets1_document())
    assert await read(by_dsp(Response(VERSION, None, None, "I0", NOW, body))) is None
    alert = Smets1Response(
        VERSION, REQUEST_ID.response_id, None, None, NOW, Smets1DeviceAlert(None, "tamper", NOW)
    )
    document = S1SP.sign(build_smets1_response(alert))
    assert await read(smets1_response(document)) is None


@pytest.mark.requirement("S1", refuses=True)
async def test_an_s1sp_alert_refuses_the_request_that_it_names() -> None:
    assert await read(s1sp_alert()) == Refused(REQUEST_ID, "S1VE2", "not eligible")
    outcome = await read(s1sp_alert(words=None))
    assert isinstance(outcome, Refused)
    assert outcome.words == "refused by the SMETS1 Service Provider"
    assert await read(s1sp_alert(None)) is None


async def test_an_s1sp_alert_by_somebody_else_is_refused() -> None:
    with pytest.raises(Untrusted):
        await read(s1sp_alert(signer=STRANGER))


async def test_of_two_signed_documents_none_is_picked() -> None:
    """A genuine answer hidden in another S1SP document, all of it under the DSP's signature."""
    genuine = smets1_document()
    hidden = genuine[genuine.index(b"<sr:SMETS1SignedResponse") :]
    outer = smets1_document(error="not set")
    wrapped = tampered(outer, b"<sr:SMETS1Response>", hidden + b"<sr:SMETS1Response>")
    with pytest.raises(Untrusted, match="2 elements"):
        await read(smets1_response(wrapped))


@pytest.mark.requirement("PIA-R3", "D16")
async def test_a_command_for_local_delivery_arrives_by_cv_7() -> None:
    octets = command()
    answer = by_dsp(answers.local_command(request(), octets, NOW))
    assert await read(answer) == CommandReturned(REQUEST_ID, octets)
    another = by_dsp(answers.local_command(request(), command(OTHER_REQUEST), NOW))
    with pytest.raises(Untrusted, match="not the Command of"):
        await read(another)
