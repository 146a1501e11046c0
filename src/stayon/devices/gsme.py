"""A SMETS2+ gas meter: GCS05, and alerts in GBZ.

Source: reference gbcs.md 3, 4.2, 4.4, 4.5.
"""

from collections.abc import Iterator
from typing import Final, NamedTuple

from stayon.devices.alert_content import gbz_alert
from stayon.devices.alerts import CommandReference, Raised
from stayon.devices.meter import Meter
from stayon.devices.parameters import Parameter
from stayon.devices.reading import read_command
from stayon.domain.prepayment import GasCalendar
from stayon.gbcs.frame import Frame
from stayon.gbcs.gbz import Component, GbzMessage, encode_gbz
from stayon.gbcs.payment_mode import PaymentModeUseCase
from stayon.gbcs.prepayment_activation import Immediate, UseCase
from stayon.gbcs.prepayment_configuration import UpdatePrepaymentCommand
from stayon.gbcs.zcl import ZclFrame
from stayon.gbcs.zcl_calendar import CLUSTER as CALENDAR
from stayon.gbcs.zcl_foundation import DefaultResponse
from stayon.gbcs.zcl_prepayment import CLUSTER as PREPAYMENT

_SUCCESS: Final = 0x00
_FAILURE: Final = 0x01
_HARDWARE_FAILURE: Final = 0xC0
_NOT_ATTEMPTED: Final = 0xFF
_PAYMENT_MODE = (PaymentModeUseCase.GCS02.value, PaymentModeUseCase.GCS03.value)
_CONTROL = {PREPAYMENT: 0x08, CALENDAR: 0x00}
"""Frame control of the default responses: to a command for a server, and for a client."""


class _Part(NamedTuple):
    """One component of GCS05; ``completes`` names what takes effect once it is there."""

    cluster: int
    command_id: int
    completes: Parameter | None


_HEAD = (
    _Part(PREPAYMENT, 0x03, Parameter.EMERGENCY_CREDIT),
    _Part(PREPAYMENT, 0x0C, Parameter.DEBT_RECOVERY_CAP),
    _Part(PREPAYMENT, 0x09, Parameter.LOW_CREDIT),
    _Part(PREPAYMENT, 0x0B, Parameter.MAX_BALANCE_AND_CREDIT),
    _Part(CALENDAR, 0x00, None),
)
_DAY, _WEEK = _Part(CALENDAR, 0x01, None), _Part(CALENDAR, 0x02, None)
_SEASONS = _Part(CALENDAR, 0x03, Parameter.CALENDAR)
_SPECIAL_DAYS = _Part(CALENDAR, 0x04, Parameter.SPECIAL_DAYS)


class Gsme(Meter):
    """A gas meter."""

    __slots__ = ()

    def _knows(self, message_code: int) -> bool:
        return message_code == UseCase.GCS05.value or message_code in _PAYMENT_MODE

    def _perform(self, frame: Frame) -> bytes:
        if frame.message_code in _PAYMENT_MODE:
            return self._set_payment_mode(frame)
        command = read_command(frame)
        parts = tuple(_parts(command))
        failed = next((i for i, part in enumerate(parts) if self._fails(part, command)), len(parts))
        self._store(
            (part.completes for part in parts[:failed] if part.completes is not None),
            command,
            CommandReference(frame.message_code, frame.counter),
        )
        return encode_gbz(GbzMessage(tuple(_answers(parts, failed))))

    def _fails(self, part: _Part, command: UpdatePrepaymentCommand) -> bool:
        if part.completes is None:
            return False
        if isinstance(command.activation, Immediate) and part.completes in self.prepayment.faults:
            return True
        return not self.prepayment.accepts(part.completes, command.configuration)

    def _alert_content(self, raised: Raised, counter: int) -> tuple[int, bytes]:
        del counter  # a GBZ alert does not repeat it
        return gbz_alert(raised)


def _parts(command: UpdatePrepaymentCommand) -> Iterator[_Part]:
    calendar = command.configuration.calendar
    assert isinstance(calendar, GasCalendar)  # noqa: S101 - GCS05 decodes to a gas calendar only
    yield from _HEAD
    yield from (_DAY for _ in calendar.day_profiles)
    yield from (_WEEK for _ in calendar.week_profiles)
    yield _SEASONS
    yield _SPECIAL_DAYS


def _answers(parts: tuple[_Part, ...], failed: int) -> Iterator[Component]:
    """One default response a component; after a failure the rest is not attempted."""
    for index, part in enumerate(parts):
        command_id, status = part.command_id, _SUCCESS
        if index == failed:
            status = _HARDWARE_FAILURE
        elif index > failed:
            command_id, status = _NOT_ATTEMPTED, _FAILURE
        answer = ZclFrame(_CONTROL[part.cluster], index, DefaultResponse(command_id, status))
        yield Component(part.cluster, None, answer)
