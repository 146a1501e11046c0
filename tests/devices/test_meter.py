"""Meters at the end of the line: what they execute, what they answer, what they refuse."""

import sys
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.devices.support import ESME_ID, GSME_ID, NOW, SUPPLIER_ID, World, key
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.devices.alerts import SAFETY_CRITICAL, AlertCode
from stayon.devices.esme import Esme
from stayon.devices.host import DeviceHost, UnknownDeviceError
from stayon.devices.meter import Meter
from stayon.devices.model import Firmware, MeterModel
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, GAS_ACTIVATIONS, Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import RefusalReason
from stayon.domain.eui64 import Eui64
from stayon.domain.money import MilliPence, WholePounds
from stayon.domain.prepayment import DatePattern, GasSeason, PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.gbcs.access import decode_access_response
from stayon.gbcs.alerts import DlmsAlert, DlmsOutcome, GbzAlert, GbzOutcome
from stayon.gbcs.frame import Cra, Frame, Signature, encode_frame, parse_frame
from stayon.gbcs.gbz import decode_gbz
from stayon.gbcs.message import parse_message
from stayon.gbcs.prepayment_configuration import At, Cancel, UseCase, encode_pre_command
from stayon.gbcs.protection import shared_secret, sign, verify_mac, verify_signature
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_foundation import DefaultResponse

WORLD = World()
STRANGER = Eui64(bytes(range(8)))
ORDINARY = replace(
    SAFE_ELECTRICITY,
    debt_recovery_rate_cap=WholePounds(7),
    emergency_credit_limit=MilliPence(5_00000),
)
ORDINARY_GAS = replace(SAFE_GAS, emergency_credit_limit=MilliPence(5_00000))


@dataclass(frozen=True)
class Case:
    """A use case, the safe settings for it, and a meter with other ones."""

    use_case: UseCase

    def meter(self) -> Meter:
        gas = self.use_case is UseCase.GCS05
        return WORLD.gsme(ORDINARY_GAS) if gas else WORLD.esme(ORDINARY)

    @property
    def safe(self) -> PrepaymentConfiguration:
        return SAFE_GAS if self.use_case is UseCase.GCS05 else SAFE_ELECTRICITY


both_fuels = pytest.mark.parametrize("case", [Case(use_case) for use_case in UseCase], ids=str)


def results(response: bytes) -> list[int]:
    """The result codes of an ESME's response."""
    return [item.result for item in decode_access_response(parse_frame(response).content).items]


def statuses(response: bytes) -> list[tuple[int, int]]:
    """Command id and status of each component of a GSME's response."""
    found = []
    for component in decode_gbz(parse_frame(response).content).components:
        assert isinstance(component.body, ZclFrame)
        answer = component.body.command
        assert isinstance(answer, DefaultResponse)
        found.append((answer.command_id, answer.status))
    return found


def reasons(meter: Meter) -> list[RefusalReason]:
    return [refusal.reason for refusal in meter.refusals]


