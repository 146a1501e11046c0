"""Service Request 1.6 at the meter."""

import pytest
from tests.devices.support import ESME_ID, GSME_ID, NOW, SUPPLIER_ID, World

from stayon.devices.meter import Meter
from stayon.devices.supply import Supply
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.gbcs.frame import parse_frame
from stayon.gbcs.payment_mode import encode_payment_mode
from stayon.gbcs.payment_mode_outcome import payment_mode_was_set
from stayon.gbcs.prepayment_activation import Cancel, Immediate
from stayon.gbcs.protection import sign

WORLD = World()
both = pytest.mark.parametrize("fuel", Fuel)


def meter(fuel: Fuel) -> Meter:
    return WORLD.gsme() if fuel is Fuel.GAS else WORLD.esme()


def command(
    mode: PaymentMode,
    fuel: Fuel,
    counter: int = 1000,
    activation: Immediate | Cancel = Immediate(),  # noqa: B008 - a frozen value
) -> bytes:
    target = GSME_ID if fuel is Fuel.GAS else ESME_ID
    request_id = RequestId(SUPPLIER_ID, target, counter)
    made = encode_payment_mode(request_id, mode, fuel, activation, NOW)
    return WORLD.protect(sign(made, WORLD.supplier_signing))


@pytest.mark.requirement("decision 13")
@both
def test_credit_mode_cuts_nobody_off_and_prepayment_does(fuel: Fuel) -> None:
    one = meter(fuel)
    response, *_ = one.execute(command(CreditMode(), fuel), NOW)
    assert payment_mode_was_set(parse_frame(response))
    one.prepayment.adjust_balance(-100_00000)
    assert not one.prepayment.account.exhausted
    assert one.prepayment.supply is Supply.ENABLED
    back = PrepaymentMode(True, False, MilliPence(5_00000))
    response, *_ = one.execute(command(back, fuel, 1001), NOW)
    assert payment_mode_was_set(parse_frame(response))
    account = one.prepayment.account
    assert (account.exhausted, account.disablement_threshold) == (True, 5_00000)
    assert (account.debts.suspend_when_disabled, account.debts.suspend_in_emergency) == (
        True,
        False,
    )


@pytest.mark.requirement("decision 13", refuses=True)
@both
def test_a_later_change_is_not_executed(fuel: Fuel) -> None:
    one = meter(fuel)
    assert one.execute(command(CreditMode(), fuel, activation=Cancel()), NOW) == ()
    assert not one.prepayment.account.credit_mode
