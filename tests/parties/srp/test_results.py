"""What people and machines get out of a campaign: results, field pack, people's list, counts."""

import csv
import hashlib
import io
from base64 import b64decode
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.parties.srp.messages import command, meter_answer
from tests.policy.shipped import shipped_policy

from stayon.adapters.campaign_store.sqlite import SqliteCampaignStore
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.close_out import as_markdown, close_out
from stayon.parties.srp.earlier import EarlierCampaigns
from stayon.parties.srp.field_pack import (
    MANIFEST_COLUMNS,
    local_deliveries,
    manifest_row,
)
from stayon.parties.srp.people import PEOPLE_COLUMNS, PRESS, people_list
from stayon.parties.srp.results import COLUMNS, write_results
from stayon.parties.srp.spreadsheet import write_csv
from stayon.parties.srp.summary import summarise
from stayon.ports.campaign_control import OrderKind
from stayon.ports.campaign_store import Evidence

NOW = datetime(2027, 1, 15, 18, 30, tzinfo=UTC)
COMMAND, RESPONSE = command(), meter_answer()


def meter(number: int, generation: Generation = Generation.SMETS2) -> PortfolioDevice:
    return PortfolioDevice(
        device_id=Eui64(number.to_bytes(8, "big")),
        supplier_id=Eui64(b"supplier"),
        fuel=Fuel.ELECTRICITY,
        generation=generation,
        mpxn="1234567890123",
        route=Route.CSP_NORTH if generation is Generation.SMETS2 else Route.S1SP_CGI_IE,
        gbcs_version=None,
        counter_floor=0,
        postcode="EH1 1YZ",
    )


def ended(number: int, end: EndState, code: str = "", words: str = "") -> Progress:
    at = NOW + timedelta(seconds=number)
    return Progress(meter(number).device_id, Stage.ENDED, end, 1, 9, 9, None, code, words, at)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[SqliteCampaignStore]:
    """One device of each kind, in the order of their numbers."""
    store = SqliteCampaignStore(tmp_path / "campaign.sqlite")
    smets1 = meter(3, Generation.SMETS1)
    store.begin("safe-1", [meter(1), meter(2), smets1, meter(4), meter(5), meter(6), meter(7)])
    ids = {number: meter(number).device_id for number in range(1, 8)}
    await store.save(ended(1, EndState.SAFE, "I0"), evidence=Evidence(ids[1], "r1", RESPONSE))
    await store.save(
        ended(2, EndState.NEEDS_LOCAL_DELIVERY, words="not reached"),
        evidence=Evidence(ids[2], "r2", command=COMMAND),
    )
    await store.save(ended(3, EndState.SAFE), evidence=Evidence(ids[3], "r3", b"<signed/>"))
    await store.save(
        ended(4, EndState.REFUSED, "E4", "=HYPERLINK(1)"), evidence=Evidence(ids[4], "r4")
    )
    await store.save(ended(5, EndState.UNREACHABLE, "N53", "lost"))
    await store.save(ended(6, EndState.ALREADY_SAFE), evidence=Evidence(ids[6], "r6", RESPONSE))
    yield store
    await store.close()


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


@pytest.mark.requirement("decision-15")
async def test_the_result_has_every_device_with_what_proves_it(store: SqliteCampaignStore) -> None:
    out = io.StringIO()
    assert write_results(store, out) == 7
    found = rows(out.getvalue())
    assert tuple(found[0]) == COLUMNS
    assert [row["state"] for row in found] == [
        "safe",
        "needs_local_delivery",
        "safe",
        "refused",
        "unreachable",
        "already_safe",
        "planned",
    ]
    assert [row["evidence_form"] for row in found] == [
        "gbcs-response",
        "gbcs-command",
        "smets1-signed-response",
        "",
        "",
        "gbcs-response",
        "",
    ]
    assert bytes.fromhex(found[0]["evidence"]) == RESPONSE
    assert bytes.fromhex(found[1]["evidence"]) == COMMAND
    assert b64decode(found[2]["evidence"]) == b"<signed/>"
    assert found[0]["changed_utc"] == "2027-01-15T18:30:01.000Z"
    assert found[0]["request_id"] == "r1"
    assert (found[3]["code"], found[3]["words"]) == ("E4", "'=HYPERLINK(1)")
    assert (found[6]["attempts"], found[6]["changed_utc"]) == ("0", "")


@pytest.mark.requirement("PIA-R3", "decision-15")
async def test_the_field_pack_has_a_command_for_each_meter_to_visit(
    store: SqliteCampaignStore,
) -> None:
    (delivery,) = local_deliveries(store)
    assert (delivery.device, delivery.command) == (meter(2), COMMAND)
    manifest = dict(zip(MANIFEST_COLUMNS, manifest_row(delivery), strict=True))
    assert manifest == {
        "device_id": str(meter(2).device_id),
        "mpxn": "1234567890123",
        "fuel": "electricity",
        "postcode": "EH1 1YZ",
        "request_id": "r2",
        "file": "0000000000000002.gbcs",
        "sha256": hashlib.sha256(COMMAND).hexdigest(),
    }


