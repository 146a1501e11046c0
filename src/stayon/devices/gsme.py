"""A SMETS2+ gas meter: GCS05, and alerts in GBZ.

Source: reference gbcs.md 3, 4.2, 4.4, 4.5.
"""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final, NamedTuple

from stayon.devices.alert_content import gbz_alert
from stayon.devices.alerts import CommandReference, Raised
from stayon.devices.meter import Meter
from stayon.devices.model import MeterModel
from stayon.devices.parameters import Parameter
from stayon.devices.reading import read_command
from stayon.devices.settings import acceptable
from stayon.domain.prepayment import GasCalendar
from stayon.domain.same import Same
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
        parts = _parts(Same(command))
        failed = self._failed(parts, command)
        self._store(
            (part.completes for part in parts[:failed] if part.completes is not None),
            command,
            CommandReference(frame.message_code, frame.counter),
        )
        return _answer(Same(parts), failed)

    def _failed(self, parts: tuple[_Part, ...], command: UpdatePrepaymentCommand) -> int:
        """The index of the first component that fails, or how many there are."""
        refused = _first_refused(Same(command), Same(self.prepayment.model))
        faults = self.prepayment.faults
        if not faults or not isinstance(command.activation, Immediate):
            return refused
        return next(
            (index for index, part in enumerate(parts[:refused]) if part.completes in faults),
            refused,
        )

    def _alert_content(self, raised: Raised, counter: int) -> tuple[int, bytes]:
        del counter  # a GBZ alert does not repeat it
        return gbz_alert(raised)


@lru_cache(maxsize=256)
def _parts(same: Same[UpdatePrepaymentCommand]) -> tuple[_Part, ...]:
    calendar = same.value.configuration.calendar
    assert isinstance(calendar, GasCalendar)  # noqa: S101 - GCS05 decodes to a gas calendar only
    days, weeks = len(calendar.day_profiles), len(calendar.week_profiles)
    return (*_HEAD, *[_DAY] * days, *[_WEEK] * weeks, _SEASONS, _SPECIAL_DAYS)


@lru_cache(maxsize=256)
def _first_refused(same: Same[UpdatePrepaymentCommand], model: Same[MeterModel]) -> int:
    """The index of the first component that meters of a model do not take, or past the last.

    A campaign sends the same settings to every meter, and ``read_command`` gives the same object.
    """
    configuration = same.value.configuration
    parts = _parts(same)
    return next(
        (
            index
            for index, part in enumerate(parts)
            if part.completes is not None
            and not acceptable(part.completes, configuration, model.value)
        ),
        len(parts),
    )


@lru_cache(maxsize=256)
def _answer(parts: Same[tuple[_Part, ...]], failed: int) -> bytes:
    return encode_gbz(GbzMessage(tuple(_answers(parts.value, failed))))


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
