"""The meters of the pack's own world: both fuels on every way to a meter, and odd ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.household import Habits, Use
from stayon.apps.world.population import Ailment, Home, Meter
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice

OLD = "an ESME that takes only ECS08"
MOVED = "an ESME that is registered to another supplier"
NO_WAN = "an ESME without WAN"
CARRIERS = {
    "CSP North": Route.CSP_NORTH,
    "CSP Central & South": Route.CSP_CENTRAL_SOUTH,
    "S1SP CGI IE": Route.S1SP_CGI_IE,
    "S1SP Secure": Route.S1SP_SECURE,
    "S1SP Trilliant": Route.S1SP_TRILLIANT,
}
_FIRST = 0x02_5A_5C_51_00_00_00_00
_FUELS = {"ESME": Fuel.ELECTRICITY, "GSME": Fuel.GAS}
_BALANCE = 5_00000
_USE_A_DAY = 1_00000


@dataclass(frozen=True, slots=True)
class TestMeter:
    """A meter and what scenarios call it."""

    name: str
    meter: Meter

    @property
    def device(self) -> PortfolioDevice:
        """The meter as a portfolio has it."""
        return self.meter.device


def name_of(device: PortfolioDevice) -> str:
    """What scenarios call a meter: ``the ESME on CSP North``, ``the GSME behind S1SP Secure``."""
    kind = "ESME" if device.fuel is Fuel.ELECTRICITY else "GSME"
    carrier = next(name for name, route in CARRIERS.items() if route is device.route)
    joint = "on" if device.generation is Generation.SMETS2 else "behind"
    return f"the {kind} {joint} {carrier}"


def meters_of(supplier: Eui64, owner: int) -> tuple[TestMeter, ...]:
    """One supplier's test meters; ``owner`` keeps the identifiers of suppliers apart."""
    return tuple(_meters(supplier, owner))


def _meters(supplier: Eui64, owner: int) -> Iterator[TestMeter]:
    number = owner * 0x100
    for route in CARRIERS.values():
        for fuel in _FUELS.values():
            number += 1
            meter = _meter(number, supplier, fuel, route)
            yield TestMeter(name_of(meter.device), meter)
    plain = _meter(number + 1, supplier, Fuel.ELECTRICITY, Route.CSP_NORTH)
    yield TestMeter(OLD, replace(plain, knows_ecs08a=False))
    plain = _meter(number + 2, supplier, Fuel.ELECTRICITY, Route.CSP_NORTH)
    yield TestMeter(MOVED, replace(plain, moved_away=True))
    plain = _meter(number + 3, supplier, Fuel.ELECTRICITY, Route.CSP_NORTH)
    yield TestMeter(NO_WAN, replace(plain, ailment=Ailment(no_wan=True)))


def _meter(number: int, supplier: Eui64, fuel: Fuel, route: Route) -> Meter:
    smets2 = route.generation is Generation.SMETS2
    device = PortfolioDevice(
        device_id=Eui64.parse(f"{_FIRST + number:016X}"),
        supplier_id=supplier,
        fuel=fuel,
        generation=route.generation,
        mpxn=f"{1_000_000_000_000 + number}"
        if fuel is Fuel.ELECTRICITY
        else f"{7 * 10**9 + number}",
        route=route,
        gbcs_version="4.1" if smets2 else None,
        counter_floor=0,
        postcode="",
    )
    return Meter(
        device=device,
        use=Use(fuel, _USE_A_DAY),
        balance=_BALANCE,
        is_off=False,
        ailment=Ailment(),
        knows_ecs08a=True,
        moved_away=False,
        answers_with_error=False,
        adds_raised_emergency_credit=True,
    )


def homes(meters: tuple[TestMeter, ...], assumptions: Assumptions) -> tuple[Home, ...]:
    """A home for each meter, in which nobody does anything about the credit."""
    habits = Habits(
        tops_up=False,
        top_up=0,
        activates_emergency=False,
        reacts_within=timedelta(hours=1),
        can_top_up_from=assumptions.event.starts.value,
    )
    return tuple(Home(number, habits, (each.meter,)) for number, each in enumerate(meters))
