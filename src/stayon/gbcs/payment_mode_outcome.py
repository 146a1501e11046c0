"""What became of Update Payment Mode (1.6): the meter's response, item by item.

Source: GBCS ECS02, ECS03, GCS02, GCS03, as in the reference messages.
"""

from dataclasses import dataclass
from typing import Final

from stayon.gbcs.access import Choice, decode_access_response, long_invoke_id
from stayon.gbcs.cosem import Null
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame
from stayon.gbcs.gbz import decode_gbz
from stayon.gbcs.outcomes import ItemOutcome
from stayon.gbcs.payment_mode import PaymentModeUseCase
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_foundation import DefaultResponse
from stayon.gbcs.zcl_prepayment import CLUSTER, ChangePaymentModeResponse

_SUCCESS, _OTHER_REASON = 0, 250
_TO_CREDIT: Final = ("payment mode", "credit and charge configuration", "activation")
_TO_PREPAYMENT: Final = (
    "payment mode",
    "disablement threshold",
    "credit and charge configuration",
    "activation of the disablement threshold",
    "activation",
)
_ITEMS: Final = {PaymentModeUseCase.ECS02: _TO_CREDIT, PaymentModeUseCase.ECS03: _TO_PREPAYMENT}
_USE_CASES: Final = {each.value: each for each in PaymentModeUseCase}


@dataclass(frozen=True, slots=True)
class PaymentModeOutcome:
    """What a response says about the command with the same counter."""

    use_case: PaymentModeUseCase
    items: tuple[ItemOutcome, ...]

    @property
    def succeeded(self) -> bool:
        """Whether every item did."""
        return all(item.success for item in self.items)


def decode_payment_mode_outcome(response: Frame) -> PaymentModeOutcome:
    """Read a response to ECS02, ECS03, GCS02 or GCS03; its signature is the caller's to verify.

    Raises ``GbcsError`` for anything but such a response.
    """
    use_case = _USE_CASES.get(response.message_code)
    if use_case is None or response.cra is not Cra.RESPONSE:
        raise GbcsError("message code", 0, "is not of a response to Update Payment Mode")
    names = _ITEMS.get(use_case)
    if names is None:
        return PaymentModeOutcome(use_case, (_gas(response.content),))
    return PaymentModeOutcome(use_case, _electricity(response, names))


def payment_mode_was_set(response: Frame) -> bool:
    """Whether all was done; raises what ``decode_payment_mode_outcome`` raises."""
    return decode_payment_mode_outcome(response).succeeded


def _electricity(response: Frame, names: tuple[str, ...]) -> tuple[ItemOutcome, ...]:
    answer = decode_access_response(response.content)
    if answer.invoke_id != long_invoke_id(response.counter):
        raise GbcsError("invoke id", 1, "does not repeat the originator counter")
    if len(answer.items) != len(names):
        raise GbcsError("result count", 6, f"is {len(answer.items)}, not {len(names)}")
    outcomes = []
    for name, item in zip(names, answer.items, strict=True):
        if item.choice is not Choice.SET or item.data != Null():
            raise GbcsError(name, 6, "is not the answer to setting an attribute")
        attempted = item.result != _OTHER_REASON
        outcomes.append(ItemOutcome(name, item.result == _SUCCESS, item.result, attempted))
    return tuple(outcomes)


def _gas(content: bytes) -> ItemOutcome:
    components = decode_gbz(content).components
    body = components[0].body if len(components) == 1 else None
    if components[0].cluster == CLUSTER and isinstance(body, ZclFrame):
        if isinstance(body.command, ChangePaymentModeResponse):
            return ItemOutcome("payment mode", True, _SUCCESS)
        if isinstance(body.command, DefaultResponse) and body.command.status != _SUCCESS:
            return ItemOutcome("payment mode", False, body.command.status)
    raise GbcsError("component", 0, "is not one answer to Change Payment Mode")
