"""Responses and alerts say which parameter of a prepayment command they speak of."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.reference import needs_shared, rtds, rtds_files
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel
from stayon.domain.request_id import RequestId
from stayon.gbcs.access import decode_access_response, encode_access_response
from stayon.gbcs.alerts import DlmsOutcome, GbzOutcome, decode_dlms_alert, decode_gbz_alert
from stayon.gbcs.cosem import Unsigned
from stayon.gbcs.cosem_date_time import IMMEDIATELY, CosemDateTime
from stayon.gbcs.device_alerts import (
    AlertHeader,
    FutureDatedOutcome,
    decode_future_dated_alert,
    encode_future_dated_alert,
    encode_generic_alert,
)
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame, parse_frame
from stayon.gbcs.gbz import GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.outcomes import CommandOutcome, decode_outcome, encode_outcome
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.gbcs.prepayment_parameters import activations, parameter_of
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_foundation import DefaultResponse

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
METER, SUPPLIER = Eui64(b"the mtr."), Eui64(b"supplier")


def command(use_case: UseCase, weeks: int = 1) -> Frame:
    calendar = SAFE_GAS.calendar
    gas = replace(
        SAFE_GAS, calendar=replace(calendar, week_profiles=calendar.week_profiles * weeks)
    )
    pre_command = encode_pre_command(
        RequestId(SUPPLIER, METER, 0x9_8765_4321),
        gas if use_case is UseCase.GCS05 else SAFE_ELECTRICITY,
        activation=Immediate(),
        use_case=use_case,
        now=NOW,
    )
    return parse_frame(pre_command)


def response(to: Frame, content: bytes) -> Frame:
    return replace(
        to, cra=Cra.RESPONSE, originator=to.recipient, recipient=to.originator, content=content
    )


def outcome_of(use_case: UseCase, failed: int | None, weeks: int = 1) -> CommandOutcome:
    sent = command(use_case, weeks)
    return decode_outcome(response(sent, encode_outcome(sent, failed)))


@pytest.mark.parametrize(("use_case", "count"), [(UseCase.ECS08A, 18), (UseCase.GCS05, 9)])
def test_success(use_case: UseCase, count: int) -> None:
    outcome = outcome_of(use_case, None)
    assert outcome.succeeded
    assert outcome.use_case is use_case
    assert len(outcome.items) == count
    assert all(
        (item.success, item.code, item.attempted) == (True, 0, True) for item in outcome.items
    )


@settings(max_examples=18)
@given(st.integers(1, 18))
def test_electricity_failure(failed: int) -> None:
    outcome = outcome_of(UseCase.ECS08, failed)
    assert not outcome.succeeded
    codes = [item.code for item in outcome.items]
    assert codes == [0] * (failed - 1) + [1] + [250] * (18 - failed)
    assert [item.attempted for item in outcome.items] == [True] * failed + [False] * (18 - failed)


def test_electricity_names() -> None:
    names = [item.parameter for item in outcome_of(UseCase.ECS08A, None).items]
    assert names[0] == "special_days"
    assert names[2] == "max_credit_threshold"
    assert names[8] == "activation of special_days"
    assert names[17] == "activation of schedule"
    assert len(set(names)) == 18


def test_gas_names() -> None:
    assert [item.parameter for item in outcome_of(UseCase.GCS05, None, weeks=2).items] == [
        "emergency_credit",
        "debt_recovery_rate_cap",
        "low_credit_threshold",
        "max_meter_balance_and_credit",
        "calendar",
        "day profile 1",
        "week profile 1",
        "week profile 2",
        "seasons",
        "special_days",
    ]


def test_gas_failure() -> None:
    outcome = outcome_of(UseCase.GCS05, 5)
    assert [(item.code, item.attempted) for item in outcome.items] == [
        *[(0x00, True)] * 4,
        (0xC0, True),
        *[(0x01, False)] * 4,
    ]
    names = [item.parameter for item in outcome.items]
    assert names[5:] == [
        "day or week profile 1",
        "day or week profile 2",
        "seasons",
        "special_days",
    ]
    assert not outcome.succeeded


@needs_shared
def test_reference_responses() -> None:
    read = 0
    for path in rtds_files():
        if path.name[:6] not in {"ECS08_", "ECS08a", "GCS05_"} or "_RESPONSE_" not in path.name:
            continue
        answer = parse_frame(bytes.fromhex(path.read_text()))
        outcome = decode_outcome(answer)
        assert outcome.succeeded == ("_SUCCESS_" in path.name)
        failed = [item for item in outcome.items if item.attempted and not item.success]
        number = outcome.items.index(failed[0]) + 1 if failed else None
        sent = rtds(path.name.replace("_RESPONSE_", "_COMMAND_").removesuffix("_GBCS.HEX"))
        assert encode_outcome(parse_frame(sent), number) == answer.content
        read += 1
    assert read >= 4


@needs_shared
def test_a_reference_error_names_the_parameter() -> None:
    outcome = decode_outcome(parse_frame(rtds("ECS08a_2.1_IMMEDIATE_ERROR_RESPONSE")))
    failed = [item.parameter for item in outcome.items if not item.success]
    assert failed == ["activation of emergency_credit_threshold", "activation of schedule"]


@pytest.mark.parametrize("failed", [0, 19, -1])
def test_there_is_no_such_item(failed: int) -> None:
    with pytest.raises(GbcsError, match="failed item"):
        encode_outcome(command(UseCase.ECS08A), failed)


def test_only_responses_of_the_three_use_cases() -> None:
    sent = command(UseCase.ECS08A)
    with pytest.raises(GbcsError, match="CRA flag"):
        decode_outcome(sent)
    other = replace(sent, other_information=OtherInformation(0x001B))
    for use in (decode_outcome, encode_outcome):
        with pytest.raises(GbcsError, match="message code"):
            use(other)


def electricity_answer(**changes: Any) -> Frame:
    sent = command(UseCase.ECS08A)
    answer = decode_access_response(encode_outcome(sent))
    return response(sent, encode_access_response(replace(answer, **changes)))


def test_electricity_answers_that_are_not_ours() -> None:
    sent = command(UseCase.ECS08A)
    items = decode_access_response(encode_outcome(sent)).items
    for changes, field in (
        ({"invoke_id": 0x20000001}, "invoke id"),
        ({"date_time": IMMEDIATELY}, "access response"),
        ({"specifications": ()}, "access response"),
        ({"items": items[:17]}, "result count"),
        ({"items": (items[0]._replace(data=Unsigned(1)), *items[1:])}, "special_days"),
    ):
        with pytest.raises(GbcsError) as error:
            decode_outcome(electricity_answer(**changes))
        assert error.value.field == field


def gas_answer(index: int, **changes: Any) -> Frame:
    """A success in which one component's frame, or its answer, is changed."""
    sent = command(UseCase.GCS05)
    components = list(decode_gbz(encode_outcome(sent)).components)
    component = components[index]
    body: Any = component.body
    answer = {n: changes.pop(n) for n in ("command_id", "status") if n in changes}
    body = replace(body, command=replace(body.command, **answer))
    frame = {n: changes.pop(n) for n in ("control", "sequence", "command") if n in changes}
    components[index] = replace(component, body=replace(body, **frame), **changes)
    return response(sent, encode_gbz(GbzMessage(tuple(components))))


