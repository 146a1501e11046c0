"""From a device and a counter to the signed request."""

from dataclasses import replace

import pytest
from tests.parties.srp.messages import (
    METER,
    OTHER_REQUEST,
    REQUEST_ID,
    SUPPLIER_KEY,
    VERSION,
    pre_command,
)
from tests.policy.shipped import shipped_policy
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS
from tests.support.organisations import ISSUER, NOW, SRP, SUPPLIER

from stayon import safexml, xmlsig
from stayon.adapters.keys.local import LocalKey
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.money import MilliPence
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.request import (
    CommandVariant,
    Request,
    SignedPreCommand,
    UpdatePrepayConfiguration,
    parse_request,
)
from stayon.duis.transform import transform
from stayon.gbcs.protection import verify_signature
from stayon.parties.srp.attempt import AttemptBuilder, NotWhatWasAsked
from stayon.parties.srp.gateway import (
    Accepted,
    Answer,
    Declined,
    GatewayUnavailable,
    PreCommandReady,
    Service,
)
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.requests import agreed_service

ESME = PortfolioDevice(
    METER,
    SUPPLIER.eui64,
    Fuel.ELECTRICITY,
    Generation.SMETS2,
    "1234567890123",
    Route.CSP_NORTH,
    None,
    0,
    None,
)
GSME = replace(ESME, fuel=Fuel.GAS, mpxn="1234567890")
SMETS1 = replace(ESME, generation=Generation.SMETS1, route=Route.S1SP_CGI_IE)


class Dsp:
    """Transforms as the real one does, unless ``answer`` is set."""

    def __init__(self, answer: Answer | None = None) -> None:
        self.answer = answer
        self.asked: list[Request] = []

    async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
        assert service is Service.TRANSFORM
        asked = verified(request)
        assert asked.request_id == request_id
        self.asked.append(asked)
        return self.answer or PreCommandReady(transform(asked, now=NOW))


def verified(document: bytes) -> Request:
    """The request, if the SRP's own XML key has signed it."""
    root = safexml.parse(document)
    claim = xmlsig.read_signature(root)
    assert claim.serial == SRP.serial
    return parse_request(xmlsig.verify(root, claim, SRP.key.public_key()).root)


def builder(dsp: Dsp) -> AttemptBuilder:
    return AttemptBuilder(
        gateway=dsp,
        signer=XmlSigner(SRP.eui64, LocalKey(SRP.key), ISSUER, SRP.serial),
        supplier_keys={SUPPLIER.eui64: LocalKey(SUPPLIER_KEY)},
        agreed=agreed_service(shipped_policy()),
        schema_version=VERSION,
    )


@pytest.mark.requirement("D6", "decision-3")
@pytest.mark.parametrize("device", [ESME, GSME])
@pytest.mark.parametrize(
    ("local", "variant"),
    [(False, CommandVariant.SIGNED_COMMAND), (True, CommandVariant.SIGNED_LOCAL_COMMAND)],
)
async def test_a_smets2_meter_gets_the_pre_command_that_was_asked_for_signed(
    device: PortfolioDevice, local: bool, variant: CommandVariant
) -> None:
    dsp = Dsp()
    signed = await builder(dsp).build(device, REQUEST_ID, local=local)
    assert isinstance(signed, bytes)
    (asked,) = dsp.asked
    safe = SAFE_ELECTRICITY if device is ESME else SAFE_GAS
    assert asked.command_variant is CommandVariant.TRANSFORM
    assert asked.body == UpdatePrepayConfiguration(None, safe)
    request = verified(signed)
    assert (request.request_id, request.command_variant) == (REQUEST_ID, variant)
    assert (request.service_reference, request.service_reference_variant) == ("2.1", "2.1")
    assert isinstance(request.body, SignedPreCommand)
    assert request.body.execution is None
    verify_signature(request.body.gbcs_payload, SUPPLIER_KEY.public_key())


@pytest.mark.requirement("decision-11")
async def test_a_smets1_meter_gets_the_service_request_itself() -> None:
    dsp = Dsp()
    signed = await builder(dsp).build(SMETS1, REQUEST_ID, local=False)
    assert isinstance(signed, bytes)
    request = verified(signed)
    assert request.command_variant is CommandVariant.COMMAND
    assert request.body == UpdatePrepayConfiguration(None, SAFE_ELECTRICITY)
    assert dsp.asked == []


@pytest.mark.requirement("R5", refuses=True)
@pytest.mark.parametrize(
    ("came", "field"),
    [
        (pre_command(OTHER_REQUEST), "originator counter"),
        (pre_command(fuel=Fuel.GAS), "use case"),
        (b"\x00\x01", "not what was asked for"),
    ],
)
async def test_another_pre_command_is_not_signed(came: bytes, field: str) -> None:
    with pytest.raises(NotWhatWasAsked, match=field):
        await builder(Dsp(PreCommandReady(came))).build(ESME, REQUEST_ID, local=False)


@pytest.mark.requirement("R5", refuses=True)
async def test_a_pre_command_with_one_other_amount_is_not_signed() -> None:
    class Subtle(Dsp):
        async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
            asked = verified(request)
            assert isinstance(asked.body, UpdatePrepayConfiguration)
            other = replace(SAFE_ELECTRICITY, emergency_credit_limit=MilliPence(99_99999))
            changed = replace(asked, body=replace(asked.body, configuration=other))
            return PreCommandReady(transform(changed, now=NOW))

    with pytest.raises(NotWhatWasAsked, match="emergency_credit_limit"):
        await builder(Subtle()).build(ESME, REQUEST_ID, local=False)


async def test_a_refusal_of_transform_is_passed_on_and_other_answers_are_not_taken() -> None:
    declined = Declined("E2", "not eligible")
    assert await builder(Dsp(declined)).build(ESME, REQUEST_ID, local=False) == declined
    with pytest.raises(NotWhatWasAsked, match="without a Pre-Command"):
        await builder(Dsp(Accepted())).build(ESME, REQUEST_ID, local=False)


async def test_a_dsp_out_of_reach_is_the_callers_to_wait_for() -> None:
    class Away(Dsp):
        async def call(self, service: Service, request_id: RequestId, request: bytes) -> Answer:
            raise GatewayUnavailable("away")

    with pytest.raises(GatewayUnavailable):
        await builder(Away()).build(ESME, REQUEST_ID, local=False)


async def test_a_supplier_whose_key_is_not_held() -> None:
    device = replace(ESME, supplier_id=Eui64(b"nobody's"))
    request_id = replace(REQUEST_ID, originator=device.supplier_id)
    with pytest.raises(StayonError, match="no digital signing key of supplier"):
        await builder(Dsp()).build(device, request_id, local=False)
