"""Correlation: whether a Pre-Command that came back says exactly what was asked for.

Whoever signs a Pre-Command vouches for it, so every field is compared with the request before the
signature is made. The one thing that the request does not determine is when GCS05 was built.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from typing import Final

from stayon.domain.errors import StayonError
from stayon.domain.metering import Fuel
from stayon.domain.prepayment import GasPrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.duis.bodies import UpdatePaymentMode, UpdatePrepayConfiguration
from stayon.duis.request import Request
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.fixed_format import FixedFormat
from stayon.gbcs.frame import Frame, parse_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.payment_mode import PaymentModeCommand, decode_payment_mode, use_case_for
from stayon.gbcs.prepayment_configuration import (
    UpdatePrepaymentCommand,
    UseCase,
    activation_of,
    decode_configuration,
)

_ELECTRICITY: Final = frozenset({UseCase.ECS08, UseCase.ECS08A})
_GAS: Final = frozenset({UseCase.GCS05})


class CorrelationError(StayonError):
    """A Pre-Command that is not what was asked for; ``differences`` names every field."""

    def __init__(self, differences: tuple[str, ...]) -> None:
        super().__init__("the Pre-Command is not what was asked for: " + "; ".join(differences))
        self.differences = differences


class AgreedPreCommands:
    """The Pre-Commands of one agreed content (2.1, at once), known by their octets.

    A campaign asks for the same content for every device: what comes back is compared with what
    was encoded once, in microseconds. Only one that differs has to be decoded, by ``correlate``,
    which also knows other octets of the same meaning.
    """

    def __init__(self, body: UpdatePrepayConfiguration) -> None:
        gas = isinstance(body.configuration, GasPrepaymentConfiguration)
        use_case = UseCase.GCS05 if gas else UseCase.ECS08A
        self._agreed = None
        if body.execution is None:
            self._agreed = FixedFormat.for_configuration(body.configuration, use_case)

    def has(self, request_id: RequestId, pre_command: bytes) -> bool:
        """Whether ``pre_command`` is what was asked for under ``request_id``, in these octets."""
        if self._agreed is None:
            return False
        try:
            frame = parse_frame(pre_command)
        except GbcsError:
            return False
        return (
            frame.counter == request_id.counter
            and frame.recipient == request_id.target
            and frame.originator == request_id.originator
            and frame.mac is None
            and not frame.signature.present
            and self._agreed.fits(frame)
        )


def correlate(asked: Request, pre_command: bytes) -> UpdatePrepaymentCommand:
    """What the Pre-Command says, which is what ``asked`` (Service Request 2.1) says.

    Raises ``CorrelationError`` naming each field that differs.
    """
    body = asked.body
    if not isinstance(body, UpdatePrepayConfiguration):
        raise CorrelationError((f"ServiceReference: {asked.service_reference} is not 2.1",))
    try:
        frame = parse_frame(pre_command)
        came = decode_configuration(frame)
    except GbcsError as error:
        raise CorrelationError((str(error),)) from error
    gas = isinstance(body.configuration, GasPrepaymentConfiguration)
    differences = [*_header_differences(asked, frame)]
    if came.use_case not in (_GAS if gas else _ELECTRICITY):
        fuel = "gas" if gas else "electricity"
        differences.append(f"use case: {came.use_case.name} is not for {fuel}")
    else:
        differences += _differences("configuration", body.configuration, came.configuration)
    differences += _differences("activation", activation_of(body.execution), came.activation)
    if differences:
        raise CorrelationError(tuple(differences))
    return came


def correlate_payment_mode(asked: Request, pre_command: bytes, fuel: Fuel) -> PaymentModeCommand:
    """The same for ``asked`` of Service Request 1.6, which does not say for which fuel it is.

    Raises ``CorrelationError``; a command for two elements is not what was asked for.
    """
    body = asked.body
    if not isinstance(body, UpdatePaymentMode):
        raise CorrelationError((f"ServiceReference: {asked.service_reference} is not 1.6",))
    try:
        frame = parse_frame(pre_command)
        came = decode_payment_mode(frame)
    except GbcsError as error:
        raise CorrelationError((str(error),)) from error
    differences = [
        *_header_differences(asked, frame),
        *_differences("use case", use_case_for(body.mode, fuel).name, came.use_case.name),
        *_differences("payment mode", body.mode, came.mode),
        *_differences("activation", activation_of(body.execution), came.activation),
        *_differences("second element", False, came.twin_element),
    ]
    if differences:
        raise CorrelationError(tuple(differences))
    return came


def _header_differences(asked: Request, frame: Frame) -> Iterator[str]:
    identity = asked.request_id
    yield from _differences("originator", identity.originator, frame.originator)
    yield from _differences("target", identity.target, frame.recipient)
    yield from _differences("originator counter", identity.counter, frame.counter)
    if frame.mac is not None:
        yield "MAC: a Pre-Command has none"
    if frame.signature.present:
        yield "signature: a Pre-Command has none"
    if frame.date_time is not None:
        yield "date-time: a Pre-Command has none"
    if frame.other_information != OtherInformation(frame.message_code):
        yield "other information: a Pre-Command has a message code and nothing else"


def _differences(path: str, asked: object, came: object) -> Iterator[str]:
    """Every place in which two values differ, by its path."""
    if asked == came:
        return
    if isinstance(asked, tuple) and isinstance(came, tuple) and len(asked) == len(came):
        for number, (one, other) in enumerate(zip(asked, came, strict=True), 1):
            yield from _differences(f"{path}[{number}]", one, other)
    elif is_dataclass(asked) and type(asked) is type(came) and len(fields(asked)) > 1:
        for field in fields(asked):
            one, other = getattr(asked, field.name), getattr(came, field.name)
            yield from _differences(f"{path}.{field.name}", one, other)
    else:
        yield f"{path}: asked for {_words(asked)}, got {_words(came)}"


def _words(value: object) -> str:
    if isinstance(value, tuple):
        return f"{len(value)} entries"
    return str(value)
