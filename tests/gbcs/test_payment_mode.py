"""Update Payment Mode: every reference message both ways, and from the DUIS templates."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import SHARED, needs_shared, rtds, rtds_files

from stayon import safexml
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import ZIGBEE_EPOCH
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdatePaymentMode
from stayon.duis.errors import DuisError
from stayon.duis.request import CommandVariant, Request, parse_request
from stayon.duis.transform import transform
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, parse_frame
from stayon.gbcs.payment_mode import (
    decode_payment_mode,
    encode_payment_mode,
    encode_payment_mode_success,
)
from stayon.gbcs.payment_mode_outcome import payment_mode_was_set
from stayon.gbcs.prepayment_activation import At, Cancel, Immediate

REQUEST_ID = RequestId(Eui64(bytes(8)), Eui64(bytes(range(8))), 1005)
NOW = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)
ISSUED = ZIGBEE_EPOCH + timedelta(seconds=0x1C374A80)
modes = st.just(CreditMode()) | st.builds(
    PrepaymentMode, st.booleans(), st.booleans(), st.integers(-(2**31), 2**31 - 1).map(MilliPence)
)


@given(
    modes,
    st.sampled_from(Fuel),
    st.sampled_from((Immediate(), Cancel(), At(datetime(2030, 1, 15, 9, tzinfo=UTC)))),
    st.booleans(),
)
def test_a_command_comes_back(
    mode: PaymentMode, fuel: Fuel, activation: Immediate | At | Cancel, twin: bool
) -> None:
    octets = encode_payment_mode(REQUEST_ID, mode, fuel, activation, NOW, twin_element=twin)
    command = decode_payment_mode(parse_frame(octets))
    assert (command.mode, command.activation) == (mode, activation)
    assert command.twin_element == (twin and fuel is Fuel.ELECTRICITY)


@needs_shared
@pytest.mark.requirement("decision 13")
def test_every_reference_message() -> None:
    seen = {Cra.COMMAND: 0, Cra.RESPONSE: 0}
    for path in rtds_files():
        if "_1.6_" not in path.name or "ALERT" in path.name:
            continue
        octets = bytes.fromhex(path.read_text())
        frame = parse_frame(octets)
        seen[frame.cra] += 1
        if frame.cra is Cra.RESPONSE:
            assert payment_mode_was_set(frame) == ("ERROR" not in path.name), path.name
            continue
        command = decode_payment_mode(frame)
        fuel = Fuel.GAS if "_GCS" in str(path) or path.name.startswith("GCS") else Fuel.ELECTRICITY
        request_id = RequestId(frame.originator, frame.recipient, frame.counter)
        again = encode_payment_mode(
            request_id, command.mode, fuel, command.activation, ISSUED,
            twin_element=command.twin_element,
        )  # fmt: skip
        assert parse_frame(again).content == frame.content, path.name
        if "PRECOMMAND" in path.name:
            assert again == octets
    assert min(seen.values()) >= 10


@needs_shared
@pytest.mark.requirement("decision 13")
@pytest.mark.parametrize(
    ("name", "fuel"),
    [
        ("ECS02_1.6_IMMEDIATE_SINGLE_SUCCESS", Fuel.ELECTRICITY),
        ("ECS03_1.6_IMMEDIATE_SINGLE_SUCCESS", Fuel.ELECTRICITY),
        ("GCS02_1.6_IMMEDIATE_SUCCESS", Fuel.GAS),
        ("GCS02_1.6_FUTURE_DATED_SUCCESS", Fuel.GAS),
        ("GCS02_1.6_CANCELLATION_SUCCESS", Fuel.GAS),
    ],
)
def test_transform_makes_the_reference_pre_command(name: str, fuel: Fuel) -> None:
    document = (SHARED / "duis" / "requests" / f"{name}_REQUEST_DUIS.XML").read_bytes()
    request = parse_request(safexml.parse(document))
    assert transform(request, now=ISSUED, fuel=fuel) == rtds(f"{name}_PRECOMMAND")


@given(modes, st.sampled_from(Fuel))
def test_success_is_success(mode: PaymentMode, fuel: Fuel) -> None:
    frame = parse_frame(encode_payment_mode(REQUEST_ID, mode, fuel, Immediate(), NOW))
    content = encode_payment_mode_success(frame, (1000000, 200000))
    assert payment_mode_was_set(replace(frame, cra=Cra.RESPONSE, content=content))


@pytest.mark.requirement("decision 13", refuses=True)
@pytest.mark.parametrize("fuel", Fuel)
def test_what_nobody_can_ask_for_is_refused(fuel: Fuel) -> None:
    mode = PrepaymentMode(False, False, MilliPence(5))
    frame = parse_frame(encode_payment_mode(REQUEST_ID, mode, fuel, Immediate(), NOW))
    for position in range(len(frame.content)):
        octets = bytearray(frame.content)
        octets[position] ^= 0x40
        try:
            found = decode_payment_mode(replace(frame, content=bytes(octets)))
        except GbcsError:
            continue
        assert (found.mode, found.activation, found.issuer_event_time) != (
            mode,
            Immediate(),
            decode_payment_mode(frame).issuer_event_time,
        )
    with pytest.raises(GbcsError):
        decode_payment_mode(replace(frame, cra=Cra.RESPONSE))
    with pytest.raises(GbcsError):
        payment_mode_was_set(frame)


@pytest.mark.requirement("decision 13", refuses=True)
def test_a_use_case_holds_its_own_mode() -> None:
    plain = PrepaymentMode(False, False, MilliPence(5))
    wanted, other = (
        parse_frame(encode_payment_mode(REQUEST_ID, mode, Fuel.ELECTRICITY, Immediate(), NOW))
        for mode in (plain, CreditMode())
    )
    with pytest.raises(GbcsError, match="items"):
        decode_payment_mode(replace(wanted, content=other.content))
    text = wanted.content.replace(b"\x05\x00\x00\x00\x05", b"\x06\x00\x00\x00\x05")
    with pytest.raises(GbcsError, match="DisablementThreshold"):
        decode_payment_mode(replace(wanted, content=text))
    twelve = bytes((0x09, 12))
    position = other.content.rindex(twelve) + len(twelve)
    broken = other.content[:position] + b"\x07" + other.content[position + 1 :]
    with pytest.raises(GbcsError):
        decode_payment_mode(replace(other, content=broken))
    gas, credit = (
        parse_frame(encode_payment_mode(REQUEST_ID, mode, Fuel.GAS, Immediate(), NOW))
        for mode in (plain, CreditMode())
    )
    with pytest.raises(GbcsError, match="configuration"):
        decode_payment_mode(replace(gas, content=credit.content))
    read = bytes.fromhex("01090101070500050000000100")
    with pytest.raises(GbcsError, match="Change Payment Mode"):
        decode_payment_mode(replace(gas, content=read))


def test_a_payment_mode_without_a_fuel_is_not_transformed() -> None:
    body = UpdatePaymentMode(None, CreditMode())
    variant = CommandVariant.TRANSFORM
    request = Request("5.5", REQUEST_ID, variant, "1.6", "1.6", None, None, body)
    with pytest.raises(DuisError, match="fuel"):
        transform(request, now=NOW)