@pytest.mark.parametrize(
    ("index", "changes"),
    [
        (0, {"cluster": 0x0702}),
        (0, {"control": 0x00}),
        (1, {"sequence": 0}),
        (0, {"from_date_time": 0}),
        (0, {"command_id": 0x0C}),
        (0, {"command_id": 0xFF}),
        (5, {"command_id": 0x04}),
        (7, {"cluster": 0x0705, "control": 0x08}),
    ],
)
def test_gas_answers_that_are_not_ours(index: int, changes: dict[str, Any]) -> None:
    with pytest.raises(GbcsError, match=r"^component"):
        decode_outcome(gas_answer(index, **changes))


def test_gas_answers_of_another_length() -> None:
    sent = command(UseCase.GCS05)
    components = decode_gbz(encode_outcome(sent)).components
    for chosen in (components[:8], components[:4]):
        with pytest.raises(GbcsError, match="component count"):
            decode_outcome(response(sent, encode_gbz(GbzMessage(chosen))))


def test_commands_are_not_answers() -> None:
    sent = command(UseCase.GCS05)
    with pytest.raises(GbcsError, match="component 1"):
        decode_outcome(response(sent, sent.content))


def test_only_components_of_gcs05_are_answered() -> None:
    sent = command(UseCase.GCS05)
    first, *others = decode_gbz(sent.content).components
    body = ZclFrame(0x00, 0, DefaultResponse(0, 0))
    strange = encode_gbz(GbzMessage((replace(first, cluster=0x0700, body=body), *others)))
    with pytest.raises(GbcsError, match="component 1"):
        encode_outcome(replace(sent, content=strange))


def unsigned(message: bytes) -> Frame:
    return parse_frame(message, may_be_unsigned=True)


HEADER = AlertHeader(METER, SUPPLIER, 0x7_0000_0009)


@pytest.mark.parametrize("success", [True, False])
@pytest.mark.parametrize("use_case", UseCase)
def test_future_dated_alerts_round_trip(use_case: UseCase, success: bool) -> None:
    for parameter in activations(use_case):
        outcome = FutureDatedOutcome(use_case, 2**40 + 1, parameter, success, NOW)
        frame = unsigned(encode_future_dated_alert(HEADER, outcome))
        assert decode_future_dated_alert(frame) == outcome
        assert (frame.originator, frame.recipient, frame.counter) == (
            METER, SUPPLIER, HEADER.counter,
        )  # fmt: skip