async def test_a_device_that_lost_its_command_is_not_passed_over(
    store: SqliteCampaignStore,
) -> None:
    await store.save(ended(5, EndState.NEEDS_LOCAL_DELIVERY))
    with pytest.raises(RuntimeError):
        list(local_deliveries(store))


@pytest.mark.requirement("PIA-R3", "decision-15")
async def test_nobody_who_is_not_known_to_be_safe_is_left_off_the_peoples_list(
    store: SqliteCampaignStore,
) -> None:
    out = io.StringIO()
    people = people_list(store, shipped_policy().retry)
    assert write_csv(out, PEOPLE_COLUMNS, (one.row() for one in people)) == 3
    assert [(row["state"], row["code"], row["words"]) for row in rows(out.getvalue())] == [
        ("needs_local_delivery", "", "not reached"),
        ("refused", "E4", "'=HYPERLINK(1)"),
        ("unreachable", "N53", "lost"),
    ]


@pytest.mark.requirement("decision-15")
async def test_the_end_states_and_the_rest_add_up(store: SqliteCampaignStore) -> None:
    summary = summarise(progress for _, progress in store.progress())
    assert (summary.devices, summary.ends[EndState.SAFE], summary.ends.total()) == (7, 2, 6)
    assert summary.under_way == {Stage.PLANNED: 1}
    assert summary.reasons == {
        (EndState.NEEDS_LOCAL_DELIVERY, "", "not reached"): 1,
        (EndState.REFUSED, "E4", "=HYPERLINK(1)"): 1,
        (EndState.UNREACHABLE, "N53", "lost"): 1,
    }
    assert summary.last_change == NOW + timedelta(seconds=6)
    assert not summary.complete
    await store.save(ended(7, EndState.SAFE))
    assert summarise(progress for _, progress in store.progress()).complete
    nothing = summarise([])
    assert (nothing.devices, nothing.last_change) == (0, None)


@pytest.mark.requirement("decision-15", refuses=True)
async def test_earlier_evidence_is_for_the_device_the_supplier_and_the_profile(
    store: SqliteCampaignStore,
) -> None:
    earlier = EarlierCampaigns([store], "safe-1")
    assert len(earlier) == 3
    proof = earlier.evidence_for(meter(1))
    assert proof is not None
    assert proof.response == RESPONSE
    assert earlier.evidence_for(meter(6)) is not None
    for number in (2, 4, 5, 7, 99):
        assert earlier.evidence_for(meter(number)) is None
    assert earlier.evidence_for(replace(meter(1), supplier_id=Eui64(b"another!"))) is None
    assert len(EarlierCampaigns([store], "safe-2")) == 0


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " \n="])
def test_a_spreadsheet_runs_nothing_that_others_have_written(start: str) -> None:
    out = io.StringIO()
    assert write_csv(out, ("a", "b"), [(f"{start}1+1", "1=1\r\n,x")]) == 1
    (row,) = rows(out.getvalue())
    assert row == {"a": f"'{start.strip()}1+1", "b": "1=1  ,x"}


@pytest.mark.requirement("decision-18", "PIA-R3")
async def test_a_home_that_is_off_already_is_listed_even_when_its_meter_is_safe(
    store: SqliteCampaignStore,
) -> None:
    off = {meter(1).device_id, meter(5).device_id}
    people = {one.device.device_id: one for one in people_list(store, shipped_policy().retry, off)}
    assert people[meter(1).device_id].what_to_do == PRESS
    assert people[meter(5).device_id].what_to_do == f"Visit, or call the home; {PRESS}"
    assert not people[meter(2).device_id].off_supply


@pytest.mark.requirement("PIA-R3")
async def test_the_people_list_says_the_cause_and_what_to_do(store: SqliteCampaignStore) -> None:
    cause = shipped_policy().retry.causes["old_firmware"]
    await store.save(replace(ended(7, EndState.REFUSED, "E11", "no"), cause="old_firmware"))
    (*_, last) = people_list(store, shipped_policy().retry)
    assert (last.cause, last.what_to_do) == (cause.words, cause.action)


@pytest.mark.requirement("decision-15", "decision-18", "PIA-R3")
async def test_the_close_out_report_adds_up_proves_and_warns(store: SqliteCampaignStore) -> None:
    retry = shipped_policy().retry
    store.control.give(OrderKind.PACE, "5", by="|R. A.", at=NOW)
    report = close_out(store, retry, store.control.orders(), {meter(1).device_id})
    assert sum(report["end_states"].values()) + report["under_way"] == report["devices"] == 7
    assert report["complete"] is False
    assert (report["remaining"], report["off_supply"]) == (4, 1)
    digests = {one["device_id"]: one["evidence_sha256"] for one in report["evidence"]}
    assert digests[str(meter(1).device_id)] == hashlib.sha256(RESPONSE).hexdigest()
    assert digests[str(meter(5).device_id)] == ""
    page = as_markdown(report)
    assert "first STOP after Change of Supplier cuts every home in deficit at once" in page
    assert "**Not complete**: 1 devices" in page
    assert "\\|R. A.: pace 5 (not applied)" in page
    await store.save(ended(7, EndState.SAFE))
    assert close_out(store, retry)["complete"] is True
    assert "None." in as_markdown(close_out(store, retry))
