"""A small world in which every meter has something of its own, rehearsed once."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from tests.support.dsp_database import sqlite_file

from stayon.adapters import package_data
from stayon.adapters.clock.simulated import SimulatedClock
from stayon.adapters.http.outbound import HttpClient
from stayon.apps.policy_files import read_policy
from stayon.apps.rehearse.files import prepare
from stayon.apps.rehearse.rehearsal import RehearsalOptions, Run
from stayon.apps.rehearse.result import DeviceResult, Rehearsal
from stayon.apps.schemas import load_schemas
from stayon.apps.world.assumptions import Assumptions, load_assumptions
from stayon.apps.world.cast import FAILED_SUPPLIER
from stayon.apps.world.population import NEVER, Ailment, Home, Meter, draw_population
from stayon.apps.world.wiring import World, WorldSettings, open_world
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import Progress
from stayon.parties.supplier.endpoint import SupplierEndpoint
from stayon.ports.outbound import HttpReply

SEED = 7
HEALTHY_SHARES = {
    "dual_fuel": 1.0,
    "smets1": 0.0,
    "ecs08_only": 0.0,
    "moved_away": 0.0,
    "execution_error": 0.0,
    "already_off": 0.0,
}
FAILED_AT = datetime(2027, 1, 15, 17, tzinfo=UTC)


def shipped_text() -> str:
    return package_data.read("apps/world/assumptions.toml").decode()


@cache
def shipped() -> Assumptions:
    return load_assumptions(shipped_text())


def with_values(**changes: object) -> Assumptions:
    """The shipped assumptions with other values; each name occurs in one section only."""
    tree = shipped().model_dump()
    for name, value in changes.items():
        next(group for group in tree.values() if name in group)[name]["value"] = value
    return Assumptions.model_validate(tree)


def healthy_homes(number: int, seed: int = SEED) -> tuple[Home, ...]:
    assumptions = with_values(
        **HEALTHY_SHARES, no_wan_electricity=0.0, no_wan_gas=0.0, han_lost=0.0
    )
    return draw_population(assumptions, FAILED_SUPPLIER, number, seed)


def change(home: Home, fuel: Fuel, **changes: object) -> Home:
    """The home with its meter of ``fuel`` changed."""
    meters = tuple(
        replace(meter, **changes) if meter.device.fuel is fuel else meter  # type: ignore[arg-type]
        for meter in home.meters
    )
    return replace(home, meters=meters)


def as_smets1(home: Home, route: Route = Route.S1SP_CGI_IE) -> Home:
    def older(meter: Meter) -> Meter:
        device = replace(
            meter.device,
            generation=Generation.SMETS1,
            route=route,
            gbcs_version=None,
        )
        return replace(meter, device=device)

    return replace(home, meters=tuple(older(meter) for meter in home.meters))


def switched_off(home: Home, *, adds: bool) -> Home:
    """Off since before the failure; somebody there would press the button."""
    habits = replace(home.habits, activates_emergency=True, tops_up=False)
    off = change(
        home,
        Fuel.ELECTRICITY,
        is_off=True,
        balance=-3_00000,
        adds_raised_emergency_credit=adds,
    )
    return replace(off, habits=habits)


NO_WAN = Ailment(no_wan=True)
HEALS = Ailment(han_back_at=FAILED_AT + timedelta(hours=5))
LOST = Ailment(han_back_at=NEVER)
ELECTRICITY, GAS = Fuel.ELECTRICITY, Fuel.GAS


def ailing_homes(seed: int = SEED) -> tuple[Home, ...]:
    """Twelve homes; the comment of each says what is the matter."""
    homes = healthy_homes(12, seed)
    return (
        homes[0],  # nothing
        change(homes[1], ELECTRICITY, ailment=NO_WAN),
        change(homes[2], GAS, ailment=HEALS),
        change(homes[3], GAS, ailment=LOST),
        change(homes[4], ELECTRICITY, knows_ecs08a=False),
        change(homes[5], ELECTRICITY, moved_away=True),
        change(homes[6], ELECTRICITY, answers_with_error=True),
        switched_off(homes[7], adds=True),
        switched_off(homes[8], adds=False),
        change(as_smets1(homes[9]), GAS, ailment=HEALS),
        change(as_smets1(homes[10]), GAS, ailment=LOST),
        change(as_smets1(homes[11]), ELECTRICITY, answers_with_error=True),
    )


def settings_for(homes: tuple[Home, ...], folder: Path, seed: int = SEED) -> WorldSettings:
    folder.mkdir(parents=True, exist_ok=True)
    sqlite_file(folder / "dsp.sqlite")
    return WorldSettings(
        homes=homes,
        assumptions=shipped(),
        policy=_policy(),
        schemas=_schemas(),
        seed=seed,
        folder=folder,
    )


_policy = cache(lambda: read_policy(None))
_schemas = cache(lambda: load_schemas(None))

Moment = Callable[[World, datetime, str], None]


def nothing_more(_world: World, _at: datetime, _what: str) -> None:
    """At no moment anything but the event itself."""


class RecordingPoster(HttpClient):
    """Keeps what is posted, with the address it goes to."""

    def __init__(self) -> None:
        super().__init__()
        self.posted: list[tuple[str, bytes]] = []

    async def post(self, url: str, body: bytes, content_type: str) -> HttpReply:
        self.posted.append((url, body))
        return await super().post(url, body, content_type)


@dataclass
class Rehearsed:
    """A rehearsal that is over, with its world to look into."""

    settings: WorldSettings
    result: Rehearsal
    world: World
    supplier: SupplierEndpoint
    out: Path
    changes: list[Progress]
    posted: list[tuple[str, bytes]]
    receive_urls: dict[Eui64, str]

    def received_by(self, user: Eui64) -> list[bytes]:
        """What was posted to a User's Receive Response Service."""
        return [body for url, body in self.posted if url == self.receive_urls[user]]

    def of(self, home: int, fuel: Fuel) -> DeviceResult:
        return next(
            each
            for each in self.result.devices
            if each.device.device_id == self.device_id(home, fuel)
        )

    def device_id(self, home: int, fuel: Fuel) -> Eui64:
        meters = self.settings.homes[home].meters
        return next(m.device.device_id for m in meters if m.device.fuel is fuel)


def rehearse_world(
    settings: WorldSettings,
    out: Path,
    on_moment: Moment = nothing_more,
    **options: Any,
) -> Rehearsed:
    """Run a rehearsal to its end; ``on_moment`` is told of each milestone as it happens.

    ``options`` are more of those in ``RehearsalOptions``.
    """
    return asyncio.run(_rehearse(settings, out, on_moment, options))


async def _rehearse(
    settings: WorldSettings, out: Path, on_moment: Moment, more: dict[str, Any]
) -> Rehearsed:
    clock = SimulatedClock(settings.assumptions.event.starts.value)
    changes: list[Progress] = []
    poster = RecordingPoster()
    async with poster, open_world(settings, clock, poster) as world:
        options = RehearsalOptions(
            campaign=prepare(out),
            on_change=changes.append,
            on_moment=lambda at, what: on_moment(world, at, what),
            **more,
        )
        run = Run(world, clock, poster, options)
        try:
            await run.to_the_end()
            result = run.result(0.0)
            users = (await world.store.reference()).users
        finally:
            await run.close()
    urls = {user: record.receive_url for user, record in users.items()}
    return Rehearsed(settings, result, world, run.supplier, out, changes, poster.posted, urls)
