"""A household and its meters: when it goes off, what it does about it, and when."""

import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.apps.rehearse.small_world import shipped
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.apps.world import day
from stayon.apps.world.household import Habits, Household, Use
from stayon.apps.world.population import draw_for
from stayon.apps.world.usual_settings import usual_electricity, usual_gas
from stayon.devices.model import MeterModel, RaisedLimit
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, GAS_ACTIVATIONS
from stayon.devices.prepayment import Prepayment
from stayon.devices.supply import Supply
from stayon.domain.metering import Fuel

FAILED = datetime(2027, 1, 15, 17, tzinfo=UTC)
END = FAILED + timedelta(days=28)
SOLR = FAILED + timedelta(days=21)
POUND = 100_000
HELPLESS = Habits(
    tops_up=False,
    top_up=20 * POUND,
    activates_emergency=False,
    reacts_within=timedelta(hours=3),
    can_top_up_from=END + timedelta(days=1),
)
ABLE = replace(HELPLESS, tops_up=True, activates_emergency=True)
ADDS = MeterModel(raised_limit=RaisedLimit.ADD)
KEEPS = MeterModel(raised_limit=RaisedLimit.KEEP)


def electricity(pounds: float = 10, *, off: bool = False, model: MeterModel = KEEPS) -> Prepayment:
    usual = usual_electricity(shipped())
    return Prepayment(
        usual,
        FAILED,
        balance=int(pounds * POUND),
        supply=Supply.DISABLED if off else Supply.ENABLED,
        emergency_drawn=usual.emergency_credit_limit if off else 0,
        standing_charge=45_000,
        model=model,
    )


def gas(pounds: float = 10) -> Prepayment:
    return Prepayment(
        usual_gas(shipped()), FAILED, balance=int(pounds * POUND), standing_charge=45_000
    )


def household(
    *meters: Prepayment, habits: Habits = HELPLESS, per_day: float = 3, seed: int = 1
) -> Household:
    uses = [Use(meter.fuel, int(per_day * POUND)) for meter in meters]
    return Household(meters, uses, habits, partial(draw_for, seed, "life"), FAILED)


def make_safe(meter: Prepayment) -> None:
    if meter.fuel is Fuel.GAS:
        meter.set_now(GAS_ACTIVATIONS, SAFE_GAS)
    else:
        meter.set_now(ELECTRICITY_ACTIVATIONS, SAFE_ELECTRICITY)


def lived(home: Household, until: datetime = END) -> Household:
    home.live(until)
    home.finish()
    return home


def household_is_off(home: Household) -> bool:
    return home.is_off


def test_a_home_with_credit_is_never_off() -> None:
    assert lived(household(electricity(1000), gas(1000))).off == []


def test_a_home_without_credit_goes_off_outside_friendly_hours_only() -> None:
    home = lived(household(electricity(3)))
    ((began, ended),) = home.off
    assert 9 <= began.hour < 18
    assert began.isoweekday() != 7
    assert ended == END
    assert home.is_off


@given(
    pounds=st.floats(min_value=-20, max_value=20),
    per_day=st.floats(min_value=0.5, max_value=30),
    hour=st.integers(min_value=0, max_value=72),
)
@settings(max_examples=25, deadline=None)
@pytest.mark.requirement("R5")
def test_a_home_made_safe_while_on_is_never_cut(pounds: float, per_day: float, hour: int) -> None:
    meters = (electricity(pounds), gas(pounds))
    home = household(*meters, per_day=per_day)
    made_safe = FAILED + timedelta(hours=hour)
    home.live(made_safe)
    on = [meter for meter in meters if meter.supply is Supply.ENABLED]
    for meter in meters:
        make_safe(meter)
    home.look_again()
    lived(home)
    # Under EDGE an electricity meter is bare until a row fires: at most two hours.
    bare = made_safe + timedelta(hours=2)
    for meter in on:
        assert meter.supply is Supply.ENABLED or home.off[-1][0] <= bare
    assert [begin for begin, _ in home.off if begin > bare] == []


