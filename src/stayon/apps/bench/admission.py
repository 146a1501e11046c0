"""The whole admission of a SMETS2+ Signed Pre-Command from a SolrContingency User, in process.

Everything is on: safe parsing, schema, XML signature, every check, the fixed format, the GBCS
signature, the MAC, the signed answer, and a commit that is on disk before the answer leaves. What
follows (handing the Command to the CSP) waits.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from stayon.adapters import package_data
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.outbound import HttpClient
from stayon.apps.bench.measuring import Rate, rate_of
from stayon.apps.collecting import settle
from stayon.apps.policy_files import read_policy
from stayon.apps.rehearse.event import Event
from stayon.apps.schemas import load_schemas
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER, SRP
from stayon.apps.world.pki import WorldPki
from stayon.apps.world.population import draw_population
from stayon.apps.world.wiring import GatewayTls, World, WorldSettings, open_world
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.domain.request_id import RequestId
from stayon.duis.request import CommandVariant, write_request
from stayon.duis.schema import SchemaSet
from stayon.gbcs import protection
from stayon.gbcs.prepayment_configuration import Immediate, UseCase, encode_pre_command
from stayon.parties.srp.identity import XmlSigner
from stayon.parties.srp.requests import SAFE_PREPAYMENT, signed_pre_command_request
from stayon.policy.model import Policy
from stayon.policy.services import Service
from stayon.ports.outbound import CarrierWork
from stayon.smki_profile import RemotePartyRole

_HOMES = 150
_AT_ONCE = 32
_DUIS_VERSION = "5.5"
_USE_CASES = {Fuel.ELECTRICITY: UseCase.ECS08A, Fuel.GAS: UseCase.GCS05}


@dataclass(frozen=True, slots=True)
class AdmissionRates:
    """Requests a second: ``together`` with 32 at a time, ``alone`` one after the other."""

    together: Rate
    alone: Rate


class _Waiting:
    """A carrier that takes its time: nothing is handed over while admission is measured."""

    def __init__(self) -> None:
        self.released = asyncio.Event()

    async def submit(self, work: Sequence[CarrierWork]) -> None:
        """Return when the measurement is over."""
        del work
        await self.released.wait()


@dataclass(frozen=True, slots=True)
class WaitingWorld:
    """A world in which the SRP may act, and nothing that is accepted is handed on."""

    world: World

    @property
    def gateway_url(self) -> str:
        """Where its DSP serves."""
        return self.world.gateway_url

    def requests(self, number: int) -> list[bytes]:
        """As many different signed requests, all of which pass."""
        return _requests(self.world, number)


@asynccontextmanager
async def waiting_world(
    settings: WorldSettings, tls: Callable[[WorldPki], GatewayTls] | None = None
) -> AsyncIterator[WaitingWorld]:
    """Make a world and let the event unfold in it; what was accepted goes on at the end.

    ``tls`` says how its services are served by mutual TLS.
    """
    clock = SimulatedClock(settings.assumptions.event.starts.value)
    pki = WorldPki(f"world {settings.seed}".encode(), clock, cast=settings.cast)
    secured = None if tls is None else tls(pki)
    async with (
        HttpClient() as poster,
        open_world(settings, clock, poster, pki=pki, tls=secured) as world,
    ):
        carrier = _Waiting()
        world.carriers.update(dict.fromkeys(Route, carrier))
        await _open(world, clock)
        try:
            yield WaitingWorld(world)
        finally:
            carrier.released.set()


async def admission_rates(
    settings: WorldSettings, *, rounds: int = 5, requests: int = 200
) -> AdmissionRates:
    """Measure in a world made for it; ``requests`` are admitted in each round."""
    async with waiting_world(settings) as waiting:
        bodies = waiting.requests(2 * (rounds + 1) * requests)
        together, alone = [], []
        settle()
        for number in range(rounds + 1):
            first = bodies[2 * number * requests :][:requests]
            second = bodies[(2 * number + 1) * requests :][:requests]
            together.append(await admit_all(waiting.world, first, _AT_ONCE))
            alone.append(await admit_all(waiting.world, second, 1))
        # The first round warms up.
        return AdmissionRates(rate_of(together[1:], requests), rate_of(alone[1:], requests))


def bench_settings(
    assumptions: Assumptions, policy: Policy, schemas: SchemaSet, seed: int, folder: Path
) -> WorldSettings:
    """A small world of the usual homes; requests are made for its working SMETS2+ meters."""
    return WorldSettings(
        homes=draw_population(assumptions, FAILED_SUPPLIER, _HOMES, seed),
        assumptions=assumptions,
        policy=policy,
        schemas=schemas,
        seed=seed,
        folder=folder,
    )


def usual_settings(folder: Path, schema_dir: Path | None) -> WorldSettings:
    """``bench_settings`` with what ships."""
    assumptions = load_assumptions(package_data.read("apps/world/assumptions.toml").decode())
    return bench_settings(assumptions, read_policy(), load_schemas(schema_dir), 1, folder)


async def _open(world: World, clock: SimulatedClock) -> None:
    """Let the event unfold until the SRP may act."""
    await world.put_users({})
    event = Event(
        world,
        service=SAFE_PREPAYMENT,
        requests_a_day=1_000_000,
        on_moment=lambda _at, _what: None,
    )
    unfolding = asyncio.create_task(event.unfold())
    await clock.run_until(clock.now() + timedelta(days=1))
    await unfolding


def _requests(world: World, number: int) -> list[bytes]:
    """As many different signed requests, all of which pass."""
    devices = [
        meter.device
        for home in world.settings.homes
        for meter in home.meters
        if meter.device.generation is Generation.SMETS2
        and meter.knows_ecs08a
        and not meter.moved_away
    ]
    first = int(world.clock.now().timestamp() * 1000)
    return [
        _signed_request(world, devices[index % len(devices)], first + index)
        for index in range(number)
    ]


def _signed_request(world: World, device: PortfolioDevice, counter: int) -> bytes:
    pki, policy = world.pki, world.settings.policy
    request_id = RequestId(FAILED_SUPPLIER, device.device_id, counter)
    pre_command = encode_pre_command(
        request_id,
        policy.safe_prepayment.configuration(device.fuel),
        activation=Immediate(),
        use_case=_USE_CASES[device.fuel],
        now=world.clock.now(),
    )
    signed = protection.sign(pre_command, pki.held(FAILED_SUPPLIER, RemotePartyRole.SUPPLIER).key)
    request = signed_pre_command_request(
        request_id, SAFE_PREPAYMENT, signed, _DUIS_VERSION, CommandVariant.SIGNED_COMMAND
    )
    xml = pki.held(SRP, RemotePartyRole.XML_SIGN)
    signer = XmlSigner(SRP, xml.operations, xml.certificate.issuer, xml.certificate.serial)
    return signer.sign(write_request(request))


async def admit_all(world: World, bodies: Sequence[bytes], at_once: int) -> float:
    """The seconds that admitting all of ``bodies`` takes; raises if one is not accepted."""
    queue = list(bodies)
    answers: list[bytes] = []

    async def client() -> None:
        while queue:
            answers.append(await world.dsp.reception.answer(queue.pop(), Service.SEND_COMMAND))

    start = time.perf_counter()
    await asyncio.gather(*(client() for _ in range(at_once)))
    taken = time.perf_counter() - start
    accepted = sum(b">I99<" in answer for answer in answers)
    if accepted != len(bodies):
        raise RuntimeError(f"only {accepted} of {len(bodies)} requests were accepted")
    return taken
