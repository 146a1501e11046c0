"""Service Request 2.1 becomes a Pre-Command, and a Pre-Command is compared with the request."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.duis.samples import AT, DEVICE, REQUEST_ID, USER, example, request
from tests.reference import needs_shared, rtds
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.errors import FieldError
from stayon.domain.instants import CANCELLATION
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PrepaymentMode
from stayon.domain.prepayment import NonDisablement, PrepaymentConfiguration, SwitchTime
from stayon.domain.request_id import RequestId
from stayon.duis.correlate import (
    AgreedPreCommands,
    CorrelationError,
    correlate,
    correlate_payment_mode,
)
from stayon.duis.errors import DuisError
from stayon.duis.request import (
    CommandVariant,
    Request,
    UpdatePaymentMode,
    UpdatePrepayConfiguration,
    parse_request,
)
from stayon.duis.transform import transform
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.frame import NULL, Signature, encode_frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_configuration import Immediate, UseCase

SAFE: dict[Fuel, PrepaymentConfiguration] = {Fuel.ELECTRICITY: SAFE_ELECTRICITY, Fuel.GAS: SAFE_GAS}
RTDS_NOW = datetime(2015, 1, 1, tzinfo=UTC)


def asked(fuel: Fuel = Fuel.ELECTRICITY, execution: datetime | None = None) -> Request:
    body = UpdatePrepayConfiguration(execution, SAFE[fuel])
    return request(body, reference="2.1", variant=CommandVariant.TRANSFORM)


@needs_shared
@pytest.mark.parametrize(
    "name",
    [
        "ECS08a_2.1_IMMEDIATE_SUCCESS",
        "ECS08a_2.1_FUTURE_DATED_SUCCESS",
        "GCS05_2.1_IMMEDIATE_SUCCESS",
    ],
)
def test_examples_become_the_published_pre_commands(name: str) -> None:
    example_request = parse_request(example(name))
    pre_command = transform(example_request, now=RTDS_NOW)
    assert pre_command == rtds(f"{name}_PRECOMMAND")
    correlate(example_request, pre_command)


@needs_shared
def test_the_error_case_is_the_same_request_again() -> None:
    template = parse_request(example("ECS08a_2.1_IMMEDIATE_SUCCESS"))
    again = replace(template, request_id=replace(template.request_id, counter=1006))
    assert transform(again, now=RTDS_NOW) == rtds("ECS08a_2.1_IMMEDIATE_ERROR_PRECOMMAND")


def test_ecs08_differs_in_message_code_and_one_attribute() -> None:
    new = transform(asked(), now=AT)
    old = transform(asked(), now=AT, use_case=UseCase.ECS08)
    places = [n for n, (one, other) in enumerate(zip(old, new, strict=True)) if one != other]
    assert [(old[n], new[n]) for n in places] == [(0x00, 0x00)] * 0 + [(0x1F, 0xDE), (2, 4)]


def test_gas_is_gcs05_and_cancels_with_two_values() -> None:
    for use_case in (UseCase.ECS08, UseCase.ECS08A):
        frame = parse_frame(transform(asked(Fuel.GAS), now=AT, use_case=use_case))
        assert frame.message_code == 0x6F
    cancelled = transform(asked(Fuel.GAS, CANCELLATION), now=AT)
    assert cancelled.count(b"\xff\xff\xff\xff") >= 4
    assert cancelled.count(b"\xfe\xff\xff\xff") == 2


@given(
    st.sampled_from(Fuel),
    st.none() | st.just(CANCELLATION) | st.just(datetime(2030, 1, 15, 9, tzinfo=UTC)),
    st.sampled_from((UseCase.ECS08, UseCase.ECS08A)),
    st.integers(0, 2**64 - 1),
)
@settings(max_examples=50, deadline=None)
def test_what_is_transformed_correlates(
    fuel: Fuel, execution: datetime | None, use_case: UseCase, counter: int
) -> None:
    identity = replace(REQUEST_ID, counter=counter)
    original = replace(asked(fuel, execution), request_id=identity)
    came = correlate(original, transform(original, now=AT, use_case=use_case))
    assert came.configuration == SAFE[fuel]
    assert came.use_case is (use_case if fuel is Fuel.ELECTRICITY else UseCase.GCS05)


def test_other_services_are_not_transformed_here() -> None:
    with pytest.raises(DuisError, match=r"ServiceReference: 4\.13 is not 2\.1"):
        transform(request(), now=AT)
    with pytest.raises(CorrelationError, match=r"4\.13 is not 2\.1"):
        correlate(request(), transform(asked(), now=AT))


@pytest.mark.requirement("R5", refuses=True)
@pytest.mark.parametrize("time", [SwitchTime(0, 0, offset_minutes=60), SwitchTime(24, 0)])
def test_what_gbcs_cannot_carry_is_refused(time: SwitchTime) -> None:
    calendar = SAFE_ELECTRICITY.calendar
    row = replace(calendar.schedule[0], switch_time=time)
    odd = replace(SAFE_ELECTRICITY, calendar=replace(calendar, schedule=(row,)))
    with pytest.raises(FieldError):
        transform(replace(asked(), body=UpdatePrepayConfiguration(None, odd)), now=AT)


def differences(original: Request, pre_command: bytes) -> tuple[str, ...]:
    with pytest.raises(CorrelationError) as caught:
        correlate(original, pre_command)
    assert all(part in str(caught.value) for part in caught.value.differences)
    return caught.value.differences


@pytest.mark.requirement("D6", refuses=True)
def test_every_part_of_the_identity_counts() -> None:
    pre_command = transform(asked(), now=AT)
    other = RequestId.parse(f"{DEVICE}:{USER}:1004")
    assert differences(replace(asked(), request_id=other), pre_command) == (
        f"originator: asked for {DEVICE}, got {USER}",
        f"target: asked for {USER}, got {DEVICE}",
        "originator counter: asked for 1004, got 1003",
    )


def test_every_field_of_the_set_is_named() -> None:
    calendar = SAFE_ELECTRICITY.calendar
    third = replace(calendar.schedule[2], script=NonDisablement.STOP)
    schedule = (*calendar.schedule[:2], third, *calendar.schedule[3:])
    other = replace(
        SAFE_ELECTRICITY,
        max_meter_balance=MilliPence(5),
        calendar=replace(calendar, schedule=schedule),
    )
    pre_command = transform(asked(), now=AT)
    original = replace(asked(), body=UpdatePrepayConfiguration(CANCELLATION, other))
    found = differences(original, pre_command)
    assert [difference.split(":")[0] for difference in found] == [
        "configuration.calendar.schedule[3].script",
        "configuration.max_meter_balance",
        "activation",
    ]
    assert found[1] == "configuration.max_meter_balance: asked for 5, got 50000000"


def test_lists_of_other_lengths() -> None:
    calendar = SAFE_ELECTRICITY.calendar
    shorter = replace(SAFE_ELECTRICITY, calendar=replace(calendar, schedule=calendar.schedule[:5]))
    original = replace(asked(), body=UpdatePrepayConfiguration(None, shorter))
    assert differences(original, transform(asked(), now=AT)) == (
        "configuration.calendar.schedule: asked for 5 entries, got 12 entries",
    )


def test_another_fuel() -> None:
    assert differences(asked(Fuel.GAS), transform(asked(), now=AT)) == (
        "use case: ECS08A is not for gas",
    )
    assert differences(asked(), transform(asked(Fuel.GAS), now=AT)) == (
        "use case: GCS05 is not for electricity",
    )


def test_a_pre_command_carries_nothing_else() -> None:
    frame = parse_frame(transform(asked(), now=AT))
    extra = replace(
        frame,
        signature=Signature(bytes(64)),
        mac=bytes(12),
        date_time=CosemDateTime.from_instant(AT),
        other_information=OtherInformation(0xDE, REQUEST_ID.originator),
    )
    assert [one.split(":")[0] for one in differences(asked(), encode_frame(extra))] == [
        *("MAC", "signature", "date-time", "other information")
    ]
    null_signed = encode_frame(replace(frame, signature=NULL))
    assert correlate(asked(), null_signed).activation == Immediate()


@given(st.binary(max_size=40), st.integers(0, 900))
@settings(max_examples=100, deadline=None)
def test_anything_else_is_refused_in_words(octets: bytes, size: int) -> None:
    for pre_command in (octets, transform(asked(), now=AT)[:size]):
        assert differences(asked(), pre_command)


@pytest.mark.requirement("decision 13", "decision-3")
@pytest.mark.parametrize("fuel", Fuel)
def test_a_payment_mode_comes_back_as_it_was_asked_for(fuel: Fuel) -> None:
    wish = of_1_6()
    came = correlate_payment_mode(wish, transform(wish, now=AT, fuel=fuel), fuel)
    assert came.mode == CreditMode()


@pytest.mark.requirement("decision 13", "decision-3", refuses=True)
def test_another_payment_mode_is_not_signed() -> None:
    wish, fuel = of_1_6(), Fuel.ELECTRICITY
    other = replace(wish, body=UpdatePaymentMode(None, PrepaymentMode(True, True, MilliPence(1))))
    for came, words in (
        (transform(other, now=AT, fuel=fuel), "use case"),
        (transform(wish, now=AT, fuel=Fuel.GAS), "use case"),
        (b"\x00", "at offset"),
    ):
        with pytest.raises(CorrelationError, match=words):
            correlate_payment_mode(wish, came, fuel)
    with pytest.raises(CorrelationError, match=r"not 1\.6"):
        correlate_payment_mode(asked(), transform(asked(), now=AT), fuel)


def of_1_6() -> Request:
    body = UpdatePaymentMode(None, CreditMode())
    return replace(asked(), service_reference="1.6", service_reference_variant="1.6", body=body)


@pytest.mark.parametrize("fuel", Fuel)
def test_an_agreed_pre_command_is_known_by_its_octets(fuel: Fuel) -> None:
    request_of_it = asked(fuel)
    body = request_of_it.body
    assert isinstance(body, UpdatePrepayConfiguration)
    agreed, identity = AgreedPreCommands(body), request_of_it.request_id
    good = transform(request_of_it, now=AT)
    assert agreed.has(identity, good)
    assert not agreed.has(replace(identity, counter=identity.counter + 1), good)
    assert not agreed.has(replace(identity, target=identity.originator), good)
    assert not agreed.has(replace(identity, originator=identity.target), good)
    frame = parse_frame(good)
    for other in (
        replace(frame, signature=Signature(bytes(64))),
        replace(frame, content=frame.content[:-1] + bytes((frame.content[-1] ^ 1,))),
        replace(frame, other_information=OtherInformation(0x001F)),
        replace(frame, date_time=CosemDateTime.from_instant(AT.replace(microsecond=0))),
    ):
        assert not agreed.has(identity, encode_frame(other))
    assert not agreed.has(identity, b"no frame")
    later = AgreedPreCommands(replace(body, execution=AT))
    assert not later.has(identity, good)
