"""One line of policy gives SRV 1.6 to the contingency role: a campaign of it (decision 13).

SMETS2+ over both WANs and SMETS1 behind each S1SP, electricity and gas.
"""

from dataclasses import replace
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    GAS,
    Rehearsed,
    as_smets1,
    healthy_homes,
    rehearse_world,
    settings_for,
)
from tests.policy.shipped import changed

from stayon.apps.world.cast import S1SPS, SRP
from stayon.devices.prepayment import Prepayment
from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.portfolio import EndState
from stayon.parties.srp.requests import agreed_service

ONE_LINE = ('"CR4426", active = false', '"CR4426", active = true')


@pytest.fixture(scope="module")
def to_credit(tmp_path_factory: pytest.TempPathFactory) -> Rehearsed:
    folder = tmp_path_factory.mktemp("credit")
    homes = healthy_homes(5)
    behind = [as_smets1(home, route) for home, route in zip(homes[2:], S1SPS, strict=True)]
    settings = settings_for((*homes[:2], *behind), folder / "world")
    settings = replace(settings, policy=changed("roles.toml", ONE_LINE))
    return rehearse_world(settings, folder / "out", service="1.6")


def state_of(run: Rehearsed, home: int, fuel: Fuel) -> Prepayment:
    device = run.device_id(home, fuel)
    installed = run.world.installed
    meter = installed.smets1.get(device) or installed.smets2[device]
    return meter.prepayment


@pytest.mark.requirement("decision 13", "R3", "T5")
@pytest.mark.parametrize("fuel", [ELECTRICITY, GAS])
@pytest.mark.parametrize("home", range(5))
def test_every_meter_is_in_credit_mode(to_credit: Rehearsed, home: int, fuel: Fuel) -> None:
    found = to_credit.of(home, fuel)
    assert (found.progress.end, found.progress.code) == (EndState.SAFE, "I0")
    assert state_of(to_credit, home, fuel).account.credit_mode


@pytest.mark.requirement("decision 13", "decision-15")
def test_the_evidence_is_the_meters_own_answer_to_1_6(to_credit: Rehearsed) -> None:
    assert to_credit.result.homes_off_with == 0
    said = [body for body in to_credit.received_by(SRP) if b"GBCSPayload" in body]
    assert len(said) >= 4
    assert all(b">1.6<" in body for body in said)


@pytest.mark.requirement("decision 13", "R3", refuses=True)
def test_without_the_line_there_is_no_such_campaign(tmp_path: Path) -> None:
    settings = settings_for(healthy_homes(1), tmp_path / "world")
    with pytest.raises(StayonError, match=r"send 2\.1, not 1\.6"):
        agreed_service(settings.policy, "1.6")
