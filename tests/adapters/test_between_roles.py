"""The interfaces between processes, over real HTTP: what is sent arrives, or is refused."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.routing import Route as Path

from stayon.adapters.between_roles import documents
from stayon.adapters.between_roles.clients import (
    JSON,
    RemoteCarrier,
    RemoteMeters,
    RemoteSouthbound,
    RemoteWan,
    ask_in_force,
    part_of,
)
from stayon.adapters.between_roles.servers import (
    alert_routes,
    application,
    carrier_routes,
    in_force_routes,
    meter_routes,
    reference_routes,
    southbound_routes,
)
from stayon.adapters.http.client import AiohttpPoster
from stayon.adapters.http.server import HttpServer
from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64
from stayon.domain.instants import parse_instant
from stayon.domain.metering import Fuel, Route
from stayon.ports.management_interface import Acknowledgement, ReferenceFiles
from stayon.ports.meters import MeterAnswer, MeterCommand, RaisedAlerts
from stayon.ports.outbound import (
    CarrierWork,
    DeliveryFailure,
    DeviceMessage,
    OutboundError,
    S1spMessage,
)
from stayon.ports.store_reference import InForce, KeyRotation

DEVICE = Eui64.parse("025AE00000000001")
SINCE = datetime(2026, 11, 20, 18, tzinfo=UTC)
WORK = CarrierWork("1/2/3", Route.CSP_NORTH, DEVICE, bytes(range(256)))


@dataclass
class Other:
    """Everybody's other side."""

    got: list[object] = field(default_factory=list)
    trouble: str | None = None

    def _take(self, *what: object) -> None:
        if self.trouble:
            raise OutboundError(self.trouble)
        self.got += what

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        self._take(*work)

    async def load(self, files: ReferenceFiles) -> Acknowledgement:
        self._take(files)
        return Acknowledgement(files.route, files.version, files.digest, True, ("row 1: odd",))

    async def receive_device_messages(self, messages: Sequence[DeviceMessage]) -> None:
        self._take(*messages)

    async def receive_failures(self, failures: Sequence[DeliveryFailure]) -> None:
        self._take(*failures)

    async def receive_s1sp_messages(self, messages: Sequence[S1spMessage]) -> None:
        self._take(*messages)

    async def carry(self, alerts: Sequence[RaisedAlerts]) -> None:
        self._take(*alerts)

    def fuel(self, device: Eui64) -> Fuel | None:
        raise AssertionError(device)

    async def execute(self, commands: Sequence[MeterCommand]) -> Sequence[MeterAnswer]:
        self._take(*commands)
        return [(each.message, b"alert") for each in commands]


@asynccontextmanager
async def served(routes: Callable[[Other], list[Path]]) -> AsyncIterator[tuple[Other, str]]:
    other = Other()
    server = HttpServer(application(routes(other)))
    await server.start()
    try:
        yield other, server.url
    finally:
        await server.stop()


async def test_work_reaches_its_carrier_or_nobody() -> None:
    async with (
        AiohttpPoster() as poster,
        served(lambda it: carrier_routes({Route.CSP_NORTH: it})) as (other, url),
    ):
        carrier = RemoteCarrier(url, poster)
        await carrier.submit([WORK])
        assert other.got == [WORK]
        other.trouble = "it is full"
        with pytest.raises(OutboundError, match="it is full"):
            await carrier.submit([WORK])
        other.trouble = None
        elsewhere = CarrierWork("x", Route.S1SP_SECURE, DEVICE, b"m")
        with pytest.raises(OutboundError, match="not carried here"):
            await carrier.submit([WORK, elsewhere])
        assert other.got == [WORK], "none of it was taken"


async def test_what_is_no_document_is_refused_with_the_field() -> None:
    async with (
        AiohttpPoster() as poster,
        served(lambda it: carrier_routes({Route.CSP_NORTH: it})) as (other, url),
    ):
        for body, where in (
            (b"{", "document"),
            (b"[{}]", "0.work_id"),
            (documents.write_work([WORK]).replace(b"csp-north", b"csp-moon"), "0.route"),
            (documents.write_work([WORK]).replace(b"}", b',"more":1}'), "0.more"),
        ):
            reply = await poster.post(f"{url}/carrier/work", body, JSON)
            assert reply.status == 400
            assert where.encode() in reply.body
        assert other.got == []


