"""Requests through the gateway: what is answered, what is dispatched, what is written down."""

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.world import (
    AGREEMENT_KEY,
    BEFORE,
    DEVICES,
    DSP_XML,
    ESME,
    GSME,
    NOW,
    OLD_METER,
    SRP,
    SRP_URL,
    SUPPLIER,
    SUPPLIER_XML,
    DspWorld,
    command,
    device_key,
    key_of,
    request,
    rule,
    signed,
    smets1_request,
    transform_request,
    unsigned_pre_command,
)
from tests.safe_profile import SAFE_ELECTRICITY

from stayon import safexml, xmlsig
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import DeviceStatus
from stayon.domain.prepayment import ScheduleDate
from stayon.domain.request_id import RequestId
from stayon.duis.countersigned import parse_countersigned
from stayon.duis.dcc_alerts import Breach, CommandFailure, QuarantinedRequest
from stayon.duis.request import (
    ReadPrepaymentConfiguration,
    SignedPreCommand,
    UpdatePrepayConfiguration,
)
from stayon.duis.response import DccAlert, LocalCommand, PreCommand, ServiceResponse
from stayon.gbcs import protection
from stayon.ports.audit import AuditQuery, verify_chain
from stayon.ports.store_reference import Registration
from stayon.ports.store_work import Admission, AdmissionOutcome


def content(response: object) -> object:
    body = response.body  # type: ignore[attr-defined]
    assert isinstance(body, ServiceResponse)
    return body.content


@pytest.mark.requirement("R6.C", "D9", "D11", "D12", "T4")
@pytest.mark.parametrize("device", [ESME, GSME])
async def test_a_safe_command_gets_its_mac_and_goes_to_the_csp(
    failed: DspWorld, device: Eui64
) -> None:
    answer = await failed.send(command(7, device=device))
    assert (answer.code, answer.request_id) == ("I99", RequestId(SUPPLIER, device, 7))
    (work,) = failed.carrier.taken
    assert work.work_id == f"{SUPPLIER}:{device}:7/carry"
    secret = protection.shared_secret(AGREEMENT_KEY, device_key(device).public_key())
    protection.verify_mac(work.message, shared_secret=secret)
    assert unsigned_pre_command(device, 7) in work.message
    rows = await failed.store.audit_rows(AuditQuery(sender=SRP))
    assert [(row.entry.step, row.entry.code) for row in rows] == [
        ("admission", "I99"),
        ("dispatch", "csp-north"),
    ]
    assert rows[0].entry.originator == SUPPLIER


@pytest.mark.requirement("R6.B", "D16")
async def test_a_smets1_request_is_countersigned_for_its_s1sp(failed: DspWorld) -> None:
    body = smets1_request(3)
    assert (await failed.send(body)).code == "I99"
    (work,) = failed.s1sp.taken
    root = safexml.parse(work.message)
    verified = xmlsig.verify(root, xmlsig.read_signature(root), key_of(*DSP_XML).public_key())
    envelope = parse_countersigned(verified.root)
    assert (envelope.request, envelope.received_at) == (body, NOW)


@pytest.mark.requirement("D16")
@pytest.mark.parametrize("device", [ESME, GSME])
async def test_transform_gives_the_pre_command_and_consumes_nothing(
    failed: DspWorld, device: Eui64
) -> None:
    answer = await failed.send(transform_request(device, 9), "T")
    assert answer.code == "I0"
    found = content(answer)
    assert isinstance(found, PreCommand)
    assert found == PreCommand("4.3", unsigned_pre_command(device, 9))
    assert (await failed.send(transform_request(device, 9), "T")).code == "I0"
    assert (await failed.send(command(9, device=device))).code == "I99"
    assert len(failed.carrier.taken) == 1


