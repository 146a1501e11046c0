"""What comes back: to whom it goes, once, and that nothing is lost."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.southbound_messages import (
    alert_frame,
    bring,
    bring_s1sp,
    codes,
    response_frame,
    s1sp_document,
)
from tests.parties.dsp.world import (
    ESME,
    GSME,
    NOW,
    OLD_METER,
    S1SP_XML,
    SRP,
    SRP_URL,
    SRP_XML,
    SUPPLIER,
    SUPPLIER_URL,
    SUPPLIER_XML,
    DspWorld,
    command,
    device_key,
    key_of,
    organisation,
    smets1_request,
    unsigned_pre_command,
)
from tests.reference import needs_shared, rtds

from stayon import xmlsig
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Route
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import CommandFailure, S1spAlertDsp
from stayon.duis.response import (
    DccAlert,
    DeviceAlert,
    DeviceResponse,
    FutureDatedDeviceAlert,
    ServiceResponse,
    Smets1Message,
)
from stayon.duis.smets1 import (
    S1spAlert,
    Smets1DeviceAlert,
    Smets1Response,
    Smets1Result,
    build_smets1_response,
)
from stayon.gbcs import protection
from stayon.gbcs.device_alerts import (
    AlertHeader,
    FutureDatedOutcome,
    encode_future_dated_alert,
)
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_configuration import UseCase
from stayon.gbcs.prepayment_parameters import activations
from stayon.policy.services import Service
from stayon.ports.audit import AuditQuery
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    OutboundError,
)

OTHER = Eui64.parse("00-DB-12-34-00-00-00-99")


@pytest.mark.requirement("D9")
@pytest.mark.parametrize("device", [ESME, GSME])
async def test_a_device_response_goes_to_the_sender(failed: DspWorld, device: Eui64) -> None:
    await failed.send(command(1, device=device))
    frame = response_frame(device)
    await bring(failed, frame, device=device)
    (delivered,) = failed.delivered(SRP_URL)
    identity = RequestId(SUPPLIER, device, 1)
    assert (delivered.code, delivered.request_id) == ("I0", identity)
    assert delivered.response_id == identity.response_id
    assert delivered.body == ServiceResponse("2.1", "2.1", DeviceResponse(frame))
    assert failed.delivered(SUPPLIER_URL) == []
    rows = await failed.store.audit_rows(AuditQuery(request_id=str(identity)))
    assert [row.entry.step for row in rows] == ["admission", "dispatch", "response", "delivery"]
    assert {row.entry.sender for row in rows} == {SRP}


async def test_the_same_response_twice_is_delivered_once(failed: DspWorld) -> None:
    await failed.send(command(1))
    frame = response_frame()
    await bring(failed, frame, frame)
    await bring(failed, frame)
    assert len(failed.delivered(SRP_URL)) == 1


async def test_a_response_that_nobody_waits_for_is_kept(failed: DspWorld) -> None:
    await bring(failed, response_frame(counter=5))
    assert failed.poster.posted == []
    assert await codes(failed, "unmatched") == 1


async def test_a_response_with_another_message_code_answers_nothing(failed: DspWorld) -> None:
    await failed.send(command(1))
    other = Frame(Cra.RESPONSE, 1, ESME, SUPPLIER, None, OtherInformation(0x1F), b"", ABSENT, None)
    await bring(failed, protection.sign(encode_frame(other), device_key(ESME)))
    assert failed.poster.posted == []
    assert await codes(failed, "unmatched") == 1


@pytest.mark.parametrize("message", [b"", b"\xdf\x09\x01", b"rubbish"])
async def test_what_cannot_be_read_is_kept(failed: DspWorld, message: bytes) -> None:
    await bring(failed, message)
    assert await codes(failed, "unreadable") == 1


async def test_a_message_from_the_wrong_device_is_not_believed(failed: DspWorld) -> None:
    await failed.send(command(1))
    await bring(failed, response_frame(), device=GSME)
    assert failed.poster.posted == []
    assert await codes(failed, "unreadable") == 1


async def test_a_device_sends_no_commands(failed: DspWorld) -> None:
    command_frame = unsigned_pre_command(ESME, 3)
    swapped = Frame(Cra.COMMAND, 3, ESME, SUPPLIER, None, OtherInformation(0xDE), b"", ABSENT, None)
    await bring(failed, encode_frame(swapped), command_frame)
    assert await codes(failed, "unreadable") == 2


@pytest.mark.requirement("R7", "D10", "T6")
@pytest.mark.parametrize("code", [0x8F1F, 0x8F3F, 0x8F73, 0x8F78, 0x8F1D, 0x810D])
async def test_device_alerts_still_reach_the_failed_supplier(failed: DspWorld, code: int) -> None:
    frame = alert_frame(code)
    await bring(failed, frame)
    (delivered,) = failed.delivered(SUPPLIER_URL)
    assert delivered.body == DeviceAlert(code, frame)
    assert delivered.response_id == RequestId(ESME, SUPPLIER, 77)
    assert failed.delivered(SRP_URL) == []


@pytest.mark.requirement("D10", refuses=True)
async def test_an_alert_for_nobody_known_is_kept(failed: DspWorld) -> None:
    await bring(failed, alert_frame(0x8F3F, OTHER))
    assert await codes(failed, "unmatched") == 1


async def test_an_alert_without_a_code_is_kept(failed: DspWorld) -> None:
    frame = Frame(Cra.ALERT, 9, ESME, SUPPLIER, None, OtherInformation(0x1000), b"??", ABSENT, None)
    await bring(failed, protection.sign(encode_frame(frame), device_key(ESME)))
    assert await codes(failed, "unreadable") == 1


@pytest.mark.requirement("D15")
async def test_the_outcome_of_a_future_dated_command_says_which(calm: DspWorld) -> None:
    await calm.send(command(1, by=SUPPLIER_XML))
    names = activations(UseCase.ECS08A)
    for number, name in enumerate(names[:2]):
        outcome = FutureDatedOutcome(UseCase.ECS08A, 1, name, number == 0, NOW)
        header = AlertHeader(ESME, SUPPLIER, 100 + number)
        frame = protection.sign(encode_future_dated_alert(header, outcome), device_key(ESME))
        await bring(calm, frame)
    first, second = calm.delivered(SUPPLIER_URL)
    assert isinstance(first.body, ServiceResponse)
    assert isinstance(first.body.content, FutureDatedDeviceAlert)
    assert first.body.content.alert_code == 0x8F66
    assert (first.body.content.instruction_number, first.body.content.total_instructions) == (
        1,
        len(names),
    )
    assert isinstance(second.body, ServiceResponse)
    assert isinstance(second.body.content, FutureDatedDeviceAlert)
    assert second.body.content.alert_code == 0x8F67


async def test_such_an_outcome_without_its_request_is_an_alert(calm: DspWorld) -> None:
    outcome = FutureDatedOutcome(
        UseCase.ECS08A, 55, activations(UseCase.ECS08A)[0], success=True, at=NOW
    )
    header = AlertHeader(ESME, SUPPLIER, 100)
    frame = protection.sign(encode_future_dated_alert(header, outcome), device_key(ESME))
    await bring(calm, frame)
    (delivered,) = calm.delivered(SUPPLIER_URL)
    assert delivered.body == DeviceAlert(0x8F66, frame)


@pytest.mark.requirement("D9")
async def test_a_failure_is_told_to_the_sender_once(failed: DspWorld) -> None:
    await failed.send(command(1))
    (work,) = failed.carrier.taken
    failure = DeliveryFailure(work.work_id, ESME, "no WAN")
    await failed.dsp.southbound.receive_failures([failure, failure])
    await failed.settle()
    (alert,) = failed.delivered(SRP_URL)
    assert alert.body == DccAlert("N12", CommandFailure(RequestId(SUPPLIER, ESME, 1), ESME))
    (row,) = await failed.store.audit_rows(AuditQuery(code="N12"))
    assert (row.entry.sender, row.entry.detail) == (SRP, "no WAN")


async def test_a_failure_of_nothing_known_is_nothing(failed: DspWorld) -> None:
    failure = DeliveryFailure(f"{RequestId(SUPPLIER, ESME, 9)}/carry", ESME, "no WAN")
    await failed.dsp.southbound.receive_failures([failure])
    await failed.settle()
    assert failed.poster.posted == []


async def test_a_request_ends_once(failed: DspWorld) -> None:
    await failed.send(command(1))
    (work,) = failed.carrier.taken
    await failed.dsp.southbound.receive_failures([DeliveryFailure(work.work_id, ESME, "gone")])
    await bring(failed, response_frame())
    assert len(failed.delivered(SRP_URL)) == 1
    (late,) = await failed.store.audit_rows(AuditQuery(code="I0"))
    assert "concluded" in late.entry.detail


@pytest.mark.requirement("D9")
async def test_a_smets1_response_goes_to_the_sender(failed: DspWorld) -> None:
    await failed.send(smets1_request(2))
    document = s1sp_document(Smets1Result(success=True))
    await bring_s1sp(failed, document, document)
    (delivered,) = failed.delivered(SRP_URL)
    assert isinstance(delivered.body, Smets1Message)
    assert delivered.response_id == RequestId(OLD_METER, SUPPLIER, 2)
    assert delivered.body.service_reference == "2.1"


@pytest.mark.requirement("R7", "D10")
async def test_a_smets1_alert_goes_to_the_failed_supplier(failed: DspWorld) -> None:
    alerts = [Smets1DeviceAlert(0x8F3F, "tamper", NOW), Smets1DeviceAlert(None, "words", NOW)]
    await bring_s1sp(failed, *(s1sp_document(each) for each in alerts))
    assert len(failed.delivered(SUPPLIER_URL)) == 2
    assert failed.delivered(SRP_URL) == []


@pytest.mark.requirement("S1", "D9")
async def test_an_s1sp_alert_goes_to_the_sender(failed: DspWorld) -> None:
    await failed.send(smets1_request(2))
    identity = RequestId(SUPPLIER, OLD_METER, 2)
    document = s1sp_document(S1spAlert("5.5", "S1VE100", NOW, identity, OLD_METER))
    await bring_s1sp(failed, document)
    (delivered,) = failed.delivered(SRP_URL)
    assert isinstance(delivered.body, DccAlert)
    assert isinstance(delivered.body.alert, S1spAlertDsp)
    assert await codes(failed, "S1VE100") == 1


async def test_s1sp_documents_that_nobody_waits_for(failed: DspWorld) -> None:
    unknown = RequestId(SUPPLIER, OLD_METER, 999)
    await bring_s1sp(
        failed,
        s1sp_document(Smets1Result(success=True), 999),
        s1sp_document(S1spAlert("5.5", "S1VE1", NOW, unknown)),
        s1sp_document(S1spAlert("5.5", "S1VE1", NOW)),
    )
    assert failed.poster.posted == []
    assert await codes(failed, "unmatched") == 3


async def test_an_alert_of_a_meter_whose_supplier_is_unknown(failed: DspWorld) -> None:
    identity = RequestId(OLD_METER, OTHER, 4)
    body = Smets1DeviceAlert(None, "words", NOW)
    root = build_smets1_response(Smets1Response("5.5", identity, None, None, NOW, body))
    certificate = organisation(*S1SP_XML)
    signed = xmlsig.sign(root, key_of(*S1SP_XML), certificate.issuer, certificate.serial)
    await bring_s1sp(failed, signed)
    assert await codes(failed, "unmatched") == 1


async def test_only_an_s1sp_speaks_for_smets1_meters(failed: DspWorld) -> None:
    await failed.send(smets1_request(2))
    root = build_smets1_response(
        Smets1Response(
            "5.5", RequestId(OLD_METER, SUPPLIER, 2), "2.1", "2.1", NOW, Smets1Result(success=True)
        )
    )
    certificate = organisation(*SRP_XML)
    by_srp = xmlsig.sign(root, key_of(*SRP_XML), certificate.issuer, certificate.serial)
    by_nobody = xmlsig.sign(root, key_of(*S1SP_XML), certificate.issuer, 12345)
    await bring_s1sp(failed, by_srp, by_nobody, b"<a/>")
    assert failed.poster.posted == []
    assert await codes(failed, "unreadable") == 3


@contextmanager
def broken(tmp_path: Path) -> Iterator[None]:
    """The store cannot be written while this lasts."""
    with closing(sqlite3.connect(tmp_path / "dsp.db")) as other:
        other.execute("ALTER TABLE audit RENAME TO gone")
        other.commit()
        yield
        other.execute("ALTER TABLE gone RENAME TO audit")
        other.commit()


@pytest.mark.requirement("PANEL-outages", refuses=True)
async def test_what_cannot_be_stored_is_not_taken(failed: DspWorld, tmp_path: Path) -> None:
    await failed.send(command(1))
    with broken(tmp_path), pytest.raises(OutboundError):
        await bring(failed, response_frame())
    await bring(failed, response_frame())
    assert len(failed.delivered(SRP_URL)) == 1


@pytest.fixture
async def running(failed: DspWorld) -> AsyncIterator[DspWorld]:
    """With the loop that does what was left over."""
    task = asyncio.create_task(failed.dsp.run())
    yield failed
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_delivery_is_tried_until_it_is_taken(running: DspWorld) -> None:
    running.poster.statuses = [503, 0, 500, 200]
    await running.send(command(1))
    await bring(running, response_frame())
    assert running.delivered(SRP_URL) == []
    await running.settle(14)
    assert running.delivered(SRP_URL) == []
    # 15 seconds, and what makes each pause up to a quarter longer.
    await running.settle(5)
    assert len(running.delivered(SRP_URL)) == 1
    assert await running.store.next_due() is None


async def test_a_busy_carrier_is_asked_again(running: DspWorld) -> None:
    running.carrier.refusals = 3
    await running.send(command(1))
    await running.settle(10)
    assert len(running.carrier.taken) == 1


async def test_work_of_a_dead_process_is_done_by_another(
    failed: DspWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(failed.dsp.dispatcher, "take", lambda claims: None)
    await failed.send(command(1))
    assert failed.carrier.taken == []
    monkeypatch.undo()
    task = asyncio.create_task(failed.dsp.run())
    await failed.settle(59)
    assert failed.carrier.taken == []
    await failed.settle(2)
    assert len(failed.carrier.taken) == 1
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_lease_that_runs_out_in_hand_does_not_double_the_work(running: DspWorld) -> None:
    release = asyncio.Event()
    submit = running.carrier.submit

    async def slow(work: Sequence[CarrierWork]) -> None:
        await release.wait()
        await submit(work)

    running.carrier.submit = slow  # type: ignore[method-assign]
    reply = asyncio.create_task(running.dsp.reception.answer(command(1), Service.SEND_COMMAND))
    await reply
    claims = await running.store.claim(NOW + timedelta(seconds=61), 10)
    running.dsp.dispatcher.take(claims)
    release.set()
    await running.settle()
    assert len(running.carrier.taken) == 1
    assert await running.store.next_due() is None


async def test_nobody_serves_the_route(running: DspWorld) -> None:
    carriers = running.dsp.dispatcher._carriers
    assert isinstance(carriers, dict)
    carrier = carriers.pop(next(iter(carriers)))
    await running.send(command(1))
    await running.settle(1)
    carriers[Route.CSP_NORTH] = carrier
    await running.settle(5)
    assert len(running.carrier.taken) == 1


async def test_a_store_that_comes_back_is_used_again(running: DspWorld, tmp_path: Path) -> None:
    running.carrier.refusals = 1
    await running.send(command(1))
    with closing(sqlite3.connect(tmp_path / "dsp.db")) as other:
        other.execute("ALTER TABLE outbox RENAME TO gone")
        other.commit()
        await running.settle(3)
        other.execute("ALTER TABLE gone RENAME TO outbox")
        other.commit()
    await running.settle(3)
    assert len(running.carrier.taken) == 1


async def test_finishing_fails_and_it_is_done_again(failed: DspWorld, tmp_path: Path) -> None:
    submit = failed.carrier.submit
    other = sqlite3.connect(tmp_path / "dsp.db")

    async def breaking(work: Sequence[CarrierWork]) -> None:
        await submit(work)
        other.execute("ALTER TABLE audit RENAME TO gone")
        other.commit()

    failed.carrier.submit = breaking  # type: ignore[method-assign]
    await failed.send(command(1))
    other.execute("ALTER TABLE gone RENAME TO audit")
    other.commit()
    other.close()
    failed.carrier.submit = submit  # type: ignore[method-assign]
    task = asyncio.create_task(failed.dsp.run())
    await failed.settle(61)
    assert [work.work_id for work in failed.carrier.taken] == [
        f"{RequestId(SUPPLIER, ESME, 1)}/carry"
    ] * 2
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@needs_shared
@pytest.mark.requirement("D10")
async def test_a_reference_alert_is_read(failed: DspWorld) -> None:
    frame = rtds("ECS08a_2.1_8F66_FUTURE_DATED_SUCCESS_ALERT_CALENDAR")
    await bring(failed, frame, device=parse_frame(frame).originator)
    assert await codes(failed, "unmatched") == 1


async def test_a_mistake_does_not_stop_the_others(
    running: DspWorld, caplog: pytest.LogCaptureFixture
) -> None:
    submit = running.carrier.submit
    failures = [ValueError("a mistake of ours")]

    async def mistaken(work: Sequence[CarrierWork]) -> None:
        if failures:
            raise failures.pop()
        await submit(work)

    running.carrier.submit = mistaken  # type: ignore[method-assign]
    await running.send(command(1))
    assert "work was not done" in caplog.text
    await running.send(command(2))
    assert len(running.carrier.taken) == 1
    await running.settle(61)
    assert len(running.carrier.taken) == 2