@both_fuels
class TestBothFuels:
    def test_executes_and_answers_signed(self, case: Case) -> None:
        made = case.meter()
        (response,) = made.execute(WORLD.command(case.safe, case.use_case), NOW)
        frame = parse_frame(response)
        verify_signature(frame, WORLD.device_signing.public_key())
        assert frame.cra is Cra.RESPONSE
        assert (frame.counter, frame.message_code) == (1000, case.use_case.value)
        assert (frame.originator, frame.recipient) == (made.eui64, SUPPLIER_ID)
        assert frame.date_time is not None
        assert frame.date_time.instant() == NOW
        assert made.prepayment.account.terms.emergency_limit == 100_00000
        assert made.refused == 0

    def test_the_very_same_command_again_changes_nothing(self, case: Case) -> None:
        made = case.meter()
        command = WORLD.command(case.safe, case.use_case)
        first = made.execute(command, NOW)
        made.prepayment.account.balance -= 1
        again = made.execute(command, NOW + timedelta(hours=1))
        assert again == first
        assert made.refused == 0

    def test_an_answer_is_remembered_past_the_next_command(self, case: Case) -> None:
        made = case.meter()
        commands = [WORLD.command(case.safe, case.use_case, counter=n) for n in (1, 2, 3)]
        answers = [made.execute(command, NOW) for command in commands]
        assert made.execute(commands[1], NOW) == answers[1]
        assert made.execute(commands[0], NOW) == ()
        assert reasons(made) == [RefusalReason.REPLAY]

    @pytest.mark.requirement("D11", refuses=True)
    def test_what_is_refused_is_not_answered_but_seen(self, case: Case) -> None:
        made = case.meter()
        good = WORLD.command(case.safe, case.use_case)
        signed = WORLD.signed(case.safe, case.use_case)
        stranger = WORLD.command(case.safe, case.use_case, originator=STRANGER)
        forged = World(supplier_signing=key("forger")).command(case.safe, case.use_case)
        other_broker = World(broker=key("other broker")).command(case.safe, case.use_case)
        elsewhere = WORLD.command(case.safe, case.use_case, recipient=STRANGER)
        for command, reason in (
            (b"", RefusalReason.MALFORMED),
            (good[:-1], RefusalReason.MALFORMED),
            (good[:-1] + bytes((good[-1] ^ 1,)), RefusalReason.BAD_MAC),
            (signed, RefusalReason.BAD_MAC),
            (other_broker, RefusalReason.BAD_MAC),
            (elsewhere, RefusalReason.OTHER_RECIPIENT),
            (stranger, RefusalReason.UNKNOWN_ORIGINATOR),
            (forged, RefusalReason.BAD_SIGNATURE),
        ):
            assert made.execute(command, NOW) == ()
            assert made.refusals[-1].reason is reason
            assert made.refusals[-1].at == NOW
        assert made.refused == 8
        assert len(made.refusals) == 4
        assert made.prepayment.account.terms.emergency_limit == 5_00000
        assert len(made.execute(good, NOW)) == 1

    def test_a_counter_must_grow(self, case: Case) -> None:
        made = case.meter()
        assert made.execute(WORLD.command(case.safe, case.use_case, counter=5), NOW)
        for counter in (4, 5):
            other = WORLD.command(case.safe, case.use_case, counter=counter)
            assert made.execute(other, NOW) == ()
        assert reasons(made) == [RefusalReason.REPLAY, RefusalReason.REPLAY]
        assert made.execute(WORLD.command(case.safe, case.use_case, counter=6), NOW)

    def test_a_cancellation_changes_no_present_value(self, case: Case) -> None:
        made = case.meter()
        later = WORLD.command(
            case.safe, case.use_case, counter=1, activation=At(NOW + timedelta(hours=1))
        )
        made.execute(later, NOW)
        (response,) = made.execute(
            WORLD.command(case.safe, case.use_case, counter=2, activation=Cancel()), NOW
        )
        assert parse_frame(response).counter == 2
        assert made.advance(NOW + timedelta(hours=2)) == ()
        assert made.prepayment.account.terms.emergency_limit == 5_00000

    @settings(max_examples=40, deadline=None)
    @given(st.data())
    def test_no_flipped_bit_is_executed(self, case: Case, data: st.DataObject) -> None:
        made = case.meter()
        command = bytearray(WORLD.command(case.safe, case.use_case))
        bit = data.draw(st.integers(0, len(command) * 8 - 1))
        command[bit // 8] ^= 1 << bit % 8
        assert made.execute(bytes(command), NOW) == ()
        assert made.prepayment.account.terms.emergency_limit == 5_00000


class TestElectricity:
    def test_success_is_eighteen_zeros(self) -> None:
        (response,) = WORLD.esme().execute(WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A), NOW)
        content = parse_frame(response).content
        assert results(response) == [0] * 18
        assert (len(content), content[1:5]) == (63, bytes((0x20, 0, 3, 0xE8)))

    def test_an_activation_that_fails_leaves_the_rest_alone(self) -> None:
        made = WORLD.esme(ORDINARY, faults=frozenset({Parameter.EMERGENCY_THRESHOLD}))
        (response,) = made.execute(WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A), NOW)
        assert results(response) == [0] * 16 + [1, 0xFA]
        assert made.prepayment.account.terms.emergency_limit == 100_00000
        assert made.prepayment.period.calendar == ORDINARY.calendar

    def test_a_value_beyond_the_firmware_fails_at_its_item(self) -> None:
        model = MeterModel(largest_meter_balance=MilliPence(499_00000))
        made = WORLD.esme(ORDINARY, model)
        for use_case, counter in ((UseCase.ECS08A, 1), (UseCase.ECS08, 2)):
            command = WORLD.command(SAFE_ELECTRICITY, use_case, counter=counter)
            assert results(made.execute(command, NOW)[0]) == [0, 1] + [0xFA] * 16
        assert made.prepayment.account.terms.emergency_limit == 5_00000

    def test_old_firmware_knows_only_ecs08(self) -> None:
        made = WORLD.esme(model=MeterModel(firmware=Firmware.ECS08))
        assert made.execute(WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A), NOW) == ()
        assert reasons(made) == [RefusalReason.UNSUPPORTED]
        assert made.execute(WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08), NOW)

    @pytest.mark.parametrize(("use_case", "current"), [(UseCase.ECS08, 500), (UseCase.ECS08A, 90)])
    def test_ecs08_writes_the_maximum_balance_at_once(
        self, use_case: UseCase, current: int
    ) -> None:
        made = WORLD.esme(replace(ORDINARY, max_meter_balance=MilliPence(90_00000)))
        later = WORLD.command(SAFE_ELECTRICITY, use_case, activation=At(NOW + timedelta(days=1)))
        made.execute(later, NOW)
        assert made.prepayment.account.terms.max_meter_balance == current * 100_000

    def test_a_future_update_is_answered_now_and_told_nine_times_later(self) -> None:
        made = WORLD.esme(ORDINARY, faults=frozenset({Parameter.EMERGENCY_LIMIT}))
        at = NOW + timedelta(days=1)
        (response,) = made.execute(
            WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A, activation=At(at)), NOW
        )
        assert results(response) == [0] * 18
        alerts = [parse_message(alert) for alert in made.advance(at + timedelta(hours=1))]
        codes = []
        for number, alert in enumerate(alerts, start=2001):
            verify_signature(alert.frame, WORLD.device_signing.public_key())
            assert (alert.frame.message_code, alert.frame.counter) == (0x00CC, number)
            assert isinstance(alert.payload, DlmsAlert)
            assert alert.payload.timestamp.instant() == at
            assert isinstance(alert.payload.content, DlmsOutcome)
            assert (alert.payload.content.message_code, alert.payload.content.counter) == (
                0x00DE,
                1000,
            )
            codes.append((alert.payload.code, alert.payload.content.logical_name[-2:].hex()))
        names = ["801f", "0214", "020a", "800c", "800d", "8009", "8002", "8003", "801c"]
        assert codes == [(0x8F67 if name == "8002" else 0x8F66, name) for name in names]
        assert len(alerts) == len(ELECTRICITY_ACTIVATIONS)

    def test_a_payload_that_does_not_repeat_the_counter(self) -> None:
        made = WORLD.esme()
        pre_command = encode_pre_command(
            RequestId(SUPPLIER_ID, ESME_ID, 1000), SAFE_ELECTRICITY,
            activation=Cancel(), use_case=UseCase.ECS08A, now=NOW,
        )  # fmt: skip
        frame = replace(parse_frame(pre_command), counter=1001)
        command = WORLD.protect(resigned(frame))
        assert made.execute(command, NOW) == ()
        assert reasons(made) == [RefusalReason.MALFORMED]

    def test_another_payload_under_the_same_message_code(self) -> None:
        made = WORLD.esme()
        frame = parse_frame(WORLD.signed(SAFE_ELECTRICITY, UseCase.ECS08A))
        content = frame.content[:5] + b"\x00" + frame.content[6:-1]
        command = WORLD.protect(resigned(replace(frame, content=content)))
        assert made.execute(command, NOW) == ()
        assert reasons(made) == [RefusalReason.MALFORMED]

    def test_a_response_is_no_command(self) -> None:
        made = WORLD.esme()
        frame = parse_frame(WORLD.signed(SAFE_ELECTRICITY, UseCase.ECS08A))
        made.execute(WORLD.protect(resigned(replace(frame, cra=Cra.RESPONSE))), NOW)
        assert reasons(made) == [RefusalReason.MALFORMED]