@pytest.mark.requirement("D16")
async def test_a_local_command_comes_back_on_the_connection(failed: DspWorld) -> None:
    answer = await failed.send(command(4, 6), "D")
    found = content(answer)
    assert isinstance(found, LocalCommand)
    secret = protection.shared_secret(AGREEMENT_KEY, device_key(ESME).public_key())
    protection.verify_mac(found.gbcs_payload, shared_secret=secret)
    assert failed.carrier.taken == []
    again = await failed.send(command(4, 6), "D")
    assert again.code == "E65"  # signed anew: other bytes


@pytest.mark.requirement("D16")
async def test_both_ways_at_once(failed: DspWorld) -> None:
    assert (await failed.send(command(4, 7))).code == "I99"
    (work,) = failed.carrier.taken
    (local,) = failed.delivered(SRP_URL)
    assert content(local) == LocalCommand(work.message)


async def test_the_same_bytes_get_the_same_answer(failed: DspWorld) -> None:
    body = command(5)
    first, second = await failed.post(body), await failed.post(body)
    assert first.body == second.body
    racing = await asyncio.gather(*(failed.post(body) for _ in range(5)))
    assert {reply.body for reply in racing} == {first.body}
    assert len(failed.carrier.taken) == 1


async def test_a_race_for_one_identity_has_one_winner(failed: DspWorld) -> None:
    bodies = [command(6) for _ in range(6)]
    answers = await asyncio.gather(*(failed.send(body) for body in bodies))
    assert sorted(answer.code for answer in answers) == ["E65"] * 5 + ["I99"]
    assert len(failed.carrier.taken) == 1


@pytest.mark.requirement("R6", "D4", "D14", refuses=True)
async def test_closed_by_default(calm: DspWorld) -> None:
    answer = await calm.send(command())
    assert answer.code == "E65"
    assert calm.carrier.taken == []


@pytest.mark.requirement("R6", "D4", "D14", "D9", refuses=True)
async def test_over_the_threshold_it_is_kept_and_reported(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(2), "pat")
    codes = [(await failed.send(command(n))).code for n in range(4)]
    assert codes == ["I99"] * 4
    assert len(failed.carrier.taken) == 2
    alerts = failed.delivered(SRP_URL)
    found = [alert.body for alert in alerts]
    warning, *held = [each.alert for each in found if isinstance(each, DccAlert)]
    assert warning == QuarantinedRequest(Breach.USER_THRESHOLD, RequestId(SUPPLIER, ESME, 1), 0)
    assert held == [
        QuarantinedRequest(Breach.USER_THRESHOLD, RequestId(SUPPLIER, ESME, n), n - 1)
        for n in (2, 3)
    ]
    rows = await failed.store.audit_rows(AuditQuery(code="quarantined"))
    assert len(rows) == 2


@pytest.mark.requirement("D14", refuses=True)
async def test_many_at_once_do_not_exceed_the_threshold(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(5), "pat")
    await asyncio.gather(*(failed.send(command(n)) for n in range(20)))
    assert len(failed.carrier.taken) == 5


@pytest.mark.requirement("R6", refuses=True)
async def test_when_the_instruction_ends_requests_are_held(failed: DspWorld) -> None:
    (instruction,) = (await failed.store.reference()).instructions
    ends = NOW + timedelta(seconds=60)
    await failed.store.put_instruction(replace(instruction, effective_to=ends))
    assert (await failed.send(command(1))).code == "I99"
    await failed.settle(61)
    assert (await failed.send(command(2))).code == "I99"
    assert len(failed.carrier.taken) == 1
    (alert,) = failed.delivered(SRP_URL)
    assert isinstance(alert.body, DccAlert)
    assert alert.body.alert == QuarantinedRequest(
        Breach.DCC_THRESHOLD, RequestId(SUPPLIER, ESME, 2), 1
    )


@pytest.mark.requirement("D15")
async def test_a_supplier_in_business_sends_its_own(calm: DspWorld) -> None:
    assert (await calm.send(command(1, by=SUPPLIER_XML))).code == "I99"
    assert len(calm.carrier.taken) == 1


