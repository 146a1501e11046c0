"""Alerts that homes cause, over the WAN and through the S1SPs, to the failed supplier (D10)."""

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    GAS,
    Rehearsed,
    ailing_homes,
    rehearse_world,
    settings_for,
)

from stayon.apps.rehearse.result import summary
from stayon.domain.metering import Generation

_CREDIT = {0x810D, 0x8119, 0x8168, 0x81AA, 0x81AB, 0x8F0F, 0x8F32, 0x8F83}


@pytest.fixture(scope="module")
def telling(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    folder = tmp_path_factory.mktemp("telling")
    settings = settings_for(ailing_homes(), folder / "world")
    return rehearse_world(settings, folder / "out", household_alerts=True)


@pytest.mark.requirement("D10", "T6", "PANEL-storms")
def test_alerts_of_homes_reach_the_failed_supplier(telling: Rehearsed) -> None:
    generations = {
        meter.device.device_id: meter.device.generation
        for home in telling.settings.homes
        for meter in home.meters
    }
    credit = [alert for alert in telling.supplier.alerts if alert.code in _CREDIT]
    assert {generations[alert.device] for alert in credit} == set(Generation)
    assert all(alert.at >= telling.result.failed_at for alert in credit)


@pytest.mark.requirement("D10")
def test_no_alert_comes_twice(telling: Rehearsed) -> None:
    told = [(alert.device, alert.counter) for alert in telling.supplier.alerts]
    assert len({device for device, _ in told}) > 5
    assert len(set(told)) == len(told)


def test_a_home_without_a_wan_tells_nobody(telling: Rehearsed) -> None:
    silent = {
        telling.device_id(1, ELECTRICITY),
        telling.device_id(3, GAS),
        telling.device_id(10, GAS),
    }
    assert not silent & {alert.device for alert in telling.supplier.alerts}


@pytest.mark.requirement("decision 16")
def test_homes_live_the_same_lives(telling: Rehearsed, ailing: Rehearsed) -> None:
    assert telling.result.homes_off_with == ailing.result.homes_off_with
    assert [each.progress.end for each in telling.result.devices] == [
        each.progress.end for each in ailing.result.devices
    ]


def test_without_the_option_nothing_is_told(telling: Rehearsed, ailing: Rehearsed) -> None:
    assert ailing.result.alerts is None
    # What a command does to a meter, it tells of in any case.
    assert sum(ailing.supplier.counts.values()) < sum(telling.supplier.counts.values())
    assert not [name for name in summary(ailing.result) if name.startswith("alert_")]
    said = summary(telling.result)
    assert said["alert_8119"] == telling.supplier.counts[0x8119] > 0
