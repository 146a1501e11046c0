"""A SMETS2+ electricity meter: ECS08 and ECS08a, and alerts in DLMS.

Source: reference gbcs.md 2, 4.1, 4.4, 4.5.
"""

from typing import Final

from stayon.devices.alert_content import dlms_alert
from stayon.devices.alerts import CommandReference, Raised
from stayon.devices.meter import Meter
from stayon.devices.model import Firmware
from stayon.devices.parameters import Parameter
from stayon.devices.reading import read_command
from stayon.gbcs.access import (
    AccessResponse,
    Choice,
    ResponseItem,
    encode_access_response,
    long_invoke_id,
)
from stayon.gbcs.cosem import Null
from stayon.gbcs.frame import Frame
from stayon.gbcs.payment_mode import PaymentModeUseCase
from stayon.gbcs.prepayment_activation import Immediate, UseCase
from stayon.gbcs.prepayment_configuration import UpdatePrepaymentCommand
from stayon.gbcs.prepayment_electricity import ITEMS, Item

_SUCCESS: Final = 0x00
_HARDWARE_FAULT: Final = 0x01
_NOT_ATTEMPTED: Final = 0xFA
_PAYMENT_MODE = (PaymentModeUseCase.ECS02.value, PaymentModeUseCase.ECS03.value)
_KNOWN = {
    Firmware.ECS08: frozenset({UseCase.ECS08.value}),
    Firmware.ECS08A: frozenset({UseCase.ECS08.value, UseCase.ECS08A.value}),
}


class Esme(Meter):
    """An electricity meter; how old its firmware is, its model says."""

    __slots__ = ()

    def _knows(self, message_code: int) -> bool:
        known = _KNOWN[self.prepayment.model.firmware]
        return message_code in known or message_code in _PAYMENT_MODE

    def _perform(self, frame: Frame) -> bytes:
        if frame.message_code in _PAYMENT_MODE:
            return self._set_payment_mode(frame)
        command = read_command(frame)
        items = ITEMS[command.use_case]
        failed = next((i for i, item in enumerate(items) if self._fails(item, command)), len(items))
        done = items[:failed]
        if command.use_case is UseCase.ECS08:
            self._set_balance_directly(done, command)
        self._store(
            (Parameter(item.parameter) for item in done if item.is_activation),
            command,
            CommandReference(frame.message_code, frame.counter),
        )
        answers = tuple(
            ResponseItem(Choice.SET, _result(index, failed), Null()) for index in range(len(items))
        )
        return encode_access_response(
            AccessResponse(long_invoke_id(frame.counter), None, None, answers)
        )

    def _fails(self, item: Item, command: UpdatePrepaymentCommand) -> bool:
        parameter = Parameter(item.parameter)
        if item.is_activation:
            return isinstance(command.activation, Immediate) and parameter in self.prepayment.faults
        return not self.prepayment.accepts(parameter, command.configuration)

    def _set_balance_directly(
        self, done: tuple[Item, ...], command: UpdatePrepaymentCommand
    ) -> None:
        """ECS08 writes the maximum balance to its current value, whatever the activation time."""
        balance = Parameter.MAX_METER_BALANCE
        if any(item.parameter == balance.value for item in done):
            self.prepayment.write((balance,), command.configuration)

    def _alert_content(self, raised: Raised, counter: int) -> tuple[int, bytes]:
        return dlms_alert(raised, counter)


def _result(index: int, failed: int) -> int:
    if index == failed:
        return _HARDWARE_FAULT
    return _SUCCESS if index < failed else _NOT_ATTEMPTED
