"""How an S1SP fails: an outage, work that gets stuck, an answer that breaks off."""

from datetime import timedelta

import pytest
from tests.parties.s1sp.test_loading import a_set
from tests.parties.s1sp.world import METER, OUT_OF_HAN, ROUTES, World, countersigned, safe_request
from tests.support.organisations import NOW

from stayon import safexml
from stayon.domain.errors import StayonError
from stayon.domain.metering import Route
from stayon.parties.csp.model import Outage
from stayon.parties.s1sp.faults import S1spFaults
from stayon.ports.outbound import DeliveryFailure, OutboundError

every_s1sp = pytest.mark.parametrize("route", ROUTES)
HOUR = timedelta(hours=1)


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_in_an_outage_it_takes_neither_work_nor_reference_data(route: Route) -> None:
    world = World(route, fails=S1spFaults(outages=(Outage(NOW, NOW + HOUR),)))
    message = countersigned(safe_request())
    with pytest.raises(OutboundError, match=f"{world.service.own.name} does not answer"):
        await world.submit(message)
    with pytest.raises(OutboundError, match="does not answer"):
        await world.service.load(a_set(route, 2))
    await world.clock.run_until(NOW + HOUR)
    await world.submit(message)
    assert world.is_safe()
    assert (await world.service.load(a_set(route, 2))).accepted


async def test_what_was_taken_before_an_outage_is_finished_in_it() -> None:
    later = Outage(NOW + timedelta(seconds=1), NOW + HOUR)
    world = World(fails=S1spFaults(outages=(later,)))
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()
    assert world.response().timestamp is not None


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", "PIA-R3", refuses=True)
async def test_stuck_work_is_given_up_after_the_time_limit(route: Route) -> None:
    world = World(route, fails=S1spFaults(stuck=frozenset({METER}), time_limit=7200.0))
    await world.submit(countersigned(safe_request()), hours=1.9)
    assert world.failures == []
    await world.clock.run_until(NOW + 2 * HOUR)
    assert world.failures == [DeliveryFailure("w1", METER, "TIMED_OUT")]
    assert (world.documents, world.visits, world.is_safe()) == ([], [], False)


@every_s1sp
@pytest.mark.requirement("S1", "S2", "S3", refuses=True)
async def test_an_answer_that_breaks_off_cannot_be_read(route: Route) -> None:
    world = World(route, fails=S1spFaults(garbled=frozenset({METER})))
    await world.submit(countersigned(safe_request()))
    (message,) = world.documents
    with pytest.raises(StayonError):
        safexml.parse(message.document)


async def test_a_fault_of_one_device_is_not_another_ones() -> None:
    faults = S1spFaults(stuck=frozenset({OUT_OF_HAN}), garbled=frozenset({OUT_OF_HAN}))
    world = World(fails=faults)
    await world.submit(countersigned(safe_request()))
    assert world.is_safe()
    assert world.response().body is not None
