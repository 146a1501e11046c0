"""What CSPs and S1SPs bring to the DSP, made by the test."""

from tests.parties.dsp.world import (
    ESME,
    NOW,
    OLD_METER,
    S1SP_XML,
    SUPPLIER,
    DspWorld,
    device_key,
    key_of,
    organisation,
    unsigned_pre_command,
)

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.request_id import RequestId
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1DeviceAlert,
    Smets1Response,
    Smets1Result,
    build_s1sp_alert,
    build_smets1_response,
)
from stayon.gbcs import protection
from stayon.gbcs.device_alerts import AlertHeader, encode_generic_alert
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.outcomes import encode_outcome
from stayon.ports.audit import AuditQuery
from stayon.ports.outbound import DeviceMessage, S1spMessage


def response_frame(device: Eui64 = ESME, counter: int = 1) -> bytes:
    asked = parse_frame(unsigned_pre_command(device, counter))
    answer = Frame(
        cra=Cra.RESPONSE,
        counter=counter,
        originator=device,
        recipient=SUPPLIER,
        date_time=None,
        other_information=OtherInformation(asked.message_code),
        content=encode_outcome(asked),
        signature=ABSENT,
        mac=None,
    )
    return protection.sign(encode_frame(answer), device_key(device))


def alert_frame(code: int, recipient: Eui64 = SUPPLIER, counter: int = 77) -> bytes:
    header = AlertHeader(ESME, recipient, counter)
    return protection.sign(
        encode_generic_alert(header, Fuel.ELECTRICITY, code, NOW), device_key(ESME)
    )


async def bring(world: DspWorld, *frames: bytes, device: Eui64 = ESME) -> None:
    messages = [DeviceMessage(device, frame) for frame in frames]
    await world.dsp.southbound.receive_device_messages(messages)
    await world.settle()


async def codes(world: DspWorld, code: str) -> int:
    return len(await world.store.audit_rows(AuditQuery(code=code)))


def s1sp_document(
    body: Smets1Result | Smets1DeviceAlert | S1spAlert,
    counter: int = 2,
    user: Eui64 = SUPPLIER,
    srv: str = "2.1",
) -> bytes:
    if isinstance(body, S1spAlert):
        root = build_s1sp_alert(body)
    else:
        service = srv if isinstance(body, Smets1Result) else None
        identity = RequestId(OLD_METER, user, counter)
        root = build_smets1_response(Smets1Response("5.5", identity, service, service, NOW, body))
    certificate = organisation(*S1SP_XML)
    return xmlsig.sign(root, key_of(*S1SP_XML), certificate.issuer, certificate.serial)


async def bring_s1sp(world: DspWorld, *documents: bytes) -> None:
    messages = [S1spMessage(OLD_METER, document) for document in documents]
    await world.dsp.southbound.receive_s1sp_messages(messages)
    await world.settle()
