"""What the DSP, meters and S1SPs send to an SRP, made with the real codecs."""

from dataclasses import replace

from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.support.organisations import DSP, NOW, S1SP, SUPPLIER, Organisation, device_key
from tests.support.throwaway_keys import throwaway_key

from stayon.devices.messages import signed_response
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.request_id import RequestId
from stayon.duis import answers
from stayon.duis.dcc_alerts import Alert, S1spAlertDsp
from stayon.duis.request import CommandVariant, Request, UpdatePrepayConfiguration
from stayon.duis.response import DccAlert, Response
from stayon.duis.response_writing import build_response
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1DeviceAlert,
    Smets1Error,
    Smets1Response,
    Smets1Result,
    build_s1sp_alert,
    build_smets1_response,
)
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.outcomes import encode_outcome
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.gbcs.protection import add_mac, sign
from stayon.parties.srp.requests import signed_pre_command_request, smets1_request

VERSION = "5.5"
METER = Eui64(b"a  meter")
OTHER_METER = Eui64(b"another!")
REQUEST_ID = RequestId(SUPPLIER.eui64, METER, 1_800_000_000_000)
OTHER_REQUEST = replace(REQUEST_ID, counter=REQUEST_ID.counter + 1)
SUPPLIER_KEY = throwaway_key("supplier digital signing")


def pre_command(request_id: RequestId = REQUEST_ID, fuel: Fuel = Fuel.ELECTRICITY) -> bytes:
    electricity = fuel is Fuel.ELECTRICITY
    return encode_pre_command(
        request_id,
        SAFE_ELECTRICITY if electricity else SAFE_GAS,
        activation=Immediate(),
        use_case=UseCase.ECS08A if electricity else UseCase.GCS05,
        now=NOW,
    )


def command(request_id: RequestId = REQUEST_ID) -> bytes:
    """A Command as the DSP makes it: signed by the supplier, with a MAC."""
    return add_mac(sign(pre_command(request_id), SUPPLIER_KEY), shared_secret=bytes(32))


def meter_answer(
    request_id: RequestId = REQUEST_ID,
    *,
    fuel: Fuel = Fuel.ELECTRICITY,
    failed: int | None = None,
    by: Eui64 | None = None,
) -> bytes:
    """The signed response of the meter; ``by`` signs instead of it."""
    frame = parse_frame(pre_command(request_id, fuel))
    key = device_key(by or request_id.target)
    return signed_response(frame, encode_outcome(frame, failed), NOW, key)


def request(request_id: RequestId = REQUEST_ID) -> Request:
    variant = CommandVariant.SIGNED_COMMAND
    return signed_pre_command_request(request_id, "2.1", b"\x00", VERSION, variant)


def by_dsp(response: Response, signer: Organisation = DSP) -> bytes:
    return signer.sign(build_response(response))


def device_response(frame: bytes, request_id: RequestId = REQUEST_ID) -> bytes:
    return by_dsp(answers.device_response(request(request_id), frame, NOW))


def smets1_document(
    request_id: RequestId = REQUEST_ID, *, error: str | None = None, signer: Organisation = S1SP
) -> bytes:
    errors = () if error is None else (Smets1Error(1, 1, error),)
    body = Smets1Result(error is None, errors)
    response = Smets1Response(VERSION, request_id.response_id, "2.1", "2.1", NOW, body)
    return signer.sign(build_smets1_response(response))


def smets1_alert_document(code: int | None, counter: int = 5) -> bytes:
    """A Device Alert of a SMETS1 meter, as its S1SP signs it."""
    identity = RequestId(REQUEST_ID.target, REQUEST_ID.originator, counter)
    body = Smets1DeviceAlert(code, "in words", NOW)
    return S1SP.sign(
        build_smets1_response(Smets1Response(VERSION, identity, None, None, NOW, body))
    )


def smets1_response(document: bytes, request_id: RequestId = REQUEST_ID) -> bytes:
    asked = smets1_request(
        request_id, "2.1", UpdatePrepayConfiguration(None, SAFE_ELECTRICITY), VERSION
    )
    return by_dsp(answers.smets1_response(asked, document, NOW))


def dcc_alert(code: str, alert: Alert) -> bytes:
    return by_dsp(Response(VERSION, None, None, "I0", NOW, DccAlert(code, alert)))


def s1sp_alert(
    request_id: RequestId | None = REQUEST_ID,
    *,
    words: str | None = "not eligible",
    signer: Organisation = S1SP,
) -> bytes:
    alert = S1spAlert(VERSION, "S1VE2", NOW, request_id, None, words)
    return dcc_alert("N55", S1spAlertDsp(signer.sign(build_s1sp_alert(alert))))


def tampered(document: bytes, old: bytes, new: bytes) -> bytes:
    assert document.count(old) == 1, document.count(old)
    return document.replace(old, new)
