"""A DSP that is full pushes back, kind by kind, and loses nothing that it has acknowledged."""

import asyncio
import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.parties.dsp.world import ESME, GSME, NOW, DspWorld, command, dsp_world, fail_the_supplier
from tests.policy.shipped import changed
from tests.support.asgi import call

from stayon.adapters.clock.simulated import SimulatedClock
from stayon.domain.metering import Route, UserRole
from stayon.parties.dsp.datapower import gateway
from stayon.parties.dsp.request_management.lanes import Lane
from stayon.policy import PolicyError, Service
from stayon.ports.connections import Connection
from stayon.ports.outbound import CarrierWork
from stayon.ports.store_work import ClaimedWork, Work, WorkKind

TINY = ("contingency = 5000\nordinary = 5000", "contingency = 1\nordinary = 1")


def claim(name: str, role: UserRole) -> ClaimedWork:
    return ClaimedWork(
        Work(f"{name}/carry", WorkKind.CARRY, Route.CSP_NORTH.value, b"", device=ESME, role=role),
        1,
        NOW,
    )


@pytest.mark.requirement("PIA-A6", "A6")
@pytest.mark.parametrize(
    ("many", "few"),
    [
        (UserRole.SOLR_CONTINGENCY, UserRole.IMPORT_SUPPLIER),
        (UserRole.IMPORT_SUPPLIER, UserRole.SOLR_CONTINGENCY),
    ],
)
async def test_neither_kind_of_traffic_starves_the_other(many: UserRole, few: UserRole) -> None:
    done: list[str] = []

    async def perform(claims: Sequence[ClaimedWork]) -> None:
        done.extend(each.work.key for each in claims)

    lane = Lane(perform, not_expected, SimulatedClock(NOW), largest=4, workers=1)
    for number in range(100):
        lane.add(claim(f"many {number}", many))
    for number in range(3):
        lane.add(claim(f"few {number}", few))
    await asyncio.gather(*lane._workers)
    assert max(done.index(f"few {number}/carry") for number in range(3)) < 8
    for kind, number in (("many", 100), ("few", 3)):
        assert [key for key in done if key.startswith(kind)] == [
            f"{kind} {each}/carry" for each in range(number)
        ]


async def not_expected(claims: Sequence[ClaimedWork], mistake: Exception) -> None:
    raise AssertionError(claims) from mistake


class Gate:
    """A carrier that takes nothing until it is opened."""

    def __init__(self, world: DspWorld) -> None:
        self.open = asyncio.Event()
        self._submit = world.carrier.submit
        world.carrier.submit = self.submit  # type: ignore[method-assign]

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        await self.open.wait()
        await self._submit(work)


async def post(world: DspWorld, body: bytes) -> tuple[int, str]:
    reply = await call(
        world.dsp.app(), "POST", "/api/v1/serviceS", body, {"content-type": "application/xml"}
    )
    return reply.status, reply.headers.get("retry-after", "")


@pytest.mark.requirement("PIA-A6", "A6", refuses=True)
async def test_a_full_line_pushes_back_and_what_was_pushed_back_is_taken_later(
    tmp_path: Path,
) -> None:
    async with dsp_world(tmp_path, changed("capacity.toml", TINY)) as world:
        await fail_the_supplier(world)
        gate = Gate(world)
        assert (await post(world, command(1)))[0] == 200
        assert await post(world, command(2, device=GSME)) == (429, "2")
        assert world.dsp.dispatcher.waiting(contingency=True) == 1
        gate.open.set()
        await world.settle(1)
        assert (await post(world, command(2, device=GSME)))[0] == 200
        await world.settle(1)
        assert {work.device for work in world.carrier.taken} == {ESME, GSME}


@pytest.mark.requirement("PIA-A6", "A6")
async def test_a_full_line_of_ordinary_traffic_does_not_push_contingency_back(
    tmp_path: Path,
) -> None:
    async with dsp_world(tmp_path, changed("capacity.toml", TINY)) as world:
        await fail_the_supplier(world)
        gate = Gate(world)
        world.dsp.dispatcher.take([claim("ordinary", UserRole.IMPORT_SUPPLIER)])
        assert world.dsp.dispatcher.waiting(contingency=False) == 1
        assert (await post(world, command(1)))[0] == 200
        gate.open.set()
        await world.settle(1)


@pytest.mark.requirement("PIA-A6", "A6", refuses=True)
async def test_more_requests_at_once_than_the_gateway_judges_are_told_to_come_back() -> None:
    going = asyncio.Event()

    async def answer(body: bytes, service: Service, connection: Connection | None) -> bytes:
        await going.wait()
        return b"<done/>"

    policy = changed("capacity.toml", ("judged_at_once = 512", "judged_at_once = 2"))
    app = gateway(answer, SimulatedClock(NOW), policy.capacity)
    xml = {"content-type": "application/xml"}
    first = [
        asyncio.create_task(call(app, "POST", "/api/v1/serviceS", b"<x/>", xml)) for _ in range(2)
    ]
    for _ in range(10):
        await asyncio.sleep(0)
    refused = await call(app, "POST", "/api/v1/serviceT", b"<x/>", xml)
    assert (refused.status, refused.headers["retry-after"]) == (503, "2")
    assert json.loads(refused.body)["rule"] == "capacity"
    going.set()
    assert [reply.status for reply in await asyncio.gather(*first)] == [200, 200]
    assert (await call(app, "POST", "/api/v1/serviceT", b"<x/>", xml)).status == 200


@pytest.mark.requirement("PIA-A6", refuses=True)
def test_a_capacity_of_nothing_is_refused() -> None:
    with pytest.raises(PolicyError, match=r"waiting\.ordinary"):
        changed("capacity.toml", ("ordinary = 5000", "ordinary = 0"))
