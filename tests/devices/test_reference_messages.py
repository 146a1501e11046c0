"""Reference commands, with the supplier's own signature, executed by emulated meters."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.devices.support import key
from tests.reference import SHARED, needs_shared, rtds, rtds_files
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.adapters.keys.test_pki import read_test_pki
from stayon.devices.esme import Esme
from stayon.devices.gsme import Gsme
from stayon.devices.meter import Meter
from stayon.devices.parameters import Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.security import DeviceKeys, TrustAnchors
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.message import parse_message
from stayon.gbcs.protection import add_mac, shared_secret
from stayon.gbcs.unwrapping import unwrap
from stayon.smki_profile.roles import KeyUsage, RemotePartyRole

# The instant that every reference response shows.
REFERENCE_TIME = datetime(2015, 1, 1, tzinfo=UTC)

pytestmark = [needs_shared, pytest.mark.shared]


def meter_for(command: bytes, faults: frozenset[Parameter] = frozenset()) -> tuple[Meter, bytes]:
    """A meter that trusts the command's originator, and the command with a MAC for its key.

    The private keys of the reference devices are not published, so the meter has one made here,
    and the MAC is made anew, with the Access Control Broker's published key. The signature of the
    supplier stays the reference one.
    """
    pki = read_test_pki(SHARED / "zaz1.json")
    frame, inner = unwrap(command)
    supplier = frame.originator
    broker = pki.of_role(RemotePartyRole.ACCESS_CONTROL_BROKER, KeyUsage.KEY_AGREEMENT)[0]
    assert broker.private_key is not None
    anchors = TrustAnchors(
        supplier,
        pki.of_owner(supplier, KeyUsage.DIGITAL_SIGNATURE)[0].public_key,
        pki.of_owner(supplier, KeyUsage.KEY_AGREEMENT)[0].public_key,
        broker.public_key,
    )
    gas = frame.message_code == 0x006F
    state = Prepayment(
        SAFE_GAS if gas else SAFE_ELECTRICITY, REFERENCE_TIME, balance=20_00000, faults=faults
    )
    keys = DeviceKeys.of(key("signing"), key("agreement"))
    meter = (Gsme if gas else Esme)(frame.recipient, keys, anchors, state, counter=2008)
    secret = shared_secret(broker.private_key, key("agreement").public_key())
    return meter, add_mac(inner, shared_secret=secret)


@pytest.mark.requirement("T5")
@pytest.mark.parametrize(
    "name",
    [
        "ECS08a_2.1_IMMEDIATE_SUCCESS",
        "ECS08a_2.1_FUTURE_DATED_SUCCESS",
        "GCS05_2.1_IMMEDIATE_SUCCESS",
    ],
)
def test_a_reference_command_gets_the_reference_answer(name: str) -> None:
    meter, command = meter_for(rtds(f"{name}_COMMAND"))
    response, *_ = meter.execute(command, REFERENCE_TIME)
    made, reference = parse_frame(response), parse_frame(rtds(f"{name}_RESPONSE"))
    assert made.content == reference.content
    assert made.date_time == reference.date_time
    assert (made.originator, made.recipient) == (reference.originator, reference.recipient)
    assert (made.counter, made.message_code) == (reference.counter, reference.message_code)


def test_a_failing_activation_gets_the_reference_error() -> None:
    faults = frozenset({Parameter.EMERGENCY_THRESHOLD})
    meter, command = meter_for(rtds("ECS08a_2.1_IMMEDIATE_ERROR_COMMAND"), faults)
    response = meter.execute(command, REFERENCE_TIME)[0]
    reference = parse_frame(rtds("ECS08a_2.1_IMMEDIATE_ERROR_RESPONSE"))
    assert parse_frame(response).content == reference.content


@pytest.mark.requirement("D10")
def test_future_dated_alerts_are_the_reference_ones() -> None:
    meter, command = meter_for(rtds("ECS08a_2.1_FUTURE_DATED_SUCCESS_COMMAND"))
    meter.execute(command, REFERENCE_TIME)
    at = datetime(2030, 1, 15, 9, tzinfo=UTC)
    made = [parse_message(alert) for alert in meter.advance(at + timedelta(minutes=1))]
    made = [alert for alert in made if alert.frame.message_code == 0x00CC]
    files = [f for f in rtds_files() if f.name.startswith("ECS08a_2.1_8F66")]
    reference = [parse_message(bytes.fromhex(file.read_text())) for file in files]
    outcomes = {getattr(alert.payload, "content", None) for alert in made}
    assert outcomes == {getattr(alert.payload, "content", None) for alert in reference}
    times = {getattr(alert.payload, "timestamp", None) for alert in (*made, *reference)}
    assert len(times) == 1
