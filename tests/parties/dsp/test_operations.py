"""Operations data: what the tables say after a known course of events."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from tests.parties.dsp.southbound_messages import (
    alert_frame,
    bring,
    bring_s1sp,
    response_frame,
    s1sp_document,
)
from tests.parties.dsp.world import (
    ESME,
    GSME,
    NOW,
    OLD_METER,
    SUPPLIER,
    SUPPLIER_XML,
    DspWorld,
    command,
    rule,
    smets1_request,
)

from stayon.domain.request_id import RequestId
from stayon.duis.smets1 import S1spAlert
from stayon.ports.operations import AlertCount, Latency, Measure, RouteHealth, Storm
from stayon.ports.outbound import DeliveryFailure
from stayon.ports.store_work import StoreUnavailableError

HOUR = datetime(2026, 11, 21, 10, tzinfo=UTC)


async def a_busy_hour(world: DspWorld) -> None:
    """Twenty requests answered after 1 to 20 s, one given up, one refused by an S1SP, one E65."""
    for counter in range(1, 21):
        await world.send(command(counter))
    for counter in range(1, 21):
        await world.settle(1)
        await bring(world, response_frame(counter=counter))
    await world.send(command(1, device=GSME))
    failure = DeliveryFailure(f"{RequestId(SUPPLIER, GSME, 1)}/carry", GSME, "NO_WAN")
    await world.dsp.southbound.receive_failures([failure])
    await world.send(smets1_request(2))
    of_old_meter = RequestId(SUPPLIER, OLD_METER, 2)
    alert = S1spAlert("5.5", "S1VE100", NOW, request_id=of_old_meter, device_id=OLD_METER)
    await bring_s1sp(world, s1sp_document(alert))
    await world.send(command(99, by=SUPPLIER_XML))


@pytest.mark.requirement("A6")
async def test_measures_count_and_time_by_service_code_route_and_hour(failed: DspWorld) -> None:
    await a_busy_hour(failed)
    found = await failed.store.measures(HOUR, HOUR + timedelta(hours=1))
    assert {each.hour for each in found} == {HOUR}
    assert {each for each in found if each.step == "outcome"} == {
        Measure(HOUR, "outcome", "2.1", "I0", "csp-north", 20, Latency(10.5, 19.0, 20.0)),
        Measure(HOUR, "outcome", "2.1", "N12", "csp-north", 1, Latency(0.0, 0.0, 0.0)),
        Measure(HOUR, "outcome", "2.1", "S1VE100", "s1sp-cgi-ie", 1, Latency(0.0, 0.0, 0.0)),
    }
    admitted = {(m.code, m.route): m.count for m in found if m.step == "admission"}
    assert admitted["I99", "csp-north"] == 21
    assert admitted["I99", "s1sp-cgi-ie"] == 1
    assert admitted["E65", "csp-north"] == 1


@pytest.mark.requirement("A6")
async def test_measures_are_of_the_time_asked_for(failed: DspWorld) -> None:
    await a_busy_hour(failed)
    assert await failed.store.measures(HOUR - timedelta(hours=3), HOUR) == ()
    await failed.settle(3600)
    await failed.send(command(50))
    later = await failed.store.measures(HOUR + timedelta(hours=1), HOUR + timedelta(hours=2))
    assert later == (Measure(HOUR + timedelta(hours=1), "admission", "2.1", "I99", "csp-north", 1),)


@pytest.mark.requirement("A6", "PANEL-storms")
async def test_health_says_how_things_stand(
    failed: DspWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    await a_busy_hour(failed)
    await bring(failed, *(alert_frame(0x810D, counter=n) for n in range(1, 16)))
    await bring(failed, alert_frame(0x8F73, counter=16))
    await failed.dsp.administration.set_threshold(rule(quarantine=0), "pat")
    await failed.send(command(60))
    # One command that the carrier does not take waits.
    await failed.dsp.administration.set_threshold(rule(), "pat")
    failed.carrier.refusals = 1
    await failed.send(command(61))
    now = failed.clock.now()
    health = await failed.store.health(now)
    assert health.at == now
    assert health.answers["I99"] == 23
    assert health.answers["E65"] == 1
    assert health.quarantined == 1
    (queue,) = health.queues
    assert (queue.kind, queue.target, queue.waiting, queue.retried) == ("carry", "csp-north", 1, 0)
    assert set(health.routes) == {
        RouteHealth("csp-north", 21, 20, 1),
        RouteHealth("s1sp-cgi-ie", 1, 0, 1),
    }
    assert health.alerts == (AlertCount("810D", 15, 3), AlertCount("8F73", 1, 0))
    window = now.replace(minute=0, second=0, microsecond=0)
    assert health.storms == (Storm(ESME, 0x810D, window, 3, 3),)


@pytest.mark.requirement("A6")
async def test_an_old_storm_and_an_old_hour_are_over(failed: DspWorld) -> None:
    await a_busy_hour(failed)
    await bring(failed, *(alert_frame(0x810D, counter=n) for n in range(1, 16)))
    await failed.settle(2 * 86400)
    health = await failed.store.health(failed.clock.now())
    assert (health.answers, health.queues, health.routes) == ({}, (), ())
    assert (health.alerts, health.storms, health.quarantined) == ((), (), 0)


async def test_work_that_was_tried_before_shows(failed: DspWorld) -> None:
    failed.carrier.refusals = 2
    await failed.send(command(1))
    task = asyncio.create_task(failed.dsp.run())
    await failed.settle(2)
    (queue,) = (await failed.store.health(failed.clock.now())).queues
    assert (queue.waiting, queue.retried, queue.oldest) == (1, 1, NOW)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


async def test_a_database_that_fails_says_so(failed: DspWorld) -> None:
    with failed.store._writing.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE audit RENAME TO gone")
    with pytest.raises(StoreUnavailableError):
        await failed.store.health(NOW)