def resigned(frame: Frame) -> bytes:
    """The frame with the supplier's signature over what it says now."""
    return sign(encode_frame(replace(frame, signature=Signature(None))), WORLD.supplier_signing)


class TestGas:
    def test_success(self) -> None:
        (response,) = WORLD.gsme().execute(WORLD.command(SAFE_GAS, UseCase.GCS05), NOW)
        ids = [3, 0x0C, 9, 0x0B, 0, 1, 2, 3, 4]
        assert statuses(response) == [(command_id, 0) for command_id in ids]

    @pytest.mark.parametrize(
        ("fault", "index"),
        [(Parameter.EMERGENCY_CREDIT, 0), (Parameter.CALENDAR, 7), (Parameter.SPECIAL_DAYS, 8)],
    )
    def test_a_hardware_failure_ends_the_execution(self, fault: Parameter, index: int) -> None:
        made = WORLD.gsme(ORDINARY_GAS, faults=frozenset({fault}))
        (response,) = made.execute(WORLD.command(SAFE_GAS, UseCase.GCS05), NOW)
        found = statuses(response)
        assert [status for _, status in found[:index]] == [0] * index
        assert found[index][1] == 0xC0
        assert found[index + 1 :] == [(0xFF, 1)] * (8 - index)
        limit = 5 if index == 0 else 100
        assert made.prepayment.account.terms.emergency_limit == limit * 100_000

    def test_a_season_with_an_open_start_fails_at_its_component(self) -> None:
        seasons = (GasSeason(DatePattern(2014, None, 1, None), 1),)
        broken = replace(SAFE_GAS, calendar=replace(SAFE_GAS.calendar, seasons=seasons))
        made = WORLD.gsme(ORDINARY_GAS)
        (response,) = made.execute(WORLD.command(broken, UseCase.GCS05), NOW)
        assert statuses(response)[7:] == [(3, 0xC0), (0xFF, 1)]
        assert made.prepayment.period.calendar == SAFE_GAS.calendar

    def test_a_future_update_is_told_six_times(self) -> None:
        made = WORLD.gsme(ORDINARY_GAS)
        at = NOW + timedelta(days=1)
        made.execute(WORLD.command(SAFE_GAS, UseCase.GCS05, activation=At(at)), NOW)
        found = []
        for alert in made.advance(at):
            message = parse_message(alert)
            assert message.frame.message_code == 0x00CD
            assert isinstance(message.payload, GbzAlert)
            assert message.payload.code == 0x8F66
            assert isinstance(message.payload.content, GbzOutcome)
            found.append((message.payload.content.cluster, message.payload.content.command_id))
        assert found == [
            (0x0705, 0x03),
            (0x0705, 0x0C),
            (0x0705, 0x09),
            (0x0705, 0x0B),
            (0x0707, 0x00),
            (0x0707, 0x04),
        ]
        assert len(found) == len(GAS_ACTIVATIONS)

    def test_electricity_commands_are_not_known(self) -> None:
        made = WORLD.gsme()
        command = WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A, recipient=GSME_ID)
        assert made.execute(command, NOW) == ()
        assert reasons(made) == [RefusalReason.UNSUPPORTED]