@pytest.mark.requirement("decision 18")
@pytest.mark.parametrize(
    ("model", "presses", "back"), [(ADDS, True, True), (KEEPS, True, False), (ADDS, False, True)]
)
def test_a_home_already_off_comes_back_only_if_the_raised_limit_counts(
    model: MeterModel, presses: bool, back: bool
) -> None:
    meter = electricity(-3, off=True, model=model)
    home = household(meter, habits=replace(HELPLESS, activates_emergency=presses))
    made_safe = FAILED + timedelta(hours=2)
    home.live(made_safe)
    assert home.is_off
    make_safe(meter)
    home.look_again()
    # What is on offer again arms the meter; somebody must still enable it there.
    expected = Supply.ARMED if back else Supply.DISABLED
    assert meter.supply == expected
    assert home.is_off
    assert household_is_off(lived(home)) is not back
    if back:
        ((began, ended),) = home.off
        assert began == FAILED
        assert made_safe < ended < made_safe + timedelta(days=2)
        assert 7 <= ended.hour < 23


def test_emergency_credit_is_pressed_for_and_then_used_up() -> None:
    habits = replace(HELPLESS, activates_emergency=True)
    alone, pressed = (
        lived(household(electricity(3))),
        lived(household(electricity(3), habits=habits)),
    )
    assert pressed.off[0][0] > alone.off[0][0] + timedelta(days=1)


def test_who_can_top_up_stays_on() -> None:
    meter = electricity(3)
    home = lived(household(meter, habits=ABLE, per_day=2))
    assert sum(((end - begin) for begin, end in home.off), timedelta()) < timedelta(days=2)
    assert meter.supply is Supply.ENABLED


def test_when_the_solr_can_act_homes_come_back() -> None:
    home = lived(household(electricity(3), habits=replace(HELPLESS, can_top_up_from=SOLR)))
    assert SOLR < home.off[0][1] < SOLR + timedelta(days=2)


@pytest.mark.parametrize("seed", range(30))
def test_people_react_in_waking_hours_only(seed: int) -> None:
    habits = replace(HELPLESS, can_top_up_from=SOLR, activates_emergency=True)
    home = lived(household(electricity(4), gas(5), habits=habits, seed=seed))
    for _, ended in home.off:
        waking = ended.replace(hour=7, minute=0, second=0, microsecond=0)
        assert waking <= ended <= waking.replace(hour=23) or ended == END


@given(st.floats(min_value=0.1, max_value=60), st.integers(min_value=0, max_value=47))
@settings(max_examples=25, deadline=None)
def test_reactions_take_waking_time(hours: float, start: int) -> None:
    slow = replace(ABLE, reacts_within=timedelta(hours=hours))
    home = household(electricity(100), habits=slow)
    home.at = FAILED + timedelta(hours=start)
    reacts = home._next_reaction()
    assert reacts > home.at
    assert (7, 0, 0) <= (reacts.hour, reacts.minute, reacts.second) <= (23, 0, 0)


@given(
    pounds=st.floats(min_value=0.01, max_value=60),
    per_day=st.floats(min_value=0.5, max_value=15),
    stops=st.lists(st.integers(min_value=1, max_value=28 * 86_400), max_size=5),
    seed=st.integers(min_value=0, max_value=3),
    dual=st.booleans(),
)
@settings(max_examples=30, deadline=None)
def test_it_makes_no_difference_how_often_one_looks(
    pounds: float, per_day: float, stops: list[int], seed: int, dual: bool
) -> None:
    """Interruptions change nothing while nobody in the home reacts."""
    once, often = (
        household(*([electricity(pounds), gas(pounds)][: 1 + dual]), per_day=per_day, seed=seed)
        for _ in range(2)
    )
    for stop in sorted(stops):
        often.live(FAILED + timedelta(seconds=stop))
    assert lived(often).off == lived(once).off
    for one, other in zip(once._meters, often._meters, strict=True):
        assert one.account.balance == other.account.balance
        assert one.period.active == other.period.active