def test_how_many_activations_there_are() -> None:
    assert [len(activations(use_case)) for use_case in UseCase] == [9, 9, 6]


@needs_shared
def test_reference_alerts() -> None:
    read = 0
    for path in rtds_files():
        if path.name[:6] not in {"ECS08_", "ECS08a", "GCS05_"} or "_8F66_" not in path.name:
            continue
        octets = bytes.fromhex(path.read_text())
        frame = parse_frame(octets)
        outcome = decode_future_dated_alert(frame)
        assert outcome.success
        assert outcome.at == datetime(2030, 1, 15, 9, tzinfo=UTC)
        header = AlertHeader(frame.originator, frame.recipient, frame.counter)
        alert = encode_future_dated_alert(header, outcome)
        assert octets[: len(alert)] == alert
        assert len(octets) == len(alert) + 65
        read += 1
    assert read >= 9


@needs_shared
@pytest.mark.parametrize(
    ("name", "fuel"), [("GCA-DLMS", Fuel.ELECTRICITY), ("GCA-ZigBee", Fuel.GAS)]
)
def test_reference_generic_alerts(name: str, fuel: Fuel) -> None:
    octets = rtds(f"{name}_NA_8F30_ALERT")
    frame = parse_frame(octets)
    header = AlertHeader(frame.originator, frame.recipient, frame.counter)
    alert = encode_generic_alert(header, fuel, 0x8F30, datetime(2015, 1, 1, tzinfo=UTC))
    assert octets[: len(alert)] == alert
    assert len(octets) == len(alert) + 65


@pytest.mark.requirement("R7")
@pytest.mark.parametrize("code", [0x8F1F, 0x8F3F, 0x8F73, 0x8F74, 0x8F75, 0x8F76, 0x8F78, 0x8F1D])
def test_safety_critical_alerts(code: int) -> None:
    frame = unsigned(encode_generic_alert(HEADER, Fuel.ELECTRICITY, code, NOW))
    electricity = decode_dlms_alert(frame.content)
    assert (frame.message_code, electricity.code, electricity.content) == (0x1000, code, ())
    assert electricity.timestamp.instant() == NOW
    frame = unsigned(encode_generic_alert(HEADER, Fuel.GAS, code, NOW))
    gas = decode_gbz_alert(frame.content)
    assert (frame.message_code, gas.code, gas.content) == (0x1000, code, b"")


def test_a_gas_meter_tells_whole_seconds() -> None:
    with pytest.raises(FieldError, match="alert time"):
        encode_generic_alert(HEADER, Fuel.GAS, 0x8F1D, NOW + timedelta(milliseconds=1))


def test_alerts_that_are_not_about_an_activation() -> None:
    frame = unsigned(encode_generic_alert(HEADER, Fuel.GAS, 0x8F1D, NOW))
    with pytest.raises(GbcsError, match="message code"):
        decode_future_dated_alert(frame)
    with pytest.raises(GbcsError, match="no outcome"):
        decode_future_dated_alert(replace(frame, other_information=OtherInformation(0x00CD)))
    with pytest.raises(GbcsError, match="CRA flag"):
        decode_future_dated_alert(replace(frame, cra=Cra.COMMAND))


def test_an_alert_needs_an_instant() -> None:
    outcome = FutureDatedOutcome(UseCase.ECS08A, 1, "schedule", success=True, at=NOW)
    frame = unsigned(encode_future_dated_alert(HEADER, outcome))
    at = bytes.fromhex("07EA0B14FF121E0000")
    assert frame.content.count(at) == 1
    spoiled = frame.content.replace(at, b"\xff" * 9)
    with pytest.raises(GbcsError, match="alert time"):
        decode_future_dated_alert(replace(frame, content=spoiled))
    assert CosemDateTime.from_instant(NOW).instant() == NOW


@pytest.mark.parametrize(
    "content",
    [
        DlmsOutcome(0x00DE, 1, 9000, bytes.fromhex("00005E2C0214"), 4),
        DlmsOutcome(0x006F, 1, 9000, bytes.fromhex("00005E2C0214"), 6),
        GbzOutcome(0x006F, 1, 0x0707, 0x01, 0x03),
        GbzOutcome(0x00DE, 1, 0x0707, 0x01, 0x04),
        GbzOutcome(0x006D, 1, 0x0705, 0x01, 0x06),
    ],
)
def test_outcomes_of_something_else(content: DlmsOutcome | GbzOutcome) -> None:
    with pytest.raises(GbcsError):
        parameter_of(content)


def test_a_parameter_without_an_activation_time() -> None:
    for use_case in UseCase:
        outcome = FutureDatedOutcome(use_case, 1, "seasons", success=True, at=NOW)
        with pytest.raises(GbcsError, match="parameter"):
            encode_future_dated_alert(HEADER, outcome)
