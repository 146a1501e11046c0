"""A SMETS2+ electricity meter: ECS08 and ECS08a, and alerts in DLMS.

Source: reference gbcs.md 2, 4.1, 4.4, 4.5.
"""

from functools import lru_cache
from typing import Final

from stayon.devices.alert_content import dlms_alert
from stayon.devices.alerts import CommandReference, Raised
from stayon.devices.meter import Meter
from stayon.devices.model import Firmware, MeterModel
from stayon.devices.parameters import Parameter
from stayon.devices.reading import read_command
from stayon.devices.settings import acceptable
from stayon.domain.same import Same
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

_INVOKE_ID_AT, _INVOKE_ID_SIZE = 1, 4
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
        failed = self._failed(items, command)
        done = items[:failed]
        if command.use_case is UseCase.ECS08:
            self._set_balance_directly(done, command)
        self._store(
            _activated(command.use_case, failed),
            command,
            CommandReference(frame.message_code, frame.counter),
        )
        head, tail = _answer(len(items), failed)
        return head + long_invoke_id(frame.counter).to_bytes(_INVOKE_ID_SIZE) + tail

    def _failed(self, items: tuple[Item, ...], command: UpdatePrepaymentCommand) -> int:
        """The index of the first item that fails, or how many there are."""
        refused = _first_refused(Same(command), Same(self.prepayment.model))
        faults = self.prepayment.faults
        if not faults or not isinstance(command.activation, Immediate):
            return refused
        return next(
            (
                index
                for index, item in enumerate(items[:refused])
                if item.is_activation and Parameter(item.parameter) in faults
            ),
            refused,
        )

    def _set_balance_directly(
        self, done: tuple[Item, ...], command: UpdatePrepaymentCommand
    ) -> None:
        """ECS08 writes the maximum balance to its current value, whatever the activation time."""
        balance = Parameter.MAX_METER_BALANCE
        if any(item.parameter == balance.value for item in done):
            self.prepayment.write((balance,), command.configuration)

    def _alert_content(self, raised: Raised, counter: int) -> tuple[int, bytes]:
        return dlms_alert(raised, counter)


@lru_cache(maxsize=256)
def _first_refused(same: Same[UpdatePrepaymentCommand], model: Same[MeterModel]) -> int:
    """The index of the first item whose value meters of a model do not take, or past the last.

    A campaign sends the same settings to every meter, and ``read_command`` gives the same object.
    """
    command = same.value
    items = ITEMS[command.use_case]
    return next(
        (
            index
            for index, item in enumerate(items)
            if not item.is_activation
            and not acceptable(Parameter(item.parameter), command.configuration, model.value)
        ),
        len(items),
    )


@lru_cache(maxsize=64)
def _activated(use_case: UseCase, failed: int) -> tuple[Parameter, ...]:
    """What the items before the one that failed activate."""
    done = ITEMS[use_case][:failed]
    return tuple(Parameter(item.parameter) for item in done if item.is_activation)


@lru_cache(maxsize=64)
def _answer(count: int, failed: int) -> tuple[bytes, bytes]:
    """The content of a response before and behind its invoke id."""
    items = tuple(
        ResponseItem(Choice.SET, _result(index, failed), Null()) for index in range(count)
    )
    content = encode_access_response(AccessResponse(0, None, None, items))
    return content[:_INVOKE_ID_AT], content[_INVOKE_ID_AT + _INVOKE_ID_SIZE :]


def _result(index: int, failed: int) -> int:
    if index == failed:
        return _HARDWARE_FAULT
    return _SUCCESS if index < failed else _NOT_ATTEMPTED
