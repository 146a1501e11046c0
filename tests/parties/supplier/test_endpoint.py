"""The failed supplier's endpoint: it keeps what the DSP signed, and nothing else."""

from datetime import datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
from tests.devices.support import ESME_ID
from tests.devices.support import World as Keys
from tests.parties.srp.messages import (
    VERSION,
    by_dsp,
    device_response,
    meter_answer,
    smets1_alert_document,
    smets1_document,
    smets1_response,
    tampered,
)
from tests.support.asgi import AsgiReply, call
from tests.support.organisations import DSP, NOW, SRP, Repository

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.devices.alerts import SAFETY_CRITICAL, AlertCode
from stayon.duis.response import DeviceAlert, Response, Smets1Message
from stayon.parties.receive_response import PATH
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.smki_profile import RemotePartyRole
from stayon.xmlsig import IssuerName

KEYS = Keys()


def dsp_key(issuer: IssuerName, serial: int, at: datetime) -> EllipticCurvePublicKey | None:
    found = Repository().organisation(issuer, serial)
    return found.public_key if found and found.role is RemotePartyRole.DSP_XML_SIGN else None


@pytest.fixture
def endpoint() -> SupplierEndpoint:
    return SupplierEndpoint(SimulatedClock(NOW), dsp_key)


def alert_message(code: AlertCode = AlertCode.TAMPER, payload: bytes | None = None) -> Response:
    meter = KEYS.esme()
    (frame,) = meter.raise_alert(code, meter.prepayment.at)
    return Response(VERSION, None, None, "I0", NOW, DeviceAlert(int(code), payload or frame))


async def deliver(endpoint: SupplierEndpoint, body: bytes) -> AsgiReply:
    return await call(
        endpoint.app(), "POST", PATH, body, {"content-type": "application/xml"}, chunk=1000
    )


@pytest.mark.requirement("R7", "D10")
@pytest.mark.parametrize("code", sorted(SAFETY_CRITICAL))
async def test_an_alert_is_kept_with_device_code_and_message(
    endpoint: SupplierEndpoint, code: AlertCode
) -> None:
    reply = await deliver(endpoint, by_dsp(alert_message(code)))
    assert (reply.status, reply.body) == (204, b"")
    (alert,) = endpoint.alerts
    assert (alert.at, alert.device, alert.code) == (NOW, ESME_ID, code)
    body = alert_message(code).body
    assert isinstance(body, DeviceAlert)
    # Signatures differ from one time to the next; what is signed does not.
    assert alert.message[:-64] == body.gbcs_payload[:-64]
    assert endpoint.counts == {code: 1}
    assert endpoint.others == 0


@pytest.mark.requirement("R7", "D10", "S2")
async def test_a_smets1_alert_is_kept_too(endpoint: SupplierEndpoint) -> None:
    for counter, code in enumerate((0x8F3F, None), start=1):
        body = Smets1Message(None, None, smets1_alert_document(code, counter))
        reply = await deliver(endpoint, by_dsp(Response(VERSION, None, None, "I0", NOW, body)))
        assert reply.status == 204, reply.body
    assert endpoint.counts == {0x8F3F: 1, None: 1}
    assert [alert.counter for alert in endpoint.alerts] == [1, 2]
    smets1_answer = await deliver(endpoint, smets1_response(smets1_document()))
    assert smets1_answer.status == 204
    assert endpoint.others == 1


async def test_what_is_no_alert_is_counted_apart(endpoint: SupplierEndpoint) -> None:
    reply = await deliver(endpoint, device_response(meter_answer()))
    assert reply.status == 204
    assert endpoint.others == 1
    assert not endpoint.alerts
    assert not endpoint.counts


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "XML"),
        (b"<a/>", "Signature"),
        (by_dsp(alert_message(), SRP), "is not the DSP's certificate"),
        (tampered(by_dsp(alert_message()), b">8F3F<", b">8F1F<"), "digest"),
        (by_dsp(alert_message(payload=b"\xdf\x09")), "ends early"),
    ],
    ids=["empty", "unsigned", "another signer", "tampered", "no GBCS"],
)
async def test_what_cannot_be_believed_is_refused_with_the_reason(
    endpoint: SupplierEndpoint, body: bytes, words: str
) -> None:
    reply = await deliver(endpoint, body)
    assert reply.status == 400
    assert reply.headers["content-type"] == "application/problem+json"
    assert words.encode() in reply.body
    assert not endpoint.counts
    assert endpoint.others == 0


async def test_a_message_without_end_is_not_read_to_its_end(endpoint: SupplierEndpoint) -> None:
    reply = await deliver(endpoint, b" " * (256 * 1024 + 1))
    assert reply.status == 413
    assert not endpoint.counts


async def test_a_certificate_that_is_not_known_is_not_believed(endpoint: SupplierEndpoint) -> None:
    nobody = SupplierEndpoint(SimulatedClock(NOW), lambda _issuer, _serial, _at: None)
    reply = await deliver(nobody, by_dsp(alert_message()))
    assert reply.status == 400
    assert str(DSP.serial).encode() in reply.body


async def test_the_clock_stands_still_while_an_alert_is_taken_in() -> None:
    held: list[int] = []

    class Watched(SimulatedClock):
        def now(self) -> datetime:
            held.append(self._busy)
            return super().now()

    await deliver(SupplierEndpoint(Watched(NOW), dsp_key), by_dsp(alert_message()))
    assert held
    assert all(held)


async def test_every_alert_is_counted_though_only_the_newest_are_kept(
    endpoint: SupplierEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stayon.parties.supplier.endpoint._ALERTS_KEPT", 2)
    few = SupplierEndpoint(SimulatedClock(NOW), dsp_key)
    for code in (AlertCode.TAMPER, AlertCode.LOW_BATTERY, AlertCode.METER_COVER):
        await deliver(few, by_dsp(alert_message(code)))
    assert [alert.code for alert in few.alerts] == [AlertCode.LOW_BATTERY, AlertCode.METER_COVER]
    assert few.counts.total() == 3