class TestAlerts:
    @pytest.mark.requirement("R7")
    @pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL))
    @pytest.mark.parametrize("gas", [False, True])
    def test_safety_critical_alerts_are_signed_and_go_to_the_supplier(
        self, code: AlertCode, gas: bool
    ) -> None:
        made: Meter = WORLD.gsme() if gas else WORLD.esme()
        (alert,) = made.raise_alert(code, NOW)
        message = parse_message(alert)
        verify_signature(message.frame, WORLD.device_signing.public_key())
        assert message.frame.message_code == 0x1000
        assert (message.frame.originator, message.frame.recipient) == (made.eui64, SUPPLIER_ID)
        assert isinstance(message.payload, DlmsAlert | GbzAlert)
        assert message.payload.code == code
        assert message.frame.counter == made.counter

    def test_other_alerts_carry_a_mac(self) -> None:
        made = WORLD.esme()
        made.prepayment.account.charge(19_00000)
        alerts = [parse_message(alert) for alert in made.advance(NOW)]
        assert alerts == []
        made.prepayment.adjust_balance(0)
        alerts = [parse_message(alert) for alert in made.collect()]
        secret = shared_secret(WORLD.supplier_agreement, WORLD.device_agreement.public_key())
        for alert in alerts:
            verify_mac(alert.frame, shared_secret=secret)
            assert alert.frame.message_code == 0x1001
        found = [alert.payload.code for alert in alerts if isinstance(alert.payload, DlmsAlert)]
        assert found == [AlertCode.LOW_CREDIT, AlertCode.BELOW_EMERGENCY_THRESHOLD]

    @pytest.mark.requirement("D10")
    def test_alerts_follow_the_trust_anchor_until_change_of_supplier(self) -> None:
        made = WORLD.esme()
        made.take_supplier(replace(WORLD.anchors, supplier=STRANGER), accepted=10)
        (alert,) = made.raise_alert(AlertCode.TAMPER, NOW)
        assert parse_frame(alert).recipient == STRANGER
        old = WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A)
        assert made.execute(old, NOW) == ()
        low = WORLD.command(SAFE_ELECTRICITY, UseCase.ECS08A, originator=STRANGER, counter=10)
        assert made.execute(low, NOW) == ()
        assert reasons(made) == [RefusalReason.UNKNOWN_ORIGINATOR, RefusalReason.REPLAY]


