"""Homes are drawn one by one: the same number and seed give the same home."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from tests.apps.rehearse.small_world import shipped, with_values

from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.cast import (
    CAST,
    DSP,
    FAILED_SUPPLIER,
    SRP,
    SUPPLIER_OF_LAST_RESORT,
    cast_with,
)
from stayon.apps.world.population import (
    NEVER,
    Home,
    Meter,
    draw_population,
    population_of,
)
from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route, UserRole
from stayon.parties.srp.portfolio import dump_portfolio, load_portfolio
from stayon.smki_profile import Capacity

STRANGER = Eui64.parse("90B3D51F30010000")


def drawn(homes: int, seed: int = 1, assumptions: Assumptions | None = None) -> tuple[Home, ...]:
    return draw_population(assumptions or shipped(), FAILED_SUPPLIER, homes, seed)


HOMES = drawn(400)
METERS = [meter for home in HOMES for meter in home.meters]


def test_a_home_is_the_same_however_many_others_there_are() -> None:
    assert drawn(40) == HOMES[:40]
    assert drawn(40, seed=2) != HOMES[:40]


def test_each_meter_has_identifiers_of_its_own() -> None:
    devices = [meter.device for meter in METERS]
    assert len({each.device_id for each in devices}) == len(devices)
    assert len({(each.fuel, each.mpxn) for each in devices}) == len(devices)
    # The second bit of the first octet: locally administered, so no real meter has it.
    assert all(each.device_id.octets[0] & 2 for each in devices)
    assert {each.supplier_id for each in devices} == {FAILED_SUPPLIER}


def test_mpans_have_their_check_digit() -> None:
    """The weights are the first twelve primes but 11; the sum modulo 11, then modulo 10."""
    primes = [n for n in range(2, 44) if all(n % d for d in range(2, n)) and n not in (2, 11)]
    assert len(primes) == 12
    mpans = [each.device.mpxn for each in METERS if each.device.fuel is Fuel.ELECTRICITY]
    assert len(mpans) == 400
    for mpan in mpans:
        digits = [int(digit) for digit in mpan]
        assert len(digits) == 13
        total = sum(d * p for d, p in zip(digits, primes, strict=False))
        assert digits[12] == total % 11 % 10


def test_a_population_is_a_portfolio_and_back() -> None:
    devices = tuple(meter.device for meter in METERS)
    assert load_portfolio("".join(dump_portfolio(devices)).encode()) == devices


def test_what_is_in_a_home_fits_together() -> None:
    for home in HOMES:
        generations = {meter.device.generation for meter in home.meters}
        assert len(generations) == 1
        assert len({meter.device.route for meter in home.meters}) == 1
        fuels = [meter.device.fuel for meter in home.meters]
        assert fuels in ([Fuel.ELECTRICITY], [Fuel.ELECTRICITY, Fuel.GAS])
        smets1 = generations == {Generation.SMETS1}
        for meter in home.meters:
            assert meter.device.route.generation is meter.device.generation
            assert (meter.device.gbcs_version is None) is smets1
            assert not (smets1 and meter.ailment.no_wan)
            assert meter.is_off is (meter.balance <= 0)
            assert meter.use.per_day > 0


Predicate = Callable[[Meter], bool]
SHARES: list[tuple[str, Predicate]] = [
    ("moved_away", lambda meter: meter.moved_away),
    ("execution_error", lambda meter: meter.answers_with_error),
    ("emergency_credit_added", lambda meter: meter.adds_raised_emergency_credit),
    ("smets1", lambda meter: meter.device.generation is Generation.SMETS1),
    ("north", lambda meter: meter.device.route is Route.CSP_NORTH),
    ("dual_fuel", lambda meter: meter.device.fuel is Fuel.GAS),
    ("already_off", lambda meter: meter.is_off),
    ("ecs08_only", lambda meter: not meter.knows_ecs08a),
    ("no_wan_electricity", lambda m: m.ailment.no_wan and m.device.fuel is Fuel.ELECTRICITY),
    ("no_wan_gas", lambda meter: meter.ailment.no_wan and meter.device.fuel is Fuel.GAS),
    ("han_lost", lambda meter: meter.ailment.han_back_at is not None),
]


@pytest.mark.requirement("CSC-DP094")
@pytest.mark.requirement("decision 16")
@pytest.mark.parametrize(("name", "has"), SHARES)
def test_a_share_of_none_gives_none_and_of_all_gives_some(name: str, has: Predicate) -> None:
    for share, some in ((0.0, False), (1.0, True)):
        homes = drawn(60, assumptions=with_values(**{name: share}))
        assert any(has(meter) for home in homes for meter in home.meters) is some


def test_han_losses_heal_or_never_do() -> None:
    homes = drawn(60, assumptions=with_values(han_lost=1.0, han_heals=0.5))
    backs = Counter(
        meter.ailment.han_back_at == NEVER
        for home in homes
        for meter in home.meters
        if not meter.ailment.no_wan
    )
    assert backs[True] > 10
    assert backs[False] > 10
    starts = shipped().event.starts.value
    for home in homes:
        for meter in home.meters:
            back = meter.ailment.han_back_at
            assert back is None or back >= starts


def test_a_portfolio_gives_one_home_for_each_device() -> None:
    devices = [meter.device for meter in METERS[:30]]
    homes = population_of(shipped(), devices, 1)
    assert [home.meters[0].device for home in homes] == devices
    assert [home.number for home in homes] == list(range(30))
    assert population_of(shipped(), devices, 1) == homes
    assert population_of(shipped(), devices, 2) != homes


def test_a_device_has_the_same_home_wherever_it_stands_in_the_portfolio() -> None:
    devices = [meter.device for meter in METERS[:10]]
    forth = population_of(shipped(), devices, 1)
    back = population_of(shipped(), devices[::-1], 1)[::-1]
    assert [replace(home, number=0) for home in forth] == [replace(home, number=0) for home in back]


def test_the_suppliers_of_a_portfolio_are_the_ones_that_fail() -> None:
    cast = cast_with([STRANGER, FAILED_SUPPLIER])
    assert set(cast) == {*CAST, STRANGER}
    assert cast[FAILED_SUPPLIER] is CAST[FAILED_SUPPLIER]
    assert cast[STRANGER].capacity is Capacity.SUPPLIER
    assert cast[STRANGER].roles == {UserRole.IMPORT_SUPPLIER, UserRole.GAS_SUPPLIER}
    assert str(STRANGER) in cast[STRANGER].name
    assert FAILED_SUPPLIER not in cast_with([STRANGER])


@pytest.mark.parametrize("other", [DSP, SRP, SUPPLIER_OF_LAST_RESORT])
def test_nobody_fails_who_has_another_part(other: Eui64) -> None:
    with pytest.raises(StayonError, match=str(other)):
        cast_with([other])
