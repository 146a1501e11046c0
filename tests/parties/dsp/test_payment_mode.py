"""Service Request 1.6 at the DSP: suppliers have it, the contingency role not (decision 13)."""

from dataclasses import replace

import pytest
from tests.parties.dsp.cos import meter
from tests.parties.dsp.southbound_messages import bring
from tests.parties.dsp.world import (
    ESME,
    NOW,
    SRP_XML,
    SUPPLIER_GBCS,
    SUPPLIER_URL,
    SUPPLIER_XML,
    DspWorld,
    key_of,
    request,
    signed,
)

from stayon.domain.eui64 import Eui64
from stayon.domain.payment_mode import CreditMode
from stayon.duis.bodies import SignedPreCommand, UpdatePaymentMode
from stayon.duis.response import DeviceResponse, PreCommand, ServiceResponse
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.payment_mode_outcome import payment_mode_was_set
from stayon.gbcs.protection import sign
from stayon.smki_profile import RemotePartyRole


def asked(
    body: UpdatePaymentMode | SignedPreCommand,
    variant: int,
    by: tuple[Eui64, RemotePartyRole] = SUPPLIER_XML,
) -> bytes:
    plain = request(body, variant, ESME, 9)
    return signed(replace(plain, service_reference="1.6", service_reference_variant="1.6"), by)


@pytest.mark.requirement("D15", "decision 13")
async def test_a_supplier_changes_the_payment_mode_of_its_meter(calm: DspWorld) -> None:
    wish = UpdatePaymentMode(None, CreditMode())
    answer = await calm.send(asked(wish, 4), "T")
    assert isinstance(answer.body, ServiceResponse)
    assert isinstance(answer.body.content, PreCommand)
    payload = sign(answer.body.content.gbcs_payload, key_of(*SUPPLIER_GBCS))
    assert (await calm.send(asked(SignedPreCommand(None, payload), 5))).code == "I99"
    esme = meter()
    (response,) = esme.execute(calm.carrier.taken[0].message, NOW)
    assert esme.prepayment.account.credit_mode
    await bring(calm, response)
    (told,) = calm.delivered(SUPPLIER_URL)
    assert isinstance(told.body, ServiceResponse)
    assert isinstance(told.body.content, DeviceResponse)
    assert payment_mode_was_set(parse_frame(told.body.content.gbcs_payload))


@pytest.mark.requirement("decision 13", "R3", refuses=True)
async def test_the_contingency_role_does_not_have_it(failed: DspWorld) -> None:
    wish = UpdatePaymentMode(None, CreditMode())
    assert (await failed.send(asked(wish, 4, SRP_XML), "T")).code == "E2"
