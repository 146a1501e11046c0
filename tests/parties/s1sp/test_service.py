"""The S1SP at work: whom it listens to, and that nothing is done twice or lost."""

from dataclasses import replace
from datetime import timedelta

import pytest
from lxml import etree
from tests.parties.s1sp.world import (
    METER,
    NOT_OURS,
    OUT_OF_HAN,
    QUICK,
    REQUEST_ID,
    World,
    countersigned,
    safe_request,
)
from tests.safe_profile import SAFE_GAS
from tests.support.organisations import DSP, NOW, SRP, STRANGER, Organisation

from stayon.devices.parameters import Parameter
from stayon.duis.countersigned import CountersignedRequest, build_countersigned
from stayon.duis.request import UpdatePrepayConfiguration, build_request
from stayon.duis.smets1 import Smets1Error, Smets1Result
from stayon.duis.writing import document, tree
from stayon.parties.s1sp import service as s1sp_service
from stayon.ports.outbound import DeliveryFailure


@pytest.mark.requirement("decision-11", "T5")
async def test_the_meter_executes_and_its_s1sp_answers_signed() -> None:
    world = World()
    await world.submit(countersigned(safe_request()))
    response = world.response()
    assert response.identity == REQUEST_ID.response_id
    assert response.body == Smets1Result(success=True)
    assert (response.service_reference, response.service_reference_variant) == ("2.1", "2.1")
    assert response.timestamp is not None
    assert response.timestamp > NOW
    assert world.documents[0].device == METER
    assert world.visits == [("before", METER), ("after", METER)]
    assert world.is_safe()


async def test_what_the_meter_could_not_set_is_named() -> None:
    world = World(faults=frozenset({Parameter.EMERGENCY_LIMIT}))
    await world.submit(countersigned(safe_request()))
    assert world.response().body == Smets1Result(
        success=False, errors=(Smets1Error(1, 1, "emergency_credit_limit was not set"),)
    )
    assert not world.is_safe()


async def test_a_set_that_is_not_for_this_meter_becomes_an_alert() -> None:
    world = World()
    gas = replace(safe_request(), body=UpdatePrepayConfiguration(None, SAFE_GAS))
    await world.submit(countersigned(gas))
    assert world.alert().code == "S1VE1"
    assert not world.is_safe()


@pytest.mark.requirement("decision-11", refuses=True)
@pytest.mark.parametrize("countersigner", [STRANGER, SRP])
async def test_nobody_but_the_dsp_is_obeyed(countersigner: Organisation) -> None:
    world = World()
    await world.submit(countersigned(safe_request(), countersigner=countersigner))
    (failure,) = world.failures
    assert (failure.work_id, failure.device) == ("w1", METER)
    assert failure.reason.startswith("not countersigned by the DSP: signed in role XML_SIGN")
    assert (world.documents, world.visits) == ([], [])


@pytest.mark.requirement("decision-11", refuses=True)
async def test_what_is_not_countersigned_or_changed_afterwards_goes_nowhere() -> None:
    genuine = countersigned(safe_request())
    changed = genuine.replace(b"2027-01-15T18:30:00", b"2027-01-15T18:31:00")
    assert changed != genuine
    signed = SRP.sign(build_request(safe_request()))
    world = World()
    for number, message in enumerate((signed, changed, b"", b"<a/>")):
        await world.submit(message, work_id=f"w{number}")
    assert [failure.work_id for failure in world.failures] == ["w0", "w1", "w2", "w3"]
    assert (world.documents, world.visits) == ([], [])


async def test_an_unsigned_envelope_and_another_document_of_the_dsp_go_nowhere() -> None:
    world = World()
    signed = SRP.sign(build_request(safe_request()))
    envelope = build_countersigned(CountersignedRequest("5.5", NOW, signed))
    await world.submit(etree.tostring(envelope), work_id="unsigned")
    await world.submit(DSP.sign(tree(document("Response", "5.5"))), work_id="other")
    assert [failure.work_id for failure in world.failures] == ["unsigned", "other"]


async def test_the_same_work_is_done_once_and_reported_again() -> None:
    world = World()
    message = countersigned(safe_request())
    await world.submit(message, hours=0)
    await world.submit(message)
    assert (len(world.visits), len(world.documents)) == (2, 1)
    await world.submit(message)
    assert len(world.visits) == 2
    assert world.documents == [world.documents[0]] * 2
    await world.submit(message, work_id="w2")
    assert len(world.visits) == 4


@pytest.mark.requirement("PIA-R3", refuses=True)
async def test_a_meter_that_is_not_reached_is_given_up_and_that_is_reported_again() -> None:
    world = World()
    request = safe_request(replace(REQUEST_ID, target=OUT_OF_HAN))
    for _ in range(2):
        await world.submit(countersigned(request), device=OUT_OF_HAN)
    assert world.failures == [DeliveryFailure("w1", OUT_OF_HAN, "HAN_UNREACHABLE")] * 2
    assert world.visits == []


async def test_a_meter_that_is_not_this_s1sps() -> None:
    world = World()
    request = safe_request(replace(REQUEST_ID, target=NOT_OURS))
    await world.submit(countersigned(request), device=NOT_OURS)
    (failure,) = world.failures
    assert failure.reason == f"{NOT_OURS} is not a meter of this S1SP"


async def test_patience_ends_before_the_attempts_do() -> None:
    world = World(model=replace(QUICK, patience=30.0))
    request = safe_request(replace(REQUEST_ID, target=OUT_OF_HAN))
    await world.submit(countersigned(request), device=OUT_OF_HAN, hours=0.01)
    assert [failure.reason for failure in world.failures] == ["HAN_UNREACHABLE"]


async def test_what_is_lost_on_the_way_is_sent_again() -> None:
    world = World(model=replace(QUICK, loss_rate=0.9, attempts=60, backoff_factor=1.0))
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()
    first = world.response().timestamp
    again = World(model=replace(QUICK, loss_rate=0.9, attempts=60, backoff_factor=1.0))
    await again.submit(countersigned(safe_request()))
    assert again.response().timestamp == first, "the same seed gives the same run"
    assert first is not None
    assert first - NOW > timedelta(seconds=60)


async def test_a_full_dsp_is_told_again_until_it_listens() -> None:
    world = World()
    world.dsp_is_full = 7
    await world.submit(countersigned(safe_request()))
    assert len(world.documents) == 1
    world.dsp_is_full = 2
    await world.submit(b"", work_id="w2")
    assert len(world.failures) == 1


async def test_only_so_many_ends_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(s1sp_service, "_ENDS_KEPT", 1)
    world = World()
    message = countersigned(safe_request())
    await world.submit(message)
    await world.submit(message, work_id="w2")
    await world.submit(message)
    assert len(world.visits) == 6