@pytest.mark.requirement("D15", refuses=True)
async def test_a_revoked_supplier_does_not(failed: DspWorld) -> None:
    assert (await failed.send(command(1, by=SUPPLIER_XML))).code == "E65"
    (row,) = await failed.store.audit_rows(AuditQuery(sender=SUPPLIER, code="E65"))
    assert "revoked" in row.entry.detail


@pytest.mark.requirement("D2", refuses=True)
async def test_what_changes_between_check_and_commit_counts(failed: DspWorld) -> None:
    """Another process has withdrawn the supplier; this one still has the list in memory."""
    assert (await failed.send(command(1))).code == "I99"
    with closing(sqlite3.connect(str(failed.store._writing.url.database))) as other:
        other.execute("UPDATE failed_supplier SET withdrawn_by = 'kim', withdrawn_at = 0")
        other.execute("UPDATE failed_supplier SET withdrawn_because = 'over'")
        other.execute("UPDATE version SET value = value + 1 WHERE kind = 'reference'")
        other.commit()
    assert (await failed.send(command(2))).code == "E65"
    assert len(failed.carrier.taken) == 1


@pytest.mark.requirement("D11", refuses=True)
async def test_a_device_that_has_changed_hands_is_out_of_reach(failed: DspWorld) -> None:
    assert (await failed.send(command(1))).code == "I99"
    mpxn = DEVICES[0].mpxn
    gaining = Eui64.parse("00-DB-12-34-00-00-00-02")
    await failed.store.put_registrations(
        mpxn, [Registration(mpxn, SUPPLIER, BEFORE, NOW), Registration(mpxn, gaining, NOW)]
    )
    assert (await failed.send(command(2))).code == "E4"
    await failed.store.set_device(GSME, status=DeviceStatus.DECOMMISSIONED)
    assert (await failed.send(command(3, device=GSME))).code == "E5"


@pytest.mark.requirement("D2", refuses=True)
async def test_a_withdrawal_stops_what_is_not_dispatched_yet(failed: DspWorld) -> None:
    failed.carrier.refusals = 1
    assert (await failed.send(command(1))).code == "I99"
    await failed.dsp.administration.withdraw(SUPPLIER, SRP, "pat", "bought by another supplier")
    running = asyncio.create_task(failed.dsp.run())
    await failed.settle(600)
    assert failed.carrier.taken == []
    (alert,) = failed.delivered(SRP_URL)
    assert isinstance(alert.body, DccAlert)
    assert alert.body.alert == CommandFailure(RequestId(SUPPLIER, ESME, 1), ESME)
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


async def test_the_audit_trail_of_it_all_holds(failed: DspWorld) -> None:
    await failed.send(command(1))
    await failed.send(smets1_request(2))
    await failed.send(command(1))
    rows = await failed.store.audit_rows(AuditQuery(limit=10_000))
    assert verify_chain(failed.store.audit_chain("dsp")) == len(rows)


async def test_a_request_that_is_not_carried_out_says_so(calm: DspWorld) -> None:
    asked = replace(
        request(ReadPrepaymentConfiguration(None), 1),
        service_reference="4.13",
        service_reference_variant="4.13",
    )
    reply = await calm.post(signed(asked, SUPPLIER_XML))
    assert reply.status == 501
    assert b"not carried out for SMETS2+" in reply.body


async def test_a_store_that_fails_accepts_nothing(failed: DspWorld, tmp_path: Path) -> None:
    await failed.send(command(1))
    with closing(sqlite3.connect(tmp_path / "dsp.db")) as other:
        other.execute("ALTER TABLE outbox RENAME TO gone")
        other.commit()
        reply = await failed.post(command(2))
        assert (reply.status, reply.headers["retry-after"]) == (503, "2")
        other.execute("ALTER TABLE gone RENAME TO outbox")
        other.commit()
    assert (await failed.send(command(2))).code == "I99"
    assert len(failed.carrier.taken) == 2


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        (b"", "well-formedness"),
        (b"<a", "well-formedness"),
        (b"<!DOCTYPE a><a/>", "DOCTYPE"),
        (b"<a/>", "is not a Request"),
    ],
)
async def test_what_is_no_request_is_a_problem(calm: DspWorld, body: bytes, rule: str) -> None:
    reply = await calm.post(body)
    assert (reply.status, reply.headers["content-type"]) == (400, "application/problem+json")
    assert rule.encode() in reply.body


