"""What the event does to homes, with Stayon and with nothing done."""

import pytest
from tests.apps.rehearse.small_world import FAILED_AT, Rehearsed

from stayon.devices.supply import Supply
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import EndState


@pytest.mark.requirement("decision 16")
def test_a_home_whose_meters_are_all_safe_is_never_cut_again(ailing: Rehearsed) -> None:
    checked = 0
    for home, household in zip(ailing.settings.homes, ailing.world.homes.households, strict=True):
        of_home = {meter.device.device_id for meter in home.meters}
        progress = [
            each.progress for each in ailing.result.devices if each.device.device_id in of_home
        ]
        if any(each.end is not EndState.SAFE for each in progress):
            continue
        safe_since = max(each.changed for each in progress if each.changed is not None)
        assert not [begin for begin, _ in household.off if begin > safe_since]
        checked += 1
    assert checked == 5


@pytest.mark.requirement("decision 18")
def test_a_home_already_off_comes_back_when_its_model_adds_to_emergency_credit(
    ailing: Rehearsed,
) -> None:
    adds, keeps = (ailing.world.homes.households[home].off for home in (7, 8))
    ((began, ended),) = adds
    safe = ailing.of(7, Fuel.ELECTRICITY).progress.changed
    assert began == FAILED_AT
    assert safe is not None
    assert (ended - safe).total_seconds() < 16 * 3600
    # Where the raised limit adds nothing, the home waits until somebody can top up (three weeks).
    assert keeps[0][0] == FAILED_AT
    assert (keeps[0][1] - FAILED_AT).days >= 21


def test_homes_are_counted_once_each(ailing: Rehearsed) -> None:
    result = ailing.result
    lives = [household.off for household in ailing.world.homes.households]
    assert result.homes == 12
    assert result.homes_already_off == 2
    assert result.homes_off_with == sum(1 for off in lives if off)
    assert result.homes_off_with < result.homes_off_without <= 12
    assert result.supply.off_with[0] == result.supply.off_without[0] == 2
    assert max(result.supply.off_without) <= 12
    assert len(result.supply.instants) == 28 * 24 + 1


def test_intervals_without_supply_are_in_order_and_end_on_supply(ailing: Rehearsed) -> None:
    end = ailing.result.supply.instants[-1]
    for household in ailing.world.homes.households:
        assert household.at == end
        instants = [instant for interval in household.off for instant in interval]
        assert instants == sorted(instants)
        assert all(begin < until for begin, until in household.off)
        if not household.off or household.off[-1][1] < end:
            assert not household.is_off


def test_safe_meters_are_on_at_the_end(ailing: Rehearsed) -> None:
    for each in ailing.result.devices:
        device = each.device.device_id
        if each.progress.end is EndState.SAFE and device in ailing.world.installed.smets2:
            assert ailing.world.installed.smets2[device].prepayment.supply is Supply.ENABLED
