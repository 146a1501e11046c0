"""A contingency request of 1.6, where the policy gives it: the agreed mode and nothing else."""

from dataclasses import replace

import pytest
from tests.checks.cases import (
    COUNTER,
    METER,
    NOW,
    SUPPLIER,
    SUPPLIER_KEY,
    Case,
    contingency,
    ordinary,
    verdict_of,
)
from tests.policy.shipped import changed, shipped_files

from stayon.domain.instants import CANCELLATION
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.duis.request import SignedPreCommand, UpdatePaymentMode
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.payment_mode import encode_payment_mode
from stayon.gbcs.prepayment_activation import Activation, At, Immediate
from stayon.gbcs.protection import sign
from stayon.policy import Policy, load_policy

pytestmark = pytest.mark.requirement("decision 13", "R5", "R3")

ONE_LINE = ('"CR4426", active = false', '"CR4426", active = true')
OPEN = changed("roles.toml", ONE_LINE)
BACK = PrepaymentMode(True, False, MilliPence(-5_00000))
IMMEDIATE = Immediate()


def with_limits(role: str, most: str) -> Policy:
    limits = shipped_files()["anomaly_limits.toml"].replace('"SolrContingency"', f'"{role}"')
    limits += f'disablement_threshold = {{ at_most = "{most}" }}\n'
    roles = shipped_files()["roles.toml"].replace(*ONE_LINE)
    return load_policy({**shipped_files(), "anomaly_limits.toml": limits, "roles.toml": roles})


def setting_back() -> Policy:
    """The agreed mode is prepayment."""
    text = shipped_files()["safe_payment_mode.toml"].replace('"credit"', '"prepayment"', 2)
    text = text.replace('mode = "prepayment"', 'mode = "prepayment"', 1)
    table = (
        "[prepayment]\nsuspend_debt_disabled = true\nsuspend_debt_emergency = false\n"
        'disablement_threshold = "-£5.00"\n'
    )
    roles = shipped_files()["roles.toml"].replace(*ONE_LINE)
    return load_policy(
        {**shipped_files(), "safe_payment_mode.toml": text + table, "roles.toml": roles}
    )


def of_1_6(
    case: Case,
    variant: int,
    fuel: Fuel,
    mode: PaymentMode,
    activation: Activation = IMMEDIATE,
    *,
    twin: bool = False,
) -> Case:
    """``case`` asking for ``mode`` instead."""
    case = case.with_request(service_reference="1.6", service_reference_variant="1.6")
    if variant in (1, 4):
        return case.with_request(body=UpdatePaymentMode(None, mode))
    request_id = RequestId(SUPPLIER, METER, COUNTER)
    made = encode_payment_mode(request_id, mode, fuel, activation, NOW, twin_element=twin)
    payload = sign(made, SUPPLIER_KEY)
    asking = case.with_request(body=SignedPreCommand(None, payload))
    return replace(asking, frame=parse_frame(payload))


@pytest.mark.parametrize("fuel", Fuel)
@pytest.mark.parametrize("variant", [1, 4, 5, 6, 7])
def test_the_agreed_mode_passes_every_check(variant: int, fuel: Fuel) -> None:
    case = of_1_6(contingency(variant, fuel), variant, fuel, CreditMode())
    assert verdict_of(case, OPEN) == ("", "")
    back = of_1_6(contingency(variant, fuel), variant, fuel, BACK)
    assert verdict_of(back, setting_back()) == ("", "")


def test_a_meter_that_knows_only_ecs08_can_change_its_mode() -> None:
    case = of_1_6(contingency(5), 5, Fuel.ELECTRICITY, CreditMode())
    assert verdict_of(case.with_device(takes_ecs08a=False), OPEN) == ("", "")


@pytest.mark.requirement("decision 13", "R5", "D8", refuses=True)
@pytest.mark.parametrize("fuel", Fuel)
@pytest.mark.parametrize("variant", [1, 4, 5])
def test_another_mode_is_refused(variant: int, fuel: Fuel) -> None:
    case = of_1_6(contingency(variant, fuel), variant, fuel, BACK)
    check = "mp134b/message_code" if variant == 5 else "mp134b/fixed_format"
    assert verdict_of(case, OPEN) == (check, "E020101")
    assert verdict_of(case, setting_back()) == ("", "")
    other = of_1_6(
        contingency(variant, fuel), variant, fuel, replace(BACK, suspend_debt_disabled=False)
    )
    assert verdict_of(other, setting_back()) == ("mp134b/fixed_format", "E020101")


@pytest.mark.requirement("decision 13", "decision 6", refuses=True)
def test_at_once_only() -> None:
    case = of_1_6(contingency(4), 4, Fuel.ELECTRICITY, CreditMode())
    later = case.with_request(body=UpdatePaymentMode(CANCELLATION, CreditMode()))
    assert verdict_of(later, OPEN) == ("mp134b/at_once", "E020101")
    at = At(NOW.replace(microsecond=0))
    inner = of_1_6(contingency(5, Fuel.GAS), 5, Fuel.GAS, CreditMode(), at)
    assert verdict_of(inner, OPEN) == ("mp134b/fixed_format", "E020101")


@pytest.mark.requirement("decision 13", "R3", refuses=True)
def test_without_the_line_it_is_e2() -> None:
    case = of_1_6(contingency(5), 5, Fuel.ELECTRICITY, CreditMode())
    assert verdict_of(case) == ("duis/e2_eligible_service", "E2")


@pytest.mark.requirement("decision 13", "R5", refuses=True)
def test_a_command_of_2_1_is_not_one_of_1_6() -> None:
    case = contingency(5).with_request(service_reference="1.6", service_reference_variant="1.6")
    assert verdict_of(case, OPEN) == ("mp134b/message_code", "E020101")


@pytest.mark.requirement("decision 13", "D13", refuses=True)
def test_limits_of_the_disablement_threshold() -> None:
    narrow = with_limits("IS", "-£6.00")
    for variant, code in ((1, "E65"), (5, "quarantine")):
        asked = of_1_6(ordinary(variant), variant, Fuel.ELECTRICITY, BACK)
        assert verdict_of(asked, narrow) == ("sec/attribute_limits", code)
        assert verdict_of(asked, with_limits("IS", "£0.00")) == ("", "")
    credit = of_1_6(ordinary(5), 5, Fuel.ELECTRICITY, CreditMode())
    assert verdict_of(credit, narrow) == ("", "")
