"""How held requests leave quarantine: released, refused, deleted, each once, nothing lost."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from tests.parties.dsp.world import (
    DEVICES,
    ESME,
    FAILED_SUPPLIERS,
    GSME,
    NOW,
    SRP,
    SRP_URL,
    SUPPLIER,
    DspWorld,
    command,
    dsp_world,
    fail_the_supplier,
    rule,
)
from tests.policy.shipped import changed

from stayon.checks.sec import volume_threshold
from stayon.domain.metering import DeviceStatus
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import Breach, QuarantinedRequest
from stayon.duis.response import DccAlert, LocalCommand, Response, ServiceResponse
from stayon.parties.dsp.request_management.exit_quarantine import Decider, QuarantineError
from stayon.ports.audit import AuditQuery, verify_chain
from stayon.ports.quarantine import QuarantineQuery, QuarantineState

JO = Decider("jo", SRP)
KIM = Decider("kim")
NARROW = changed(
    "anomaly_limits.toml",
    ('max_meter_balance = { at_least = "£1.00", at_most = "£2000.00" }',
     'max_meter_balance = { at_least = "£1.00", at_most = "£1.00" }'),
)  # fmt: skip


async def hold(world: DspWorld, *bodies: bytes, passes: int = 1) -> None:
    """Send these beyond a threshold that lets ``passes`` others through."""
    await world.dsp.administration.set_threshold(rule(passes), "pat")
    for number in range(passes):
        await world.send(command(900 + number))
    for body in bodies:
        assert (await world.send(body)).code == "I99"
    world.carrier.taken.clear()
    world.poster.posted.clear()


def alerts(world: DspWorld) -> list[tuple[str, object]]:
    found = [each.body for each in world.delivered(SRP_URL)]
    return [(each.alert_code, each.alert) for each in found if isinstance(each, DccAlert)]


def answers(world: DspWorld) -> list[Response]:
    return [r for r in world.delivered(SRP_URL) if isinstance(r.body, ServiceResponse)]


@pytest.mark.requirement("D14", "D9")
async def test_a_released_request_is_carried_out_once(failed: DspWorld) -> None:
    body = command(1)
    await hold(failed, body)
    leave = failed.dsp.exit_quarantine
    record = await leave.release(1, JO, "we expect this many")
    await failed.settle()
    assert (record.state, record.code) == (QuarantineState.RELEASED, "I99")
    assert (record.decided_by, record.decided_because) == ("jo", "we expect this many")
    again = await leave.release(1, KIM, "me too")
    assert again == record
    (work,) = failed.carrier.taken
    assert work.work_id == f"{SUPPLIER}:{ESME}:1/carry"
    assert (await failed.send(body)).code == "I99"
    assert len(failed.carrier.taken) == 1
    rows = await failed.store.audit_rows(AuditQuery(request_id=f"{SUPPLIER}:{ESME}:1"))
    assert [(row.entry.step, row.entry.code) for row in rows] == [
        ("admission", "quarantined"),
        ("delivery", "delivered"),
        ("quarantine", "released"),
        ("admission", "I99"),
        ("dispatch", "csp-north"),
    ]
    assert rows[2].entry.detail == f"jo for {SRP}: we expect this many"
    assert verify_chain(failed.store.audit_chain("dsp")) > 5


@pytest.mark.requirement("D14", "decision 10")
async def test_a_released_request_counts(failed: DspWorld) -> None:
    await hold(failed, command(1), passes=2)
    await failed.dsp.exit_quarantine.release(1, JO, "expected")
    await failed.dsp.administration.set_threshold(rule(3), "pat")
    assert (await failed.send(command(2))).code == "I99"
    records = await failed.store.quarantine_records(QuarantineQuery(state=QuarantineState.HELD))
    assert [each.request_id.counter for each in records] == [2]


@pytest.mark.requirement("D14")
async def test_many_releases_of_one_event_are_one(failed: DspWorld) -> None:
    await hold(failed, command(1))
    leave = failed.dsp.exit_quarantine
    await asyncio.gather(*(leave.release(1, JO, "expected") for _ in range(12)))
    await failed.settle()
    assert len(failed.carrier.taken) == 1


@pytest.mark.requirement("R6", "D4", "decision 10", refuses=True)
async def test_a_threshold_of_zero_is_not_lifted(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(0), "pat")
    await failed.send(command(1))
    record = await failed.dsp.exit_quarantine.release(1, KIM, "let it go")
    assert record.state is QuarantineState.HELD
    assert failed.carrier.taken == []
    rows = await failed.store.audit_rows(AuditQuery(code="held anew"))
    assert volume_threshold.CHECK.check_id in rows[0].entry.detail


@pytest.mark.requirement("R6", "decision 9", refuses=True)
async def test_without_an_instruction_in_force_nothing_is_released(failed: DspWorld) -> None:
    await hold(failed, command(1))
    (instruction,) = (await failed.store.reference()).instructions
    ended = replace(instruction, effective_to=NOW - timedelta(days=1))
    await failed.store.put_instruction(ended)
    record = await failed.dsp.exit_quarantine.release(1, KIM, "let it go")
    assert (record.state, record.held_by) == (
        QuarantineState.HELD, "mp134b/authority_instruction",
    )  # fmt: skip
    await failed.store.put_instruction(instruction)
    assert (await failed.dsp.exit_quarantine.release(1, JO, "now")).code == "I99"


@pytest.mark.requirement("D14", "D9", refuses=True)
async def test_a_release_that_fails_the_checks_leaves_as_refused(failed: DspWorld) -> None:
    await hold(failed, command(1))
    await failed.store.set_device(ESME, status=DeviceStatus.DECOMMISSIONED)
    record = await failed.dsp.exit_quarantine.release(1, JO, "expected")
    await failed.settle()
    assert (record.state, record.code) == (QuarantineState.REFUSED, "E5")
    assert failed.carrier.taken == []
    (answer,) = answers(failed)
    assert (answer.code, answer.request_id) == ("E5", RequestId(SUPPLIER, ESME, 1))
    (row,) = await failed.store.audit_rows(AuditQuery(code="refused"))
    assert "E5" in row.entry.detail
    with pytest.raises(QuarantineError, match="was refused by jo"):
        await failed.dsp.exit_quarantine.delete(1, JO, "then delete it")


@pytest.mark.requirement("D14", "D9")
async def test_a_deleted_request_is_gone_and_its_sender_told(failed: DspWorld) -> None:
    await hold(failed, command(1))
    leave = failed.dsp.exit_quarantine
    record = await leave.delete(1, JO, "sent by mistake")
    await failed.settle()
    assert record.state is QuarantineState.DELETED
    assert await leave.delete(1, JO, "again") == record
    told = QuarantinedRequest(Breach.USER_THRESHOLD, RequestId(SUPPLIER, ESME, 1), 1)
    assert alerts(failed) == [("N29", told)]
    with pytest.raises(QuarantineError, match="was deleted by jo"):
        await leave.release(1, JO, "no, do it")
    await failed.settle(7200)
    assert failed.carrier.taken == []


@pytest.mark.requirement("D14", refuses=True)
@pytest.mark.parametrize("because", ["", "  ", "x" * 401])
async def test_a_decision_has_a_reason(failed: DspWorld, because: str) -> None:
    await hold(failed, command(1))
    with pytest.raises(QuarantineError, match="has a reason"):
        await failed.dsp.exit_quarantine.release(1, JO, because)
    with pytest.raises(QuarantineError, match="has a reason"):
        await failed.dsp.exit_quarantine.delete(1, JO, because)


@pytest.mark.requirement("D14", "R4", refuses=True)
async def test_nobody_decides_about_the_requests_of_another_user(failed: DspWorld) -> None:
    await hold(failed, command(1))
    stranger = Decider("eve", SUPPLIER)
    leave = failed.dsp.exit_quarantine
    for act in (leave.release, leave.delete):
        with pytest.raises(QuarantineError, match="there is no quarantine event 1"):
            await act(1, stranger, "mine now")
    with pytest.raises(QuarantineError, match="there is no quarantine event 7"):
        await leave.record(7, KIM)
    assert (await leave.record(1, JO)).state is QuarantineState.HELD


@pytest.mark.requirement("D2", "D14", "decision 10", refuses=True)
async def test_withdrawing_a_supplier_deletes_what_is_held(failed: DspWorld) -> None:
    await hold(failed, command(1), command(2, device=GSME))
    await failed.dsp.administration.withdraw(SUPPLIER, SRP, "pat", "SoLR is ready")
    await failed.settle()
    records = await failed.store.quarantine_records(QuarantineQuery())
    assert {each.state for each in records} == {QuarantineState.DELETED}
    assert {each.decided_by for each in records} == {"DSP"}
    assert [code for code, _ in alerts(failed)] == ["N29", "N29"]


@pytest.mark.requirement("D2", "decision 10")
async def test_a_new_list_without_the_supplier_withdraws_it(failed: DspWorld) -> None:
    await hold(failed, command(1))
    header = FAILED_SUPPLIERS.splitlines()[0] + b"\n"
    uploaded = await failed.dsp.administration.upload(header, "pat")
    await failed.dsp.administration.apply(uploaded.file_id, "kim", [])
    assert (await failed.dsp.exit_quarantine.record(1, KIM)).state is QuarantineState.DELETED


@pytest.mark.requirement("D2", "decision 10", refuses=True)
async def test_an_entry_that_ends_takes_what_is_held_with_it(calm: DspWorld) -> None:
    ends = NOW + timedelta(minutes=30)
    listed = FAILED_SUPPLIERS.rstrip(b"\n") + f"{ends:%Y-%m-%dT%H:%M:%SZ}\n".encode()
    await fail_the_supplier(calm, listed=listed)
    await hold(calm, command(1))
    running = asyncio.create_task(calm.dsp.run())
    await calm.settle(60)
    assert (await calm.dsp.exit_quarantine.record(1, KIM)).state is QuarantineState.HELD
    await calm.settle(7200)
    assert (await calm.dsp.exit_quarantine.record(1, KIM)).state is QuarantineState.DELETED
    running.cancel()


@pytest.mark.requirement("D14")
async def test_nothing_is_lost_over_a_restart(tmp_path: Path) -> None:
    async with dsp_world(tmp_path) as before:
        await fail_the_supplier(before)
        await hold(before, command(1), command(2))
        await before.dsp.exit_quarantine.delete(2, JO, "not this one")
    async with dsp_world(tmp_path) as after:
        records = await after.store.quarantine_records(QuarantineQuery())
        assert [each.state for each in records] == [QuarantineState.HELD, QuarantineState.DELETED]
        # The copy of the world forgets that the certificates are revoked.
        await fail_the_supplier(after, listed=None)
        await after.dsp.exit_quarantine.release(1, JO, "expected")
        await after.settle()
        assert [each.work_id for each in after.carrier.taken] == [f"{SUPPLIER}:{ESME}:1/carry"]


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[DspWorld]:
    async with dsp_world(tmp_path, NARROW) as made:
        await fail_the_supplier(made)
        yield made


@pytest.mark.requirement("D13")
async def test_a_breach_of_a_limit_is_held_and_can_be_released(narrow: DspWorld) -> None:
    assert (await narrow.send(command(1))).code == "I99"
    (_, alert) = alerts(narrow)[0]
    assert alert == QuarantinedRequest(Breach.ATTRIBUTE_LIMITS, RequestId(SUPPLIER, ESME, 1), 1)
    record = await narrow.dsp.exit_quarantine.record(1, JO)
    assert "max_meter_balance" in record.reason
    assert "DSP" in record.reason
    assert (await narrow.dsp.exit_quarantine.release(1, JO, "it is right")).code == "I99"
    await narrow.settle()
    assert len(narrow.carrier.taken) == 1


@pytest.mark.requirement("D13", "D14")
async def test_two_things_that_hold_are_lifted_one_by_one(narrow: DspWorld) -> None:
    await narrow.dsp.administration.set_threshold(rule(1), "pat")
    for counter in (1, 2):
        await narrow.send(command(counter))
    leave = narrow.dsp.exit_quarantine
    assert (await leave.release(1, JO, "a")).state is QuarantineState.RELEASED
    held = await leave.release(2, JO, "b")
    assert (held.state, held.held_by) == (QuarantineState.HELD, "sec/volume_threshold")
    assert held.lifted == {"sec/attribute_limits"}
    assert (await leave.release(2, JO, "c")).state is QuarantineState.RELEASED


@pytest.mark.requirement("D14", "D16")
async def test_a_local_command_that_is_released_is_delivered(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(1), "pat")
    await failed.send(command(1))
    assert (await failed.send(command(2, 6), "D")).code == "I99"
    record = await failed.dsp.exit_quarantine.release(1, JO, "expected")
    await failed.settle()
    assert record.code == "I0"
    (answer,) = answers(failed)
    assert isinstance(answer.body, ServiceResponse)
    assert isinstance(answer.body.content, LocalCommand)


@pytest.mark.requirement("D14", "D11")
async def test_what_changes_during_a_release_is_seen(
    failed: DspWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await hold(failed, command(1))
    decide = failed.store.decide

    async def late(change: object) -> object:
        monkeypatch.setattr(failed.store, "decide", decide)
        row = replace(DEVICES[0], status=DeviceStatus.DECOMMISSIONED)
        await failed.store.put_devices([row])
        return await decide(change)  # type: ignore[arg-type]

    monkeypatch.setattr(failed.store, "decide", late)
    record = await failed.dsp.exit_quarantine.release(1, JO, "expected")
    assert (record.state, record.code) == (QuarantineState.REFUSED, "E5")


@pytest.mark.requirement("D14")
async def test_records_are_found_by_who_and_what(failed: DspWorld) -> None:
    await hold(failed, command(1), command(2), command(3))
    await failed.dsp.exit_quarantine.release(2, JO, "expected")
    find = failed.store.quarantine_records

    async def events(query: QuarantineQuery) -> list[int]:
        return [each.event for each in await find(query)]

    assert await events(QuarantineQuery()) == [1, 2, 3]
    assert await events(QuarantineQuery(state=QuarantineState.HELD)) == [1, 3]
    assert await events(QuarantineQuery(state=QuarantineState.RELEASED)) == [2]
    assert await events(QuarantineQuery(state=QuarantineState.REFUSED)) == []
    assert await events(QuarantineQuery(state=QuarantineState.DELETED)) == []
    assert await events(QuarantineQuery(sender=SRP, supplier=SUPPLIER, limit=2)) == [1, 2]
    assert await events(QuarantineQuery(after_event=1, supplier=SRP)) == []
    assert await events(QuarantineQuery(sender=SUPPLIER)) == []