class Restless(Household):
    """Never coasts: stops at every part of the day."""

    __slots__ = ()

    def _coast(self, stop: datetime) -> bool:
        return False


@given(
    pounds=st.floats(min_value=-5, max_value=40),
    per_day=st.floats(min_value=0.5, max_value=15),
    habits=st.sampled_from([HELPLESS, ABLE, replace(ABLE, tops_up=False, can_top_up_from=SOLR)]),
    safe_after=st.none() | st.integers(min_value=1, max_value=10 * 86_400),
    seed=st.integers(min_value=0, max_value=50),
)
@settings(max_examples=40, deadline=None)
def test_coasting_changes_nothing(
    pounds: float, per_day: float, habits: Habits, safe_after: int | None, seed: int
) -> None:
    def life(kind: type[Household]) -> list[object]:
        meters = (electricity(pounds, model=ADDS), gas(pounds))
        uses = [Use(meter.fuel, int(per_day * POUND)) for meter in meters]
        home = kind(meters, uses, habits, partial(draw_for, seed, "life"), FAILED)
        if safe_after is not None:
            home.live(FAILED + timedelta(seconds=safe_after))
            for meter in meters:
                make_safe(meter)
            home.look_again()
        lived(home)
        states = [
            (m.at, m.account.balance, m.account.emergency_owed, m.supply, m.period.active)
            for m in meters
        ]
        return [home.off, states, [meter._residue for meter in meters]]

    assert life(Household) == life(Restless)


def test_what_is_used_is_what_is_paid() -> None:
    meter = electricity(1000)
    lived(household(meter, per_day=4.8), FAILED + timedelta(days=7))
    standing = 7 * 45_000
    paid = 1000 * POUND - meter.account.balance - standing
    # Rates are whole MilliPence an hour: a day loses less than 24 of them.
    assert 0 <= 7 * 480_000 * _mean() - paid < 7 * 24


def _mean() -> float:
    parts = day.parts_of(FAILED.date())
    hours = [((end - begin) / timedelta(hours=1), factor) for begin, end, factor in parts]
    return sum(length * factor for length, factor in hours) / 24


def test_the_parts_of_a_day_cover_it() -> None:
    parts = day.parts_of(FAILED.date())
    assert parts[0][0] == FAILED.replace(hour=0)
    assert parts[-1][1] == day.midnight_after(FAILED) == FAILED.replace(hour=0) + timedelta(days=1)
    assert all(one[1] == other[0] for one, other in itertools.pairwise(parts))
    assert 0.99 < _mean() < 1.01
    for begin, end, factor in parts:
        assert day.part_at(begin) == day.part_at(end - timedelta(microseconds=1))
        assert day.part_at(begin)[2] == factor


@given(
    per_day=st.integers(min_value=0, max_value=10**7),
    cuts=st.lists(st.integers(min_value=0, max_value=86_400_000_000), min_size=1, max_size=4),
)
@settings(max_examples=60)
def test_use_adds_up_over_a_day(per_day: int, cuts: list[int]) -> None:
    midnight = FAILED.replace(hour=0)
    edges = [
        midnight,
        *(midnight + timedelta(microseconds=cut) for cut in sorted(cuts)),
        midnight + timedelta(days=1),
    ]
    pieces = [
        day.used(per_day, begin, end) for begin, end in itertools.pairwise(edges) if begin < end
    ]
    assert sum(pieces) == day.used(per_day, edges[0], edges[-1])


def test_draws_are_keyed() -> None:
    assert isinstance(draw_for(1, "life", 2, 3), random.Random)
    assert draw_for(1, "life", 2, 3).random() == draw_for(1, "life", 2, 3).random()
    others = [draw_for(*key).random() for key in ((1, "life", 2, 4), (2, "life", 2, 3))]
    assert draw_for(1, "life", 2, 3).random() not in others
