"""The agreed payment mode on the wire: it passes, whatever else there is does not."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.fixed_format import NotFixedFormat
from stayon.gbcs.fixed_payment_mode import FixedPaymentMode
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.gbz import GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.payment_mode import encode_payment_mode, encode_payment_mode_success
from stayon.gbcs.payment_mode_outcome import decode_payment_mode_outcome
from stayon.gbcs.prepayment_activation import Activation, At, Immediate

pytestmark = pytest.mark.requirement("decision 13", "R5")

REQUEST_ID = RequestId(Eui64(bytes(8)), Eui64(bytes(range(8))), 1005)
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
IMMEDIATE = Immediate()
modes = st.just(CreditMode()) | st.builds(
    PrepaymentMode, st.booleans(), st.booleans(), st.integers(-(2**31), 2**31 - 1).map(MilliPence)
)
both = pytest.mark.parametrize("fuel", Fuel)


def frame_of(
    mode: PaymentMode, fuel: Fuel, activation: Activation = IMMEDIATE, *, twin: bool = False
) -> Frame:
    made = encode_payment_mode(REQUEST_ID, mode, fuel, activation, NOW, twin_element=twin)
    return parse_frame(made)


@given(modes, st.sampled_from(Fuel))
def test_any_mode_matches_its_own_format(mode: PaymentMode, fuel: Fuel) -> None:
    match = FixedPaymentMode.for_mode(mode, fuel).match(frame_of(mode, fuel))
    assert match.issuer_event_time == (NOW if fuel is Fuel.GAS else None)


@given(modes, modes, st.sampled_from(Fuel))
def test_no_other_mode_does(mode: PaymentMode, other: PaymentMode, fuel: Fuel) -> None:
    if mode != other:
        with pytest.raises(NotFixedFormat):
            FixedPaymentMode.for_mode(mode, fuel).match(frame_of(other, fuel))


@pytest.mark.requirement("decision 13", "R5", refuses=True)
@both
def test_what_else_may_differ(fuel: Fuel) -> None:
    fixed, agreed = FixedPaymentMode.for_mode(CreditMode(), fuel), frame_of(CreditMode(), fuel)
    other = Fuel.ELECTRICITY if fuel is Fuel.GAS else Fuel.GAS
    more = OtherInformation(agreed.message_code, supplementary_party=REQUEST_ID.originator)
    for frame, field in (
        (frame_of(CreditMode(), other), "message code"),
        (frame_of(CreditMode(), fuel, At(datetime(2030, 1, 1, tzinfo=UTC))), "activation"),
        (replace(agreed, cra=Cra.RESPONSE), "message code"),
        (replace(agreed, date_time=CosemDateTime.from_instant(NOW)), "date-time"),
        (replace(agreed, other_information=more), "other information"),
        (replace(agreed, content=agreed.content[:-1]), ""),
    ):
        with pytest.raises(NotFixedFormat) as caught:
            fixed.match(frame)
        assert field in caught.value.field


@pytest.mark.requirement("decision 13", "R5", refuses=True)
def test_a_command_for_two_elements_is_another() -> None:
    fixed = FixedPaymentMode.for_mode(CreditMode(), Fuel.ELECTRICITY)
    with pytest.raises(NotFixedFormat, match="second element"):
        fixed.match(frame_of(CreditMode(), Fuel.ELECTRICITY, twin=True))


@both
def test_a_threshold_that_does_not_fit_is_refused(fuel: Fuel) -> None:
    with pytest.raises(FieldError, match="DisablementThreshold"):
        FixedPaymentMode.for_mode(PrepaymentMode(True, True, MilliPence(2**31)), fuel)


def response(mode: PaymentMode, fuel: Fuel) -> Frame:
    command = frame_of(mode, fuel)
    content = encode_payment_mode_success(command, (1, 2))
    return replace(command, cra=Cra.RESPONSE, content=content)


@pytest.mark.requirement("decision 13", "decision-15")
def test_every_item_of_an_answer_is_named() -> None:
    mode = PrepaymentMode(True, False, MilliPence(0))
    good = response(mode, Fuel.ELECTRICITY)
    assert decode_payment_mode_outcome(good).succeeded
    failed = bytearray(good.content)
    failed[-3], failed[-1] = 1, 250
    outcome = decode_payment_mode_outcome(replace(good, content=bytes(failed)))
    assert [item.code for item in outcome.items] == [0, 0, 0, 1, 250]
    assert [item.attempted for item in outcome.items] == [True] * 4 + [False]
    assert not outcome.succeeded
    gas = response(mode, Fuel.GAS)
    assert decode_payment_mode_outcome(gas).succeeded
    no = replace(gas, content=bytes.fromhex("010901010705000508000B06C0"))
    (item,) = decode_payment_mode_outcome(no).items
    assert (item.parameter, item.success, item.code) == ("payment mode", False, 0xC0)


@pytest.mark.requirement("decision 13", "decision-15", refuses=True)
def test_two_answers_are_none() -> None:
    answer = response(CreditMode(), Fuel.GAS)
    (component,) = decode_gbz(answer.content).components
    twice = encode_gbz(GbzMessage((component, component)))
    with pytest.raises(GbcsError, match="not one answer"):
        decode_payment_mode_outcome(replace(answer, content=twice))


@pytest.mark.requirement("decision 13", "decision-15", refuses=True)
@pytest.mark.parametrize(
    ("fuel", "octets", "rule"),
    [
        (Fuel.ELECTRICITY, "DA200003EE00000300000003020002000200", "originator counter"),
        (Fuel.ELECTRICITY, "DA200003ED00000200000202000200", "not 3"),
        (Fuel.ELECTRICITY, "DA200003ED00000300000003010001000100", "setting an attribute"),
        (Fuel.GAS, "010901010705000508000B0600", "Change Payment Mode"),
        (Fuel.GAS, "010901010707000508000B06C0", "Change Payment Mode"),
    ],
)
def test_an_answer_to_something_else_is_none(fuel: Fuel, octets: str, rule: str) -> None:
    frame = replace(response(CreditMode(), fuel), content=bytes.fromhex(octets))
    with pytest.raises(GbcsError, match=rule):
        decode_payment_mode_outcome(frame)
