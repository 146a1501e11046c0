"""The Supplier of Last Resort gains every home: the contingency ends (PIA A10, decision 14)."""

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    GAS,
    NO_WAN,
    Rehearsed,
    as_smets1,
    change,
    healthy_homes,
    rehearse_world,
    settings_for,
)

from stayon.apps.world.cast import FAILED_SUPPLIER, S1SPS, SRP, SUPPLIER_OF_LAST_RESORT
from stayon.apps.world.population import Home
from stayon.devices.alerts import AlertCode
from stayon.devices.supply import Supply
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import EndState

SOLR = SUPPLIER_OF_LAST_RESORT
UNREACHED = 5


def homes() -> tuple[Home, ...]:
    """Two SMETS2+ homes, one behind each S1SP, and one whose electricity meter has no WAN."""
    found = healthy_homes(6)
    older = [as_smets1(home, route) for home, route in zip(found[2:5], S1SPS, strict=True)]
    return (*found[:2], *older, change(found[UNREACHED], ELECTRICITY, ailment=NO_WAN))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    folder = tmp_path_factory.mktemp("endings")
    return rehearse_world(
        settings_for(homes(), folder / "world"), folder / "out", with_endings=True
    )


reached = pytest.mark.parametrize("home", range(5))
fuels = pytest.mark.parametrize("fuel", [ELECTRICITY, GAS])


@pytest.mark.requirement("A10", "decision 14", "D11", "S2")
@reached
@fuels
def test_each_device_trusts_the_gaining_supplier(ended: Rehearsed, home: int, fuel: Fuel) -> None:
    device = ended.device_id(home, fuel)
    assert ended.of(home, fuel).progress.end is EndState.SAFE
    installed = ended.world.installed
    if device not in installed.smets1:
        assert installed.smets2[device].anchors.supplier == SOLR
    else:
        route = ended.of(home, fuel).device.route
        assert ended.world.s1sps[route].cells.supplier(device) == SOLR


@pytest.mark.requirement("D11", "decision 14", "D10")
@reached
@fuels
def test_a_safe_meter_stays_on_under_its_new_supplier(
    ended: Rehearsed, home: int, fuel: Fuel
) -> None:
    device = ended.device_id(home, fuel)
    installed = ended.world.installed
    meter = installed.smets1.get(device) or installed.smets2[device]
    assert meter.prepayment.supply is Supply.ENABLED
    safe = ended.settings.policy.safe_prepayment.configuration(fuel)
    assert meter.prepayment.account.terms.emergency_limit == safe.emergency_credit_limit


@pytest.mark.requirement("A10", "decision 14", "D11", refuses=True)
def test_contingency_requests_are_refused_from_then_on(ended: Rehearsed) -> None:
    found = ended.result.endings
    assert found is not None
    assert (found.moved, found.gained) == (12, 11)
    assert set(found.refused_between) == {"E4"}
    assert set(found.refused_after) == {"E4"}
    assert set(found.refused_withdrawn) == {"E65"}
    assert sum(found.refused_after.values()) >= 8


@pytest.mark.requirement("A10", "decision 14", refuses=True)
def test_a_device_that_is_not_reached_keeps_the_failed_supplier(ended: Rehearsed) -> None:
    device = ended.device_id(UNREACHED, ELECTRICITY)
    assert ended.world.installed.smets2[device].anchors.supplier == FAILED_SUPPLIER
    assert ended.result.endings is not None
    assert sum(ended.result.endings.not_gained.values()) == 1


@pytest.mark.requirement("D10", "R7", "decision 14")
def test_alerts_go_to_the_gaining_supplier(ended: Rehearsed) -> None:
    found = ended.result.endings
    assert found is not None
    assert found.alerts_to_gaining == sum(found.refused_after.values())
    assert found.alerts_to_failed == 0
    assert ended.supplier.counts[AlertCode.TAMPER.value] == 0


@pytest.mark.requirement("A10", "decision 14")
def test_the_failed_supplier_is_told_what_it_has_lost(ended: Rehearsed) -> None:
    unreached = ended.device_id(UNREACHED, ELECTRICITY)
    devices = {ended.device_id(home, fuel) for home in range(6) for fuel in (ELECTRICITY, GAS)}
    assert ended.supplier.lost == devices - {unreached}


@pytest.mark.requirement("D2", "decision 10", "A10")
def test_the_milestones_say_how_it_ended(ended: Rehearsed) -> None:
    said = [milestone.what for milestone in ended.result.milestones]
    assert said[-3:] == [
        "Registration data name the Supplier of Last Resort",
        "11 of 12 devices trust the Supplier of Last Resort",
        "The failed supplier is withdrawn from the list",
    ]
    assert SRP not in {FAILED_SUPPLIER, SOLR}
