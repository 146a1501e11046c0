"""Volume thresholds: warnings, the DCC's own beside the Users', windows, expiry."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from tests.parties.dsp.world import (
    ESME,
    NOW,
    ROLE,
    SRP,
    SRP_URL,
    SUPPLIER,
    SUPPLIER_XML,
    DspWorld,
    command,
    rule,
    transform_request,
)

from stayon.domain.metering import UserRole
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import Breach, QuarantinedRequest
from stayon.duis.response import DccAlert
from stayon.parties.dsp.data_management.refusal import AdministrationError
from stayon.parties.dsp.request_management.exit_quarantine import Decider, QuarantineError
from stayon.ports.audit import AuditQuery
from stayon.ports.quarantine import QuarantineState
from stayon.ports.store_reference import OverallThreshold

JO, KIM = Decider("jo", SRP), Decider("kim")


def alerts(world: DspWorld) -> list[tuple[str, object]]:
    found = [each.body for each in world.delivered(SRP_URL)]
    return [(each.alert_code, each.alert) for each in found if isinstance(each, DccAlert)]


def overall(quarantine: int, role: UserRole = ROLE) -> OverallThreshold:
    return OverallThreshold(role, "2.1", 3600, min(1, quarantine), quarantine)


async def warn_at(world: DspWorld, warning: int, quarantine: int = 100) -> None:
    await world.dsp.administration.set_threshold(replace(rule(quarantine), warning=warning), "pat")


@pytest.mark.requirement("D14")
async def test_the_warning_threshold_warns_once_in_each_window(failed: DspWorld) -> None:
    await warn_at(failed, 3)
    for counter in range(1, 6):
        await failed.send(command(counter))
    told = QuarantinedRequest(Breach.USER_THRESHOLD, RequestId(SUPPLIER, ESME, 3), 0)
    assert alerts(failed) == [("N30", told)]
    (row,) = await failed.store.audit_rows(AuditQuery(code="warning"))
    assert (row.entry.request_id, row.entry.sender) == (f"{SUPPLIER}:{ESME}:3", SRP)
    assert row.entry.detail == "3 of 100 used; the warning threshold is 3"
    await warn_at(failed, 6)
    await failed.send(command(6))
    assert len(alerts(failed)) == 1
    await failed.settle(3600)
    for counter in range(7, 13):
        await failed.send(command(counter))
    assert [code for code, _ in alerts(failed)] == ["N30", "N30"]
    assert len(failed.carrier.taken) == 12


@pytest.mark.requirement("D14", refuses=True)
async def test_below_the_warning_threshold_nothing_is_said(failed: DspWorld) -> None:
    await warn_at(failed, 3)
    for counter in (1, 2):
        await failed.send(command(counter))
    assert alerts(failed) == []


@pytest.mark.requirement("decision 10", "D14")
async def test_windows_are_fixed_and_aligned_to_utc(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(1), "pat")
    await failed.send(command(1))
    to_the_hour = timedelta(hours=1) - timedelta(minutes=NOW.minute, seconds=NOW.second)
    await failed.settle(to_the_hour.total_seconds() - 1)
    await failed.send(command(2))
    assert len(failed.carrier.taken) == 1
    await failed.settle(1)
    await failed.send(command(3))
    assert [each.work_id.split("/")[0][-1] for each in failed.carrier.taken] == ["1", "3"]


@pytest.mark.requirement("decision 10", "D14")
async def test_a_transform_does_not_count_and_a_retry_does(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(2), "pat")
    for counter in range(5):
        assert (await failed.send(transform_request(counter=counter + 1), "T")).code == "I0"
    first = command(1)
    for body in (first, first, command(2), command(3)):
        assert (await failed.send(body)).code == "I99"
    assert len(failed.carrier.taken) == 2
    rows = await failed.store.audit_rows(AuditQuery(code="quarantined"))
    assert [row.entry.request_id for row in rows] == [f"{SUPPLIER}:{ESME}:3"]


@pytest.mark.requirement("D14", "R6", refuses=True)
async def test_the_threshold_of_the_dcc_counts_beside_the_users_own(failed: DspWorld) -> None:
    await failed.dsp.administration.set_overall_threshold(overall(2), "pat")
    await asyncio.gather(*(failed.send(command(n)) for n in range(1, 9)))
    assert len(failed.carrier.taken) == 2
    codes = [code for code, _ in alerts(failed)]
    assert (codes.count("N30"), codes.count("N28")) == (1, 6)
    breaches = {each.breach for _, each in alerts(failed) if isinstance(each, QuarantinedRequest)}
    assert breaches == {Breach.DCC_THRESHOLD}


@pytest.mark.requirement("D14", refuses=True)
async def test_what_the_dcc_holds_only_the_dcc_releases(failed: DspWorld) -> None:
    await failed.dsp.administration.set_overall_threshold(overall(1), "pat")
    for counter in (1, 2):
        await failed.send(command(counter))
    leave = failed.dsp.exit_quarantine
    with pytest.raises(QuarantineError, match="only the DCC can lift"):
        await leave.release(1, JO, "we want it")
    assert (await leave.release(1, KIM, "capacity is there")).state is QuarantineState.RELEASED
    await failed.settle()
    assert len(failed.carrier.taken) == 2
    await failed.send(command(3))
    assert (await leave.delete(2, JO, "not needed")).state is QuarantineState.DELETED


@pytest.mark.requirement("D14")
async def test_a_release_past_one_threshold_stops_at_the_other(failed: DspWorld) -> None:
    await failed.dsp.administration.set_threshold(rule(1), "pat")
    for counter in (1, 2, 3):
        await failed.send(command(counter))
    await failed.dsp.administration.set_overall_threshold(overall(1), "pat")
    leave = failed.dsp.exit_quarantine
    # The DCC's window has nothing in it yet: this uses it up.
    assert (await leave.release(1, JO, "expected")).state is QuarantineState.RELEASED
    held = await leave.release(2, JO, "expected")
    assert (held.state, held.held_by) == (QuarantineState.HELD, "sec/overall_threshold")


@pytest.mark.requirement("D14", "D15")
async def test_an_overall_threshold_of_one_role_leaves_others_alone(calm: DspWorld) -> None:
    await calm.dsp.administration.set_overall_threshold(overall(0), "pat")
    assert (await calm.send(command(1, by=SUPPLIER_XML))).code == "I99"
    assert len(calm.carrier.taken) == 1
    supplier = overall(0, UserRole.IMPORT_SUPPLIER)
    await calm.dsp.administration.set_overall_threshold(supplier, "pat")
    assert (await calm.send(command(2, by=SUPPLIER_XML))).code == "I99"
    assert len(calm.carrier.taken) == 1


@pytest.mark.requirement("D14", refuses=True)
@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"warning": 5, "quarantine": 4}, "between zero and the quarantine"),
        ({"period_seconds": 0}, "at least one second"),
        ({"srv": "8.2"}, "may not send 8.2"),
    ],
)
async def test_an_overall_threshold_must_make_sense(
    calm: DspWorld, wrong: dict[str, int | str], words: str
) -> None:
    with pytest.raises(AdministrationError, match=words):
        await calm.dsp.administration.set_overall_threshold(
            replace(overall(9), **wrong),  # type: ignore[arg-type]
            "pat",
        )


@pytest.mark.requirement("decision 9", "R6", "R6.A", refuses=True)
async def test_the_end_of_an_instruction_closes_the_thresholds(failed: DspWorld) -> None:
    (instruction,) = (await failed.store.reference()).instructions
    ends = NOW + timedelta(days=2)
    await failed.store.put_instruction(replace(instruction, effective_to=ends))
    assert (await failed.send(command(1))).code == "I99"
    await failed.settle(timedelta(days=2).total_seconds() - 1)
    await failed.send(command(2))
    assert len(failed.carrier.taken) == 2
    await failed.settle(1)
    await failed.send(command(3))
    assert len(failed.carrier.taken) == 2
    with pytest.raises(AdministrationError, match="no Authority instruction"):
        await failed.dsp.administration.set_threshold(rule(5), "pat")