async def test_what_the_schema_refuses_is_a_problem(calm: DspWorld) -> None:
    body = command().replace(b"CommandVariant>5<", b"CommandVariant>77<")
    reply = await calm.post(body)
    assert reply.status == 400
    assert b"CommandVariant" in reply.body


async def test_only_xml_and_not_too_much_of_it(calm: DspWorld) -> None:
    assert (await calm.post(b"{}", headers={"content-type": "application/json"})).status == 415
    assert (await calm.post(b" " * (safexml.DEFAULT.octets + 1))).status == 413


async def test_an_unsigned_request_is_answered_and_written_down_under_no_name(
    failed: DspWorld,
) -> None:
    tampered = command(8).replace(b"<sr:FirstInSequence>", b"")
    position = tampered.index(b"<ds:SignatureValue>") + 25
    tampered = tampered[:position] + b"AAAA" + tampered[position + 4 :]
    assert (await failed.send(tampered)).code == "E65"
    (row,) = await failed.store.audit_rows(AuditQuery(code="E65"))
    assert (row.entry.sender, row.entry.request_id) == (None, f"{SUPPLIER}:{ESME}:8")


async def test_not_a_pre_command_at_all(failed: DspWorld) -> None:
    asked = request(SignedPreCommand(None, b"\xdf\x09"), 5)
    assert (await failed.send(signed(asked))).code == "E65"
    assert (await failed.send(signed(request(SignedPreCommand(None, b"x"), 5, OLD_METER)))).code


async def test_what_gbcs_cannot_say_is_a_problem(calm: DspWorld) -> None:
    calendar = replace(SAFE_ELECTRICITY.calendar.schedule[0], start=ScheduleDate(65536, 1, 1))
    body = UpdatePrepayConfiguration(
        None,
        replace(
            SAFE_ELECTRICITY,
            calendar=replace(SAFE_ELECTRICITY.calendar, schedule=(calendar,)),
        ),
    )
    reply = await calm.post(signed(request(body, 4), SUPPLIER_XML), "T")
    assert reply.status == 400
    assert b"65536" in reply.body


async def test_a_transform_is_judged_on_what_is_true_now(failed: DspWorld) -> None:
    assert (await failed.send(transform_request(counter=1), "T")).code == "I0"
    (instruction,) = (await failed.store.reference()).instructions
    await failed.store.put_instruction(replace(instruction, effective_to=NOW))
    assert (await failed.send(transform_request(counter=2), "T")).code == "E65"


async def test_reference_data_that_never_rest_are_not_waited_for(
    failed: DspWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    admit = failed.store.admit

    async def admit_after_a_change(admission: Admission) -> AdmissionOutcome:
        await failed.store.put_users([])
        return await admit(admission)

    monkeypatch.setattr(failed.store, "admit", admit_after_a_change)
    reply = await failed.post(command(1))
    assert (reply.status, reply.headers["retry-after"]) == (503, "2")
    assert failed.carrier.taken == []


@pytest.mark.requirement("D14", refuses=True)
async def test_another_process_has_used_the_threshold_up(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(1), "pat")
    assert (await failed.send(command(1))).code == "I99"
    failed.dsp.reception._gatherer._thresholds._uses.clear()
    assert (await failed.send(command(2, 6), "D")).code == "I99"
    assert failed.carrier.taken[0].work_id.endswith(":1/carry")
    alerts = [each.body for each in failed.delivered(SRP_URL)]
    codes = [alert.alert_code for alert in alerts if isinstance(alert, DccAlert)]
    assert codes == ["N30", "N28"]