async def test_reference_data_and_the_answer() -> None:
    at = parse_instant("2027-01-15T18:30:00Z", "at")
    files = ReferenceFiles.of(Route.S1SP_SECURE, 7, at, {"users.csv": b"a,b\n\xff"})
    async with (
        AiohttpPoster() as poster,
        served(lambda it: reference_routes({Route.S1SP_SECURE: it})) as (other, url),
    ):
        answer = await RemoteCarrier(url, poster).load(files)
        assert other.got == [files]
        assert answer == Acknowledgement(files.route, 7, files.digest, True, ("row 1: odd",))


async def test_what_comes_back_goes_to_whichever_worker_takes_it() -> None:
    message, failure = DeviceMessage(DEVICE, b"gbcs"), DeliveryFailure("w", DEVICE, "NO_WAN", True)
    document = S1spMessage(DEVICE, b"<xml/>")
    async with (
        AiohttpPoster() as poster,
        served(southbound_routes) as (one, url),
        served(southbound_routes) as (other, other_url),
    ):
        southbound = RemoteSouthbound(["http://127.0.0.1:9", url, other_url], poster)
        for _ in range(3):
            await southbound.receive_device_messages([message])
        await southbound.receive_failures([failure])
        await southbound.receive_s1sp_messages([document])
        assert len(one.got) + len(other.got) == 5
        assert {message, failure, document} == {*one.got, *other.got}
        assert one.got
        assert other.got
        one.trouble = other.trouble = "the store is away"
        with pytest.raises(OutboundError, match="the store is away"):
            await southbound.receive_failures([failure])


async def test_each_meter_is_asked_at_its_host() -> None:
    devices = [Eui64(bytes((2, 0x5A, kind, 0, 0, 0, 0, n))) for n in range(9) for kind in (1, 2)]
    assert all(part_of(a, 2) == part_of(b, 2) for a, b in zip(*[iter(devices)] * 2, strict=True))
    commands = [MeterCommand(device, device.octets) for device in devices]
    async with (
        AiohttpPoster() as poster,
        served(lambda it: meter_routes(it, 1, 2)) as (one, url),
        served(lambda it: meter_routes(it, 2, 2)) as (other, other_url),
    ):
        meters = RemoteMeters([url, other_url], {devices[0]: Fuel.GAS}, poster)
        assert await meters.execute(commands) == [(each.message, b"alert") for each in commands]
        assert one.got == [each for each in commands if part_of(each.device, 2) == 0]
        assert other.got == [each for each in commands if part_of(each.device, 2) == 1]
        assert (meters.fuel(devices[0]), meters.fuel(devices[1])) == (Fuel.GAS, None)
        reply = await poster.get(f"{other_url}/meters/part")
        assert documents.read_part(reply.body) == (2, 2)
        # Those of a host that is away have not answered; the others have.
        other.trouble = "away"
        answers = await meters.execute(commands)
        assert [bool(each) for each in answers] == [part_of(e.device, 2) == 0 for e in commands]
        one.trouble = "away"
        with pytest.raises(OutboundError, match="away"):
            await RemoteMeters([url], {}, poster).execute(commands)


async def test_alerts_go_up() -> None:
    alerts = [RaisedAlerts("alert/1", DEVICE, (b"one", b"two"))]
    async with AiohttpPoster() as poster, served(alert_routes) as (other, url):
        await RemoteWan(url, poster).carry(alerts)
        assert other.got == alerts


@given(st.binary(max_size=200))
def test_no_octets_are_anything_but_read_or_refused(body: bytes) -> None:
    for read in (documents.read_work, documents.read_failures, documents.read_alerts):
        with pytest.raises(FieldError):
            read(b"x" + body)


@pytest.mark.parametrize("policy", [None, 0, 2**63 - 1])
async def test_what_is_in_force_is_asked_of_any_worker_that_knows(policy: int | None) -> None:
    found = InForce(policy, (KeyRotation("dsp", 2, SINCE, True),))
    knows: list[InForce | None] = [None]
    async with AiohttpPoster() as client:
        server = HttpServer(application(in_force_routes(lambda: knows[0])))
        await server.start()
        urls = ("http://127.0.0.1:9", server.url)
        with pytest.raises(OutboundError, match="503"):
            await ask_in_force(urls, client)
        knows[0] = found
        assert await ask_in_force(urls, client) == found
        await server.stop()


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b'{"policy": "1", "rotations": []}',
        b'{"policy": null, "rotations": [{"key": "dsp"}]}',
    ],
)
def test_what_is_in_force_is_read_strictly(body: bytes) -> None:
    with pytest.raises(FieldError):
        documents.read_in_force(body)
