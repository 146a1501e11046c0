"""Requirement R5 on the wire: the agreed set passes, whatever else there is does not."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from tests.gbcs.prepayment_commands import NOW, frame_of
from tests.gbcs.prepayment_strategies import counters, electricity, gas, gas_seconds
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import ZIGBEE_EPOCH
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import (
    ElectricityPrepaymentConfiguration,
    ElectricitySpecialDay,
    GasPrepaymentConfiguration,
    NonDisablement,
    SwitchTime,
)
from stayon.gbcs.cosem_date_time import CosemDateTime
from stayon.gbcs.fixed_format import FixedFormat, Match, NotFixedFormat
from stayon.gbcs.frame import Cra
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_configuration import (
    Activation,
    At,
    Cancel,
    Immediate,
    UseCase,
)

pytestmark = pytest.mark.requirement("R5", "D8")

ELECTRICITY = FixedFormat.for_configuration(SAFE_ELECTRICITY, UseCase.ECS08A)
GAS = FixedFormat.for_configuration(SAFE_GAS, UseCase.GCS05)


AGREED = {
    ELECTRICITY: frame_of(SAFE_ELECTRICITY, UseCase.ECS08A),
    GAS: frame_of(SAFE_GAS, UseCase.GCS05),
}


@settings(max_examples=25)
@given(electricity, counters)
def test_any_configuration_matches_its_own_format(
    configuration: ElectricityPrepaymentConfiguration, counter: int
) -> None:
    for use_case in (UseCase.ECS08, UseCase.ECS08A):
        fixed = FixedFormat.for_configuration(configuration, use_case)
        frame = frame_of(configuration, use_case, counter=counter)
        assert fixed.match(frame) == Match(None)
        with pytest.raises(NotFixedFormat, match="invocation id"):
            fixed.match(replace(frame, counter=counter ^ 1))


@settings(max_examples=25)
@given(gas, gas_seconds)
def test_any_gas_configuration_matches_its_own_format(
    configuration: GasPrepaymentConfiguration, seconds: int
) -> None:
    built = ZIGBEE_EPOCH + timedelta(seconds=seconds)
    fixed = FixedFormat.for_configuration(configuration, UseCase.GCS05)
    assert fixed.match(frame_of(configuration, UseCase.GCS05, now=built)) == Match(built)


@pytest.mark.parametrize("fixed", AGREED)
def test_no_octet_of_the_content_may_differ(fixed: FixedFormat) -> None:
    frame = AGREED[fixed]
    for position in range(len(frame.content)):
        content = bytearray(frame.content)
        content[position] ^= 0x01
        with pytest.raises(NotFixedFormat) as error:
            fixed.match(replace(frame, content=bytes(content)))
        assert error.value.field
        assert error.value.expected != error.value.found


@pytest.mark.parametrize("fixed", AGREED)
def test_nothing_may_be_missing_or_extra(fixed: FixedFormat) -> None:
    frame = AGREED[fixed]
    for content in (b"", frame.content[:8], frame.content[:-1], frame.content + b"\x00"):
        with pytest.raises(NotFixedFormat):
            fixed.match(replace(frame, content=content))


@pytest.mark.parametrize("fixed", AGREED)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"other_information": OtherInformation(UseCase.ECS08.value)}, "message code"),
        ({"cra": Cra.RESPONSE}, "CRA flag"),
        ({"date_time": CosemDateTime.from_instant(NOW)}, "date-time"),
    ],
)
def test_the_header_of_a_command(fixed: FixedFormat, changes: dict[str, Any], field: str) -> None:
    with pytest.raises(NotFixedFormat) as error:
        fixed.match(replace(AGREED[fixed], **changes))
    assert error.value.field == field


@pytest.mark.parametrize("fixed", AGREED)
def test_a_supplementary_party_is_more_than_agreed(fixed: FixedFormat) -> None:
    information = OtherInformation(fixed.use_case.value, Eui64(bytes(8)), 1)
    with pytest.raises(NotFixedFormat, match="other information"):
        fixed.match(replace(AGREED[fixed], other_information=information))


@pytest.mark.parametrize("fixed", AGREED)
@pytest.mark.parametrize("activation", [Cancel(), At(NOW + timedelta(days=1))])
def test_only_immediate(fixed: FixedFormat, activation: Activation) -> None:
    frame = frame_of(fixed.configuration, fixed.use_case, activation=activation)
    with pytest.raises(NotFixedFormat) as error:
        fixed.match(frame)
    assert error.value.field == "activation"
    assert error.value.expected == str(Immediate())


def test_every_issuer_event_time_is_one_value() -> None:
    frame = AGREED[GAS]
    event = int((NOW - ZIGBEE_EPOCH).total_seconds()).to_bytes(4, "little")
    places = [i for i in range(len(frame.content)) if frame.content[i : i + 4] == event]
    assert len(places) == 13
    for place in places:
        content = bytearray(frame.content)
        content[place] ^= 0x10
        with pytest.raises(NotFixedFormat, match=r"issuer_(event|calendar)_id"):
            GAS.match(replace(frame, content=bytes(content)))


def test_the_field_that_differs_is_named() -> None:
    calendar = SAFE_ELECTRICITY.calendar
    rows = list(calendar.schedule)
    rows[4] = replace(rows[4], script=NonDisablement.STOP)
    for changed, field, expected, found in (
        (
            replace(SAFE_ELECTRICITY, max_meter_balance=MilliPence(1)),
            "max_meter_balance",
            "50000000",
            "1",
        ),
        (
            replace(SAFE_ELECTRICITY, calendar=replace(calendar, schedule=tuple(rows))),
            "calendar.schedule[5].script",
            str(NonDisablement.START),
            str(NonDisablement.STOP),
        ),
    ):
        with pytest.raises(NotFixedFormat) as error:
            ELECTRICITY.match(frame_of(changed, UseCase.ECS08A))
        refused = error.value
        assert (refused.field, refused.expected, refused.found) == (field, expected, found)
        assert str(refused) == f"{field}: {found}; the agreed format has {expected}"


def test_a_list_of_another_length_is_named_as_a_whole() -> None:
    calendar = replace(SAFE_ELECTRICITY.calendar, schedule=SAFE_ELECTRICITY.calendar.schedule[:11])
    with pytest.raises(NotFixedFormat) as error:
        ELECTRICITY.match(frame_of(replace(SAFE_ELECTRICITY, calendar=calendar), UseCase.ECS08A))
    assert error.value.field == "calendar.schedule"
    day = replace(SAFE_GAS.calendar.special_days[0], day_id=2)
    gas_calendar = replace(SAFE_GAS.calendar, special_days=(day,))
    with pytest.raises(NotFixedFormat) as error:
        GAS.match(frame_of(replace(SAFE_GAS, calendar=gas_calendar), UseCase.GCS05))
    assert error.value.field == "calendar.special_days[1].day_id"


def test_the_two_electricity_use_cases_are_not_one() -> None:
    frame = frame_of(SAFE_ELECTRICITY, UseCase.ECS08)
    with pytest.raises(NotFixedFormat, match="message code: 001F"):
        ELECTRICITY.match(frame)
    disguised = replace(frame, other_information=OtherInformation(UseCase.ECS08A.value))
    with pytest.raises(NotFixedFormat, match="max_meter_balance"):
        ELECTRICITY.match(disguised)


def test_a_profile_that_does_not_fit_the_wire_has_no_format() -> None:
    action = replace(SAFE_GAS.calendar.day_profiles[0].actions[0], time=SwitchTime(24, 0))
    day = replace(SAFE_GAS.calendar.day_profiles[0], actions=(action,))
    calendar = replace(SAFE_GAS.calendar, day_profiles=(day,))
    with pytest.raises(FieldError, match="day profile 1"):
        FixedFormat.for_configuration(replace(SAFE_GAS, calendar=calendar), UseCase.GCS05)
    wildcard = ElectricitySpecialDay(1, SAFE_GAS.calendar.seasons[0].start)
    later = replace(SAFE_ELECTRICITY.calendar, special_days=(wildcard,) * 21)
    with pytest.raises(FieldError, match="special_days"):
        FixedFormat.for_configuration(replace(SAFE_ELECTRICITY, calendar=later), UseCase.ECS08A)
