"""The forecast from a simulated history is within 10 % of what another campaign then needs."""

import random

import pytest
from tests.policy.shipped import shipped_policy

from stayon.domain.errors import StayonError
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress, Stage
from stayon.parties.srp.forecast import History

RETRY = shipped_policy().retry


def meter(number: int, fuel: Fuel) -> PortfolioDevice:
    return PortfolioDevice(
        device_id=Eui64(number.to_bytes(8, "big")),
        supplier_id=Eui64(b"supplier"),
        fuel=fuel,
        generation=Generation.SMETS2,
        mpxn="1234567890123",
        route=Route.CSP_NORTH,
        gbcs_version=None,
        counter_floor=0,
        postcode=None,
    )


def simulated(seed: int, electricity: int, gas: int) -> list[tuple[PortfolioDevice, Progress]]:
    """Gas meters are reached in one attempt out of two, electricity meters in nine of ten."""
    draw = random.Random(seed)  # noqa: S311 - a simulation
    found = []
    for number in range(electricity + gas):
        fuel = Fuel.ELECTRICITY if number < electricity else Fuel.GAS
        reached, attempt = (0.9 if fuel is Fuel.ELECTRICITY else 0.5), 1
        while attempt <= 6 and draw.random() > reached:
            attempt += 1
        end = EndState.SAFE if attempt <= 6 else EndState.NEEDS_LOCAL_DELIVERY
        device = meter(number, fuel)
        found.append((device, Progress(device.device_id, Stage.ENDED, end, attempt, 1, 9)))
    return found


@pytest.mark.requirement("PANEL-forecast")
def test_requests_and_safe_devices_are_forecast_within_ten_per_cent() -> None:
    actual = simulated(2, electricity=1000, gas=2000)
    history = History(simulated(1, electricity=3000, gas=500))
    forecast = history.forecast((device for device, _ in actual), RETRY, per_second=1)
    requests = sum(progress.attempt for _, progress in actual)
    assert forecast.requests == pytest.approx(requests, rel=0.1)
    first = sum(progress.attempt == 1 for _, progress in actual)
    assert forecast.safe_at_first == pytest.approx(first, rel=0.1)
    assert forecast.safe == pytest.approx(sum(p.end is EndState.SAFE for _, p in actual), rel=0.1)
    assert sum(forecast.per_hour) == pytest.approx(forecast.requests)
    assert forecast.per_hour[0] == pytest.approx(3600 * 3000 / 3000, rel=0.2)
    assert forecast.calls_at_peak == 2


@pytest.mark.requirement("PANEL-forecast")
def test_without_knowing_the_kinds_the_forecast_would_be_wrong() -> None:
    """The mix of fuels differs: an average over all meters is more than 10 % off."""
    actual = simulated(2, electricity=1000, gas=2000)
    history = simulated(1, electricity=3000, gas=500)
    average = sum(progress.attempt for _, progress in history) / len(history)
    requests = sum(progress.attempt for _, progress in actual)
    assert abs(average * len(actual) - requests) / requests > 0.1


@pytest.mark.requirement("PANEL-forecast", refuses=True)
def test_a_kind_without_history_is_not_guessed() -> None:
    history = History(simulated(1, electricity=10, gas=0))
    with pytest.raises(StayonError, match="the history has no SMETS2/csp-north/gas"):
        history.forecast([meter(1, Fuel.GAS)], RETRY, 20)


def test_no_devices_need_nothing() -> None:
    forecast = History(()).forecast((), RETRY, 20)
    assert (forecast.requests, forecast.per_hour, forecast.calls_at_peak) == (0, (), 0)
