"""SMETS1 meters take typed settings from their S1SP."""

from dataclasses import replace
from datetime import timedelta

import pytest
from tests.devices.support import ESME_ID, NOW
from tests.safe_profile import SAFE_ELECTRICITY, SAFE_GAS

from stayon.devices.alerts import AlertCode
from stayon.devices.model import MeterModel
from stayon.devices.parameters import ELECTRICITY_ACTIVATIONS, Parameter
from stayon.devices.prepayment import Prepayment
from stayon.devices.smets1 import Smets1Meter, Smets1Outcome
from stayon.domain.money import MilliPence
from stayon.domain.prepayment import PrepaymentConfiguration

LIMITED = MeterModel(largest_emergency_limit=MilliPence(50_00000))


def meter(
    safe: PrepaymentConfiguration,
    model: MeterModel | None = None,
    faults: frozenset[Parameter] = frozenset(),
) -> Smets1Meter:
    ordinary = replace(safe, emergency_credit_limit=MilliPence(5_00000))
    state = Prepayment(ordinary, NOW, balance=20_00000, model=model or MeterModel(), faults=faults)
    return Smets1Meter(ESME_ID, state)


@pytest.mark.requirement("T5")
@pytest.mark.parametrize("safe", [SAFE_ELECTRICITY, SAFE_GAS])
def test_an_update_takes_effect(safe: PrepaymentConfiguration) -> None:
    made = meter(safe)
    assert made.update(safe, NOW + timedelta(hours=1)).success
    assert made.prepayment.account.terms.emergency_limit == 100_00000
    assert made.prepayment.at == NOW + timedelta(hours=1)
    assert made.update(safe, NOW + timedelta(hours=1)).success


@pytest.mark.parametrize(
    ("safe", "parameter"),
    [
        (SAFE_ELECTRICITY, Parameter.EMERGENCY_LIMIT),
        (SAFE_GAS, Parameter.EMERGENCY_CREDIT),
    ],
)
def test_what_the_firmware_cannot_hold_fails_alone(
    safe: PrepaymentConfiguration, parameter: Parameter
) -> None:
    made = meter(safe, LIMITED)
    assert made.update(safe, NOW) == Smets1Outcome((parameter,))
    assert made.prepayment.account.terms.emergency_limit == 5_00000


def test_a_fault_fails_alone_too() -> None:
    made = meter(SAFE_ELECTRICITY, faults=frozenset({Parameter.SCHEDULE}))
    assert made.update(SAFE_ELECTRICITY, NOW) == Smets1Outcome((Parameter.SCHEDULE,))


def test_a_future_update_waits_and_is_told() -> None:
    made = meter(SAFE_ELECTRICITY)
    later = NOW + timedelta(hours=2)
    assert made.update(SAFE_ELECTRICITY, NOW, execution=later, counter=9).success
    assert made.prepayment.account.terms.emergency_limit == 5_00000
    raised = made.advance(later)
    assert [r.outcome.parameter for r in raised if r.outcome] == [*ELECTRICITY_ACTIVATIONS]
    assert {r.outcome.command.counter for r in raised if r.outcome} == {9}


@pytest.mark.requirement("R7")
def test_a_safety_critical_alert() -> None:
    (raised,) = meter(SAFE_GAS).raise_alert(AlertCode.GAS_POWER_SUPPLY_LOSS, NOW)
    assert (raised.code, raised.at) == (AlertCode.GAS_POWER_SUPPLY_LOSS, NOW)
