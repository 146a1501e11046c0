"""Configurations go to the wire and back; what does not fit is named; what is not ours, refused."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.gbcs.prepayment_commands import NOW, REQUEST, TOMORROW, frame_of
from tests.gbcs.prepayment_strategies import (
    counters,
    electricity,
    electricity_activations,
    gas,
    gas_activations,
    gas_seconds,
)
from tests.reference import needs_shared, rtds_files
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.domain.errors import FieldError
from stayon.domain.instants import CANCELLATION, ZIGBEE_EPOCH
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import (
    DatePattern,
    DayOfMonthRule,
    ElectricityPrepaymentConfiguration,
    ElectricitySpecialDay,
    GasPrepaymentConfiguration,
    GasSpecialDay,
    PrepaymentConfiguration,
    ScheduleDate,
    SwitchTime,
)
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, parse_frame
from stayon.gbcs.prepayment_configuration import (
    Activation,
    At,
    Cancel,
    Immediate,
    UseCase,
    activation_of,
    decode_configuration,
    encode_pre_command,
)


@settings(max_examples=60)
@given(
    electricity,
    st.sampled_from((UseCase.ECS08, UseCase.ECS08A)),
    electricity_activations,
    counters,
)
def test_electricity_round_trip(
    configuration: ElectricityPrepaymentConfiguration,
    use_case: UseCase,
    activation: Activation,
    counter: int,
) -> None:
    frame = frame_of(configuration, use_case, activation, counter=counter)
    assert (frame.cra, frame.counter) == (Cra.COMMAND, counter)
    assert (frame.originator, frame.recipient) == (REQUEST.originator, REQUEST.target)
    command = decode_configuration(frame)
    assert command.configuration == configuration
    assert command.activation == activation
    assert (command.use_case, command.issuer_event_time) == (use_case, None)
    assert command.invocation == counter & 0xFFFFFF


@settings(max_examples=60)
@given(gas, gas_activations, gas_seconds)
def test_gas_round_trip(
    configuration: GasPrepaymentConfiguration, activation: Activation, seconds: int
) -> None:
    now = ZIGBEE_EPOCH + timedelta(seconds=seconds)
    command = decode_configuration(frame_of(configuration, UseCase.GCS05, activation, now))
    assert command.configuration == configuration
    assert command.activation == activation
    assert (command.issuer_event_time, command.invocation) == (now, None)


def test_the_two_electricity_use_cases_differ_in_one_octet() -> None:
    old, new = (
        frame_of(SAFE_ELECTRICITY, use_case).content for use_case in (UseCase.ECS08, UseCase.ECS08A)
    )
    differing = [(a, b) for a, b in zip(old, new, strict=True) if a != b]
    assert differing == [(2, 4)]


@pytest.mark.parametrize(("use_case", "size"), [(UseCase.ECS08A, 939), (UseCase.GCS05, 276)])
def test_sizes_of_the_safe_profile(use_case: UseCase, size: int) -> None:
    configuration = SAFE_GAS if use_case is UseCase.GCS05 else SAFE_ELECTRICITY
    pre_command = encode_pre_command(
        REQUEST, configuration, activation=Immediate(), use_case=use_case, now=NOW
    )
    assert len(pre_command) == size


def test_gas_cancels_differently_in_its_two_clusters() -> None:
    content = frame_of(SAFE_GAS, UseCase.GCS05, Cancel()).content
    assert content.count(b"\xff\xff\xff\xff") == 4
    assert content.count(b"\xfe\xff\xff\xff") == 2
    at = frame_of(SAFE_GAS, UseCase.GCS05, TOMORROW).content
    seconds = int((TOMORROW.instant - ZIGBEE_EPOCH).total_seconds())
    assert at.count(seconds.to_bytes(4, "little")) == 5
    assert at.count(seconds.to_bytes(4, "big")) == 1


def test_electricity_activation_times() -> None:
    for activation, octets in (
        (Immediate(), bytes(9) + b"\x80\x00\xff"),
        (Cancel(), b"\xff" * 9 + b"\x80\x00\xff"),
        (TOMORROW, bytes.fromhex("07EA0B15FF060000008000FF")),
    ):
        content = frame_of(SAFE_ELECTRICITY, UseCase.ECS08A, activation).content
        assert content.count(b"\x09\x0c" + octets) == 9


def test_now_is_written_in_whole_seconds() -> None:
    command = decode_configuration(
        frame_of(SAFE_GAS, UseCase.GCS05, now=NOW + timedelta(milliseconds=999))
    )
    assert command.issuer_event_time == NOW


@needs_shared
def test_reference_pre_commands_are_rebuilt() -> None:
    rebuilt = 0
    for path in rtds_files():
        if path.name[:6] not in {"ECS08_", "ECS08a", "GCS05_"} or "_PRECOMMAND_" not in path.name:
            continue
        octets = bytes.fromhex(path.read_text())
        frame = parse_frame(octets)
        command = decode_configuration(frame)
        again = encode_pre_command(
            RequestId(frame.originator, frame.recipient, frame.counter),
            command.configuration,
            activation=command.activation,
            use_case=command.use_case,
            now=command.issuer_event_time or NOW,
        )
        assert again == octets, path.name
        rebuilt += 1
    assert rebuilt >= 4


def test_what_an_execution_time_means() -> None:
    assert activation_of(None) == Immediate()
    assert activation_of(CANCELLATION) == Cancel()
    assert activation_of(NOW) == At(NOW)
    with pytest.raises(FieldError, match="ExecutionDateTime"):
        activation_of(NOW.replace(tzinfo=None))
    with pytest.raises(FieldError, match="ExecutionDateTime"):
        At(NOW.astimezone(timezone(timedelta(hours=1))))
    with pytest.raises(FieldError, match="cancellation"):
        At(CANCELLATION)


def test_fuel_of_a_use_case() -> None:
    assert [use_case.fuel for use_case in UseCase] == [
        Fuel.ELECTRICITY,
        Fuel.ELECTRICITY,
        Fuel.GAS,
    ]


@pytest.mark.parametrize(
    ("configuration", "use_case"),
    [(SAFE_GAS, UseCase.ECS08A), (SAFE_GAS, UseCase.ECS08), (SAFE_ELECTRICITY, UseCase.GCS05)],
)
def test_the_wrong_fuel(configuration: PrepaymentConfiguration, use_case: UseCase) -> None:
    with pytest.raises(FieldError, match="configuration: is not of the fuel"):
        frame_of(configuration, use_case)


def electricity_with(**changes: Any) -> ElectricityPrepaymentConfiguration:
    """The safe set with fields of it, of its calendar or of its second row changed."""
    calendar = SAFE_ELECTRICITY.calendar
    row = calendar.schedule[1]
    for name in ("switch_time", "start", "end"):
        if name in changes:
            row = replace(row, **{name: changes.pop(name)})
    if "row_special_days" in changes:
        row = replace(row, special_days=changes.pop("row_special_days"))
    schedule = changes.pop("schedule", (calendar.schedule[0], row))
    days = changes.pop("special_days", ())
    calendar = replace(calendar, schedule=schedule, special_days=days)
    return replace(SAFE_ELECTRICITY, calendar=calendar, **changes)


def special_day(**changes: Any) -> tuple[ElectricitySpecialDay, ...]:
    date = replace(DatePattern(None, None, None, None), **changes)
    return (ElectricitySpecialDay(1, date),)


ROW = SAFE_ELECTRICITY.calendar.schedule[0]
ANY_DATE = DatePattern(None, None, None, None)


@pytest.mark.requirement("R5", "D8", refuses=True)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"debt_recovery_rate_cap": -1}, "debt_recovery_rate_cap"),
        ({"debt_recovery_rate_cap": 65536}, "debt_recovery_rate_cap"),
        ({"emergency_credit_limit": 2**31}, "emergency_credit_limit"),
        ({"emergency_credit_threshold": -(2**31) - 1}, "emergency_credit_threshold"),
        ({"low_credit_threshold": 2**31}, "low_credit_threshold"),
        ({"max_meter_balance": 2**31}, "max_meter_balance"),
        ({"max_credit_threshold": 2**31}, "max_credit_threshold"),
        ({"start": ScheduleDate(65536, 1, 1)}, "schedule row 2 start year"),
        ({"start": ScheduleDate(-1, 1, 1)}, "schedule row 2 start year"),
        ({"end": ScheduleDate(2026, 13, 1)}, "schedule row 2 end month"),
        ({"end": ScheduleDate(2026, 1, 32)}, "schedule row 2 end day"),
        ({"end": ScheduleDate(2026, 1, 1, 60)}, "schedule row 2 end"),
        ({"end": ScheduleDate(2026, 1, 1, None)}, "schedule row 2 end"),
        ({"switch_time": SwitchTime(24, 0)}, "schedule row 2 switch_time.hour"),
        ({"switch_time": SwitchTime(0, 60)}, "schedule row 2 switch_time.minute"),
        ({"switch_time": SwitchTime(0, 0, 60)}, "schedule row 2 switch_time.second"),
        ({"switch_time": SwitchTime(0, 0, 0, 100)}, "schedule row 2 switch_time.hundredths"),
        ({"switch_time": SwitchTime(0, 0, 0, 0, -60)}, "schedule row 2 switch_time"),
        ({"switch_time": SwitchTime(0, 0, 0, 0, None)}, "schedule row 2 switch_time"),
        ({"row_special_days": frozenset({1})}, "schedule row 2 special_days"),
        ({"schedule": ()}, "schedule"),
        ({"schedule": (ROW,) * 23}, "schedule"),
        ({"special_days": special_day() * 21}, "special_days"),
        ({"special_days": (ElectricitySpecialDay(0, ANY_DATE),)}, "special day 1 index"),
        ({"special_days": special_day(year=65535)}, "special day 1 date year"),
        ({"special_days": special_day(month=0)}, "special day 1 date month"),
        ({"special_days": special_day(day=32)}, "special day 1 date day"),
    ],
)
def test_electricity_values_that_do_not_fit(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as error:
        frame_of(electricity_with(**changes), UseCase.ECS08A)
    assert error.value.field == field


def gas_with(**changes: Any) -> GasPrepaymentConfiguration:
    """The safe set with fields of it or of its calendar changed."""
    calendar = SAFE_GAS.calendar
    names = ("day_profiles", "week_profiles", "seasons", "special_days")
    calendar = replace(calendar, **{n: changes.pop(n) for n in names if n in changes})
    return replace(SAFE_GAS, calendar=calendar, **changes)


DAY, WEEK = SAFE_GAS.calendar.day_profiles[0], SAFE_GAS.calendar.week_profiles[0]
SEASON = SAFE_GAS.calendar.seasons[0]


def action_at(time: SwitchTime) -> dict[str, Any]:
    return {"day_profiles": (replace(DAY, actions=(replace(DAY.actions[0], time=time),)),)}


def gas_day(**changes: Any) -> dict[str, Any]:
    return {"special_days": (GasSpecialDay(replace(ANY_DATE, **changes), 1),)}


@pytest.mark.requirement("R5", "D8", refuses=True)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"debt_recovery_rate_cap": 2**31}, "debt_recovery_rate_cap"),
        ({"debt_recovery_rate_cap": -(2**31) - 1}, "debt_recovery_rate_cap"),
        ({"emergency_credit_limit": -1}, "emergency_credit_limit"),
        ({"emergency_credit_threshold": 2**32}, "emergency_credit_threshold"),
        ({"low_credit_threshold": -1}, "low_credit_threshold"),
        ({"max_meter_balance": 2**32}, "max_meter_balance"),
        ({"max_credit_threshold": -1}, "max_credit_threshold"),
        ({"day_profiles": ()}, "day_profiles"),
        ({"day_profiles": (DAY,) * 6}, "day_profiles"),
        ({"day_profiles": (replace(DAY, actions=()),)}, "day profile 1 actions"),
        ({"day_profiles": (replace(DAY, actions=DAY.actions * 4),)}, "day profile 1 actions"),
        ({"day_profiles": (replace(DAY, day_id=256),)}, "day profile 1 day_id"),
        (action_at(SwitchTime(0, 0, 1)), "day profile 1 action 1 time"),
        (action_at(SwitchTime(0, 0, 0, 1)), "day profile 1 action 1 time"),
        (action_at(SwitchTime(24, 0)), "day profile 1 action 1 time.hour"),
        (action_at(SwitchTime(0, 0, 0, 0, 60)), "day profile 1 action 1 time"),
        ({"week_profiles": (WEEK,) * 3}, "week_profiles"),
        ({"week_profiles": (replace(WEEK, week_id=-1),)}, "week profile 1 week_id"),
        ({"week_profiles": (replace(WEEK, days=WEEK.days[:6]),)}, "week profile 1 days"),
        ({"week_profiles": (replace(WEEK, days=((1, 1),) * 7),)}, "week profile 1 days"),
        ({"week_profiles": (replace(WEEK, days=(*WEEK.days, (7, 1))),)}, "week profile 1 days"),
        (
            {"week_profiles": (replace(WEEK, days=(*WEEK.days[:6], (8, 1))),)},
            "week profile 1 days",
        ),
        (
            {"week_profiles": (replace(WEEK, days=(*WEEK.days[:6], (7, 256))),)},
            "week profile 1 day 7",
        ),
        ({"seasons": ()}, "seasons"),
        ({"seasons": (SEASON,) * 4}, "seasons"),
        ({"seasons": (replace(SEASON, week_id=256),)}, "season 1 week_id"),
        (gas_day(year=1899), "special day 1 date year"),
        (gas_day(year=2155), "special day 1 date year"),
        (gas_day(month=13), "special day 1 date month"),
        (gas_day(day=0), "special day 1 date day"),
        (gas_day(day=DayOfMonthRule.LAST), "special day 1 date day"),
        ({"special_days": (GasSpecialDay(ANY_DATE, 1),) * 21}, "special_days"),
        ({"special_days": (GasSpecialDay(ANY_DATE, -1),)}, "special day 1 day_id"),
    ],
)
def test_gas_values_that_do_not_fit(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(FieldError) as error:
        frame_of(gas_with(**changes), UseCase.GCS05)
    assert error.value.field == field


def test_week_days_may_come_in_any_order() -> None:
    turned = replace(WEEK, days=tuple(reversed([(index, index) for index in range(1, 8)])))
    command = decode_configuration(frame_of(gas_with(week_profiles=(turned,)), UseCase.GCS05))
    assert isinstance(command.configuration, GasPrepaymentConfiguration)
    days = command.configuration.calendar.week_profiles[0].days
    assert days == tuple((index, index) for index in range(1, 8))


@pytest.mark.parametrize(
    ("use_case", "activation", "now", "field"),
    [
        (UseCase.ECS08A, At(NOW + timedelta(milliseconds=5)), NOW, "ExecutionDateTime"),
        (UseCase.GCS05, At(NOW + timedelta(milliseconds=10)), NOW, "ExecutionDateTime"),
        (UseCase.GCS05, At(ZIGBEE_EPOCH), NOW, "ExecutionDateTime"),
        (
            UseCase.GCS05,
            At(ZIGBEE_EPOCH + timedelta(seconds=0xFFFFFFFE)),
            NOW,
            "ExecutionDateTime",
        ),
        (UseCase.GCS05, Immediate(), ZIGBEE_EPOCH - timedelta(seconds=1), "now"),
        (UseCase.GCS05, Immediate(), NOW.replace(tzinfo=None), "now"),
    ],
)
def test_times_that_do_not_fit(
    use_case: UseCase, activation: Activation, now: datetime, field: str
) -> None:
    configuration = SAFE_GAS if use_case is UseCase.GCS05 else SAFE_ELECTRICITY
    with pytest.raises(FieldError) as error:
        frame_of(configuration, use_case, activation, now)
    assert error.value.field == field


def test_only_commands_of_the_three_use_cases_are_read() -> None:
    frame = frame_of(SAFE_GAS, UseCase.GCS05)
    with pytest.raises(GbcsError, match="CRA flag"):
        decode_configuration(replace(frame, cra=Cra.RESPONSE))
    other = replace(frame.other_information, message_code=0x001B)
    with pytest.raises(GbcsError, match="message code"):
        decode_configuration(replace(frame, other_information=other))


def test_the_invocation_repeats_the_counter() -> None:
    frame = frame_of(SAFE_ELECTRICITY, UseCase.ECS08A)
    with pytest.raises(GbcsError, match="invocation id"):
        decode_configuration(replace(frame, counter=frame.counter + 1))


@pytest.mark.parametrize("use_case", UseCase)
def test_any_changed_octet_is_another_value_or_refused(use_case: UseCase) -> None:
    """Octets that are accepted are the only encoding of what they say."""
    electric = electricity_with(special_days=special_day(day=DayOfMonthRule.LAST, month=2))
    frame = frame_of(SAFE_GAS if use_case is UseCase.GCS05 else electric, use_case, TOMORROW)
    offsets: set[int] = set()
    for position in range(len(frame.content)):
        for flip in (0x01, 0x80):
            content = bytearray(frame.content)
            content[position] ^= flip
            changed = replace(frame, content=bytes(content))
            try:
                command = decode_configuration(changed)
            except GbcsError as error:
                offsets.add(error.offset)
                continue
            again = frame_of(
                command.configuration,
                use_case,
                command.activation,
                command.issuer_event_time or NOW,
            )
            assert again.content == content, position
    assert offsets <= set(range(len(frame.content) + 1))


@pytest.mark.parametrize("use_case", UseCase)
def test_truncated_and_lengthened(use_case: UseCase) -> None:
    frame = frame_of(SAFE_GAS if use_case is UseCase.GCS05 else SAFE_ELECTRICITY, use_case)
    for size in range(len(frame.content)):
        with pytest.raises(GbcsError):
            decode_configuration(replace(frame, content=frame.content[:size]))
    with pytest.raises(GbcsError):
        decode_configuration(replace(frame, content=frame.content + b"\x00"))
