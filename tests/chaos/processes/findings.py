"""What has to be so after a campaign, whatever befell it: read from every place that knows."""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing

from tests.chaos.processes.campaign import ChaosCampaign
from tests.chaos.processes.founded import is_counted
from tests.roles.evidence import chains_verify, executed, had_effect, number, rows

from stayon import safexml
from stayon.domain.metering import Generation
from stayon.domain.request_id import RequestId
from stayon.duis.dcc_alerts import QuarantinedRequest
from stayon.duis.response import DccAlert, Response, parse_response


async def verify(campaign: ChaosCampaign) -> Mapping[str, int]:
    """Raise ``AssertionError`` for whatever is not so; counts to print."""
    meters, database = campaign.founded.meters, campaign.world.database
    ends = _ends(campaign)
    assert set(ends) == set(meters)
    counted = {device for device, meter in meters.items() if is_counted(meter)}
    held = {
        RequestId.parse(one).target.hex.lower()
        for (one,) in rows(database, "SELECT request_id FROM quarantine")
    }
    passed = counted - held

    # The threshold: exactly as many as it lets by, and what is held is held once.
    assert held <= counted, held - counted
    due = min(campaign.founded.limit, len(counted))
    assert len(passed) == due, f"{len(passed)} passed, not {due}: {Counter(ends.values())}"
    used = number(database, "SELECT coalesce(sum(used), 0) FROM volume_count")
    assert used == len(passed), f"{used} counted, {len(passed)} passed"

    # One request for each device, with one answer, and all of them concluded.
    requests = [
        RequestId.parse(one).target.hex.lower()
        for (one,) in rows(database, "SELECT request_id FROM request")
    ]
    assert Counter(requests) == Counter(counted)

    # Every device is where it has to be.
    expected = {
        device: _expected(campaign, device, passed=device in passed, held=device in held)
        for device in meters
    }
    wrong = {d: (ends[d], expected[d]) for d in meters if ends[d] != expected[d]}
    assert not wrong, f"ended, should have: {wrong}"

    # Nothing was executed twice, and nothing that was not let by.
    done = executed(campaign.world)
    effects = had_effect(campaign.world)
    assert set(done.values()) <= {1}, "a command was executed twice"
    assert set(effects.values()) <= {1}, "a SMETS1 meter was changed twice"
    of = {
        generation: {d for d in passed if meters[d].device.generation is generation}
        for generation in Generation
    }
    assert set(done) == of[Generation.SMETS2]
    safe = {device for device, end in ends.items() if end == ("safe", "")}
    assert safe & of[Generation.SMETS1] <= set(effects) <= of[Generation.SMETS1]

    # Each outcome reached the sender: one document for each request, however often it came.
    outcomes, warnings = _outcomes(campaign)
    assert set(outcomes) == counted
    assert {len(documents) for documents in outcomes.values()} == {1}
    assert len(warnings) == 1, "the threshold is reached once"

    audit = await chains_verify(database)
    assert audit > 0
    return {
        "devices": len(meters),
        "safe": len(safe),
        "held": len(held),
        "executed": len(done) + len(effects),
        "audit rows": audit,
        "deliveries": campaign.network.client.got.total(),
    }


def _ends(campaign: ChaosCampaign) -> dict[str, tuple[str, str]]:
    """End state and cause of each device."""
    with closing(sqlite3.connect(campaign.folder / "campaign.sqlite")) as connection:
        query = "SELECT device_id, end_state, cause FROM progress"
        return {
            bytes(device).hex(): (end, cause) for device, end, cause in connection.execute(query)
        }


def _expected(campaign: ChaosCampaign, device: str, *, passed: bool, held: bool) -> tuple[str, str]:
    meter = campaign.founded.meters[device]
    if meter.moved_away:
        return "refused", "other_supplier"
    if not meter.knows_ecs08a:
        return "refused", "old_firmware"
    if held:
        return "refused", "quarantined"
    assert passed
    return ("refused", "meter_refused") if meter.answers_with_error else ("safe", "")


def _outcomes(campaign: ChaosCampaign) -> tuple[dict[str, set[bytes]], set[bytes]]:
    """The distinct documents that the client has said it has: outcomes by device, and warnings.

    Their signatures the client has verified before it said so.
    """
    outcomes: dict[str, set[bytes]] = {}
    warnings = set()
    for body in campaign.network.client.got:
        response = parse_response(safexml.parse(body))
        match response:
            case Response(body=DccAlert(alert=QuarantinedRequest(event_reference=0))):
                warnings.add(body)
                continue
            case Response(body=DccAlert(alert=QuarantinedRequest(request_id=request_id))):
                pass
            case Response(request_id=RequestId() as request_id):
                pass
            case _:
                raise AssertionError(response)
        outcomes.setdefault(request_id.target.hex.lower(), set()).add(body)
    return outcomes, warnings