class TestHost:
    def test_finds_meters_and_lets_them_work(self) -> None:
        host = DeviceHost([WORLD.esme()])
        host.add(WORLD.gsme())
        assert len(host) == 2
        assert ESME_ID in host
        assert STRANGER not in host
        assert host.execute(GSME_ID, WORLD.command(SAFE_GAS, UseCase.GCS05), NOW)
        assert host.execute(ESME_ID, b"", NOW) == ()
        assert [(who, r.reason) for who, r in host.refusals()] == [
            (ESME_ID, RefusalReason.MALFORMED)
        ]
        with pytest.raises(UnknownDeviceError):
            host.execute(STRANGER, b"", NOW)

    def test_lets_time_pass_for_all(self) -> None:
        host = DeviceHost([WORLD.esme(), WORLD.gsme()])
        host[ESME_ID].prepayment.consumption_per_hour = 18_50000
        told = dict(host.advance(NOW + timedelta(hours=1)))
        assert list(told) == [ESME_ID]
        assert len(told[ESME_ID]) == 2

    def test_a_meter_is_cheap(self) -> None:
        made = WORLD.esme()
        parts: list[object] = [made, made.keys, made.keys.signing_scalar]
        parts += [made.keys.agreement_scalar, made.eui64, made.eui64.octets]
        state = made.prepayment
        parts += [state, state.account, state.account.debts, state.period, state.switch]
        parts += [state._notices, state.at]
        assert sum(sys.getsizeof(part) for part in parts) < 1500
        assert not hasattr(made, "__dict__")
        assert isinstance(made, Esme)


def test_configurations_are_shared_between_meters() -> None:
    def built(configuration: PrepaymentConfiguration) -> Prepayment:
        return Prepayment(configuration, NOW, balance=1)

    one, other = built(SAFE_GAS), built(replace(SAFE_GAS))
    assert one.account.terms is other.account.terms
    assert one.period.calendar is other.period.calendar
