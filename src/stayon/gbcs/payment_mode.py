"""Update Payment Mode (1.6): ECS02, ECS03 for electricity, GCS02, GCS03 for gas.

What decodes encodes to the same octets: decoding ends with encoding and comparing. Source: GBCS use
cases, as in the reference messages; reference gbcs.md 6.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from itertools import product
from typing import Final

from stayon.domain.errors import FieldError
from stayon.domain.instants import zigbee_seconds
from stayon.domain.metering import Fuel
from stayon.domain.money import MilliPence
from stayon.domain.payment_mode import CreditMode, PaymentMode, PrepaymentMode
from stayon.domain.request_id import RequestId
from stayon.gbcs.access import (
    AccessRequest,
    AccessResponse,
    Choice,
    RequestItem,
    ResponseItem,
    Specification,
    decode_access_request,
    encode_access_request,
    encode_access_response,
    long_invoke_id,
)
from stayon.gbcs.cosem import (
    Array,
    BitString,
    CosemData,
    DoubleLong,
    Enumerated,
    Null,
    OctetString,
    Structure,
)
from stayon.gbcs.cosem_date_time import encode_date_time
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.gbz import Component, GbzMessage, decode_gbz, encode_gbz
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_activation import Activation
from stayon.gbcs.prepayment_electricity import activation_decoder, activation_time
from stayon.gbcs.prepayment_fields import require_range
from stayon.gbcs.prepayment_gas import gas_activation, gas_activation_time
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_prepayment import (
    CLUSTER,
    ChangePaymentMode,
    ChangePaymentModeResponse,
)

_ACCOUNT: Final = bytes((0, 1, 19, 0, 0, 255))
_THRESHOLD: Final = bytes((0, 0, 94, 44, 128, 22))
_ACCOUNT_CLASS, _SETTING_CLASS = 111, 9000
_ALL, _WITHOUT_COLLECTION = b"\xe0", b"\xc0"
_TIME_DEBTS: Final = (1, 2)
_PROVIDER, _SEQUENCE, _TO_SERVER, _FROM_SERVER = 0, 0, 0x01, 0x19
_NON_DISABLEMENT_CALENDAR: Final = 2
_CREDIT_CONFIGURATION, _NO_CUT_OFF = 0x0C94, -1
_CONFIGURATIONS: Final = {
    (False, False): 0x0897,
    (False, True): 0x0097,
    (True, False): 0x0C97,
    (True, True): 0x0497,
}
"""By suspension while disabled and in emergency credit; (True, True) is in no reference message."""


class PaymentModeUseCase(Enum):
    """The value is the message code."""

    ECS02 = 0x001A
    ECS03 = 0x001B
    GCS02 = 0x006C
    GCS03 = 0x006D


_USE_CASES: Final = {each.value: each for each in PaymentModeUseCase}
_TO_CREDIT: Final = (PaymentModeUseCase.ECS02, PaymentModeUseCase.GCS02)


@dataclass(frozen=True, slots=True)
class PaymentModeCommand:
    """What a command says; ``twin_element`` is about electricity only."""

    use_case: PaymentModeUseCase
    mode: PaymentMode
    activation: Activation
    twin_element: bool
    issuer_event_time: int | None


def use_case_for(mode: PaymentMode, fuel: Fuel) -> PaymentModeUseCase:
    """The use case that sets ``mode`` in a meter of ``fuel``."""
    to_credit = isinstance(mode, CreditMode)
    if fuel is Fuel.GAS:
        return PaymentModeUseCase.GCS02 if to_credit else PaymentModeUseCase.GCS03
    return PaymentModeUseCase.ECS02 if to_credit else PaymentModeUseCase.ECS03


def encode_payment_mode(
    request_id: RequestId,
    mode: PaymentMode,
    fuel: Fuel,
    activation: Activation,
    now: datetime,
    *,
    twin_element: bool = False,
) -> bytes:
    """The whole Pre-Command; ``now`` (UTC) is the issuer event time of a gas one.

    Raises ``FieldError`` for a value that does not fit.
    """
    if fuel is Fuel.GAS:
        event = zigbee_seconds(now.replace(microsecond=0))
        content = _gas(mode, activation, event)
    else:
        content = _electricity(mode, activation, request_id.counter, twin_element=twin_element)
    frame = Frame(
        cra=Cra.COMMAND,
        counter=request_id.counter,
        originator=request_id.originator,
        recipient=request_id.target,
        date_time=None,
        other_information=OtherInformation(use_case_for(mode, fuel).value),
        content=content,
        signature=ABSENT,
        mac=None,
    )
    return encode_frame(frame)


def decode_payment_mode(frame: Frame) -> PaymentModeCommand:
    """Read a command; raises ``GbcsError`` for what ``encode_payment_mode`` would not write."""
    use_case = _USE_CASES.get(frame.message_code)
    if use_case is None or frame.cra is not Cra.COMMAND:
        raise GbcsError("message code", 0, f"{frame.message_code:04X} does not set a payment mode")
    try:
        if use_case in (PaymentModeUseCase.GCS02, PaymentModeUseCase.GCS03):
            return _decode_gas(frame.content, use_case)
        return _decode_electricity(frame, use_case)
    except FieldError as error:
        raise GbcsError(error.field, 0, error.rule) from None


def _electricity(
    mode: PaymentMode, activation: Activation, counter: int, *, twin_element: bool
) -> bytes:
    time = OctetString(encode_date_time(activation_time(activation)))
    rows = Array(tuple(_rows(mode, twin_element=twin_element)))
    items: tuple[RequestItem, ...]
    if isinstance(mode, CreditMode):
        items = (_account(2, _mode(1)), _account(11, rows), _account(13, time))
    else:
        low, high = DoubleLong.LOW, DoubleLong.HIGH
        threshold = require_range(mode.disablement_threshold, low, high, "DisablementThreshold")
        items = (
            _account(2, _mode(2)),
            _setting(4, DoubleLong(threshold)),
            _account(11, rows),
            _setting(6, time),
            _account(13, time),
        )
    return encode_access_request(AccessRequest(long_invoke_id(counter), None, items))


def _mode(number: int) -> Structure:
    return Structure((Enumerated(number), Enumerated(1)))


def _account(attribute: int, data: CosemData) -> RequestItem:
    return RequestItem(Specification(Choice.SET, _ACCOUNT_CLASS, _ACCOUNT, attribute), data)


def _setting(attribute: int, data: CosemData) -> RequestItem:
    return RequestItem(Specification(Choice.SET, _SETTING_CLASS, _THRESHOLD, attribute), data)


def _rows(mode: PaymentMode, *, twin_element: bool) -> Iterator[Structure]:
    """Which charge is collected from which credit: reference gbcs.md 6."""
    if isinstance(mode, CreditMode):
        for charge in (0, 4, 5) if twin_element else (0, 4):
            yield _row(0, charge, _ALL)
        return
    time_debts = _WITHOUT_COLLECTION if mode.suspend_debt_disabled else _ALL
    for credit, charges in ((0, (0, 4, 1, 2, 3)), (1, (3, 0, 4, 1, 2))):
        for charge in charges:
            yield _row(credit, charge, time_debts if charge in _TIME_DEBTS else _ALL)
    if mode.suspend_debt_emergency:
        for charge in (4, 1, 2):
            yield _row(2, charge, _ALL)
    if twin_element:
        yield _row(0, 5, _ALL)
        yield _row(1, 5, _ALL)


def _row(credit: int, charge: int, bits: bytes) -> Structure:
    names = (bytes((0, 0, 19, 10, credit, 255)), bytes((0, 0, 19, 20, charge, 255)))
    return Structure((*map(OctetString, names), BitString(3, bits)))


def _decode_electricity(frame: Frame, use_case: PaymentModeUseCase) -> PaymentModeCommand:
    items = decode_access_request(frame.content).items
    to_credit = use_case in _TO_CREDIT
    if len(items) != (3 if to_credit else 5):
        raise GbcsError("data count", 6, f"{len(items)} items do not set a payment mode")
    activation = activation_decoder("activation of payment_mode")(items[-1].data)
    threshold = items[1].data
    modes: Iterator[PaymentMode] = iter((CreditMode(),))
    if not to_credit:
        if not isinstance(threshold, DoubleLong):
            raise GbcsError("DisablementThreshold", 6, f"is {threshold.NAME}")
        amount = MilliPence(threshold.value)
        modes = (PrepaymentMode(*flags, amount) for flags in _CONFIGURATIONS)
    for mode, twin in product(modes, (False, True)):
        if _electricity(mode, activation, frame.counter, twin_element=twin) == frame.content:
            return PaymentModeCommand(use_case, mode, activation, twin, None)
    raise GbcsError("payment mode", 0, "is none of those that can be asked for")


def _gas(mode: PaymentMode, activation: Activation, event: int) -> bytes:
    if isinstance(mode, CreditMode):
        configuration, cut_off = _CREDIT_CONFIGURATION, _NO_CUT_OFF
    else:
        flags = mode.suspend_debt_disabled, mode.suspend_debt_emergency
        configuration = _CONFIGURATIONS[flags]
        cut_off = require_range(
            mode.disablement_threshold, DoubleLong.LOW, DoubleLong.HIGH, "DisablementThreshold"
        )
    time = gas_activation_time(activation, CLUSTER)
    command = ChangePaymentMode(_PROVIDER, event, time, configuration, cut_off)
    frame = ZclFrame(_TO_SERVER, _SEQUENCE, command)
    return encode_gbz(GbzMessage((Component(CLUSTER, None, frame),)))


def _decode_gas(content: bytes, use_case: PaymentModeUseCase) -> PaymentModeCommand:
    match decode_gbz(content).components:
        case (Component(body=ZclFrame(command=ChangePaymentMode() as found)),):
            pass
        case _:
            raise GbcsError("component", 0, "is not one Change Payment Mode")
    mode: PaymentMode = CreditMode()
    if use_case not in _TO_CREDIT:
        by_configuration = {number: flags for flags, number in _CONFIGURATIONS.items()}
        flags = by_configuration.get(found.proposed_payment_control_configuration)
        if flags is None:
            raise GbcsError("payment control configuration", 0, "is none that can be asked for")
        mode = PrepaymentMode(*flags, MilliPence(found.cut_off_value))
    activation = gas_activation(found.implementation_time)
    if _gas(mode, activation, found.issuer_event_id) != content:
        raise GbcsError("payment mode", 0, "is none of those that can be asked for")
    return PaymentModeCommand(use_case, mode, activation, False, found.issuer_event_id)


def encode_payment_mode_success(command: Frame, emergency: tuple[int, int]) -> bytes:
    """The content of a meter's response that says that all is done.

    ``emergency`` are limit and threshold of the emergency credit, which a gas meter tells.
    """
    use_case = decode_payment_mode(command).use_case
    if use_case in (PaymentModeUseCase.GCS02, PaymentModeUseCase.GCS03):
        told = ChangePaymentModeResponse(1, _NON_DISABLEMENT_CALENDAR, *emergency)
        frame = ZclFrame(_FROM_SERVER, _SEQUENCE, told)
        return encode_gbz(GbzMessage((Component(CLUSTER, None, frame),)))
    count = 3 if use_case in _TO_CREDIT else 5
    done = (ResponseItem(Choice.SET, 0, Null()),) * count
    return encode_access_response(AccessResponse(long_invoke_id(command.counter), None, None, done))
