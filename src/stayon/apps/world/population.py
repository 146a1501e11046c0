"""Who lives in the world of a rehearsal: homes, their meters, and what is wrong with some of them.

Everything about a home is drawn from a generator of its own, keyed by the seed and the home's
number: the same seed gives the same home, however many others there are.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.household import Habits, Use, draw_habits, draw_use
from stayon.apps.world.usual_settings import in_millipence
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice

_POSTCODES = {
    Route.CSP_NORTH: ("YO1 7HH", "LS1 4DY", "EH1 1YZ", "NE1 7RU", "M1 1AE"),
    Route.CSP_CENTRAL_SOUTH: ("CF10 3AT", "BS1 4DJ", "B1 1HH", "SO14 0YG", "PL1 2AA"),
}
_MPAN_WEIGHTS = (3, 5, 7, 13, 17, 19, 23, 29, 31, 37, 41, 43)
NEVER = datetime.max.replace(tzinfo=UTC)
_NUMBER_OF = {Fuel.ELECTRICITY: 0xE0, Fuel.GAS: 0xA0}


@dataclass(frozen=True, slots=True)
class Ailment:
    """What stands between a meter and the network, from the failure on.

    ``han_back_at`` is None for a HAN that is up; ``NEVER`` for one that stays down.
    """

    no_wan: bool = False
    han_back_at: datetime | None = None


_NO_AILMENT = Ailment()
"""Most meters have this one in common."""


@dataclass(frozen=True, slots=True)
class Meter:
    """One meter as the rehearsal begins; money in MilliPence."""

    device: PortfolioDevice
    use: Use
    balance: int
    is_off: bool
    ailment: Ailment
    knows_ecs08a: bool
    moved_away: bool
    answers_with_error: bool
    adds_raised_emergency_credit: bool


@dataclass(frozen=True, slots=True)
class Home:
    """A home with one meter or two."""

    number: int
    habits: Habits
    meters: tuple[Meter, ...]


def draw_for(seed: int, purpose: str, *key: object) -> random.Random:
    """A generator for one purpose and thing; nothing else draws from it."""
    return random.Random(f"{seed}/{purpose}/{'/'.join(map(str, key))}")  # noqa: S311


def draw_population(
    assumptions: Assumptions, supplier: Eui64, homes: int, seed: int
) -> tuple[Home, ...]:
    """``homes`` homes, all of them ``supplier``'s prepayment customers."""
    return tuple(_home(assumptions, supplier, number, seed) for number in range(homes))


def population_of(
    assumptions: Assumptions, portfolio: Sequence[PortfolioDevice], seed: int
) -> tuple[Home, ...]:
    """A home for each device of a given portfolio, which does not say who shares a roof."""
    homes = []
    for number, device in enumerate(portfolio):
        draw = draw_for(seed, "home", device.device_id.hex)
        off = draw.random() < assumptions.meters.already_off.value
        habits = draw_habits(assumptions, draw)
        homes.append(Home(number, habits, (_meter(assumptions, device, draw, off=off),)))
    return tuple(homes)


def _home(assumptions: Assumptions, supplier: Eui64, number: int, seed: int) -> Home:
    draw = draw_for(seed, "home", number)
    meters = assumptions.meters
    smets1 = draw.random() < meters.smets1.value
    north = draw.random() < meters.north.value
    dual = draw.random() < meters.dual_fuel.value
    off = draw.random() < meters.already_off.value
    region = Route.CSP_NORTH if north else Route.CSP_CENTRAL_SOUTH
    provider = _s1sp(assumptions, draw_for(seed, "s1sp", number))
    habits = draw_habits(assumptions, draw)
    fuels = (Fuel.ELECTRICITY, Fuel.GAS) if dual else (Fuel.ELECTRICITY,)
    return Home(
        number,
        habits,
        tuple(
            _meter(
                assumptions,
                PortfolioDevice(
                    device_id=_device_id(fuel, number),
                    supplier_id=supplier,
                    fuel=fuel,
                    generation=Generation.SMETS1 if smets1 else Generation.SMETS2,
                    mpxn=_mpan(number) if fuel is Fuel.ELECTRICITY else f"{7_000_000_000 + number}",
                    route=provider if smets1 else region,
                    gbcs_version=None if smets1 else "4.1",
                    counter_floor=0,
                    postcode=draw.choice(_POSTCODES[region]),
                ),
                draw,
                off=off and fuel is Fuel.ELECTRICITY,
            )
            for fuel in fuels
        ),
    )


def _s1sp(assumptions: Assumptions, draw: random.Random) -> Route:
    """The S1SP that would serve a home if its meters were SMETS1."""
    secure, trilliant = assumptions.meters.s1sp_secure, assumptions.meters.s1sp_trilliant
    drawn = draw.random()
    if drawn < secure.value:
        return Route.S1SP_SECURE
    return Route.S1SP_TRILLIANT if drawn < secure.value + trilliant.value else Route.S1SP_CGI_IE


def _meter(
    assumptions: Assumptions, device: PortfolioDevice, draw: random.Random, *, off: bool
) -> Meter:
    meters = assumptions.meters
    smets2 = device.generation is Generation.SMETS2
    electric = device.fuel is Fuel.ELECTRICITY
    top_up = assumptions.households.top_up.value
    use = draw_use(assumptions, device.fuel, draw)
    balance = draw.uniform(0.02, 1.25) * top_up
    old = draw.random() < meters.ecs08_only.value
    return Meter(
        device=device,
        use=use,
        balance=in_millipence(-draw.uniform(0.0, 6.0) if off else balance),
        is_off=off,
        ailment=_ailment(assumptions, device, draw),
        knows_ecs08a=not (old and smets2 and electric),
        moved_away=draw.random() < meters.moved_away.value,
        answers_with_error=draw.random() < meters.execution_error.value,
        adds_raised_emergency_credit=draw.random() < meters.emergency_credit_added.value,
    )


def _ailment(assumptions: Assumptions, device: PortfolioDevice, draw: random.Random) -> Ailment:
    networks = assumptions.networks
    electric = device.fuel is Fuel.ELECTRICITY
    share = networks.no_wan_electricity if electric else networks.no_wan_gas
    no_wan = draw.random() < share.value
    lost = draw.random() < networks.han_lost.value
    heals = draw.random() < networks.han_heals.value
    hours = draw.expovariate(1 / networks.han_heals_within.value)
    if no_wan and device.generation is Generation.SMETS2:
        return Ailment(no_wan=True)
    if not lost:
        return _NO_AILMENT
    if not heals:
        return Ailment(han_back_at=NEVER)
    failed = assumptions.event.starts.value
    return Ailment(han_back_at=failed + timedelta(seconds=round(hours * 3600)))


def _device_id(fuel: Fuel, number: int) -> Eui64:
    """A locally administered EUI-64, so that no real meter has it."""
    return Eui64(bytes((0x02, 0x5A, _NUMBER_OF[fuel])) + number.to_bytes(5, "big"))


def _mpan(number: int) -> str:
    core = f"{20_0000_0000_00 + number:012d}"
    check = sum(int(digit) * weight for digit, weight in zip(core, _MPAN_WEIGHTS, strict=True))
    return f"{core}{check % 11 % 10}"
