"""Update Prepay Configuration (Service Request 2.1) as GBCS pre-commands, and back.

Source: GBCS use cases ECS08, ECS08a, GCS05. One configuration type per fuel; the use case says to
which layout it goes.
"""

from dataclasses import dataclass
from datetime import datetime

from stayon.domain.errors import FieldError
from stayon.domain.instants import require_utc
from stayon.domain.prepayment import (
    ElectricityPrepaymentConfiguration,
    GasPrepaymentConfiguration,
    PrepaymentConfiguration,
)
from stayon.domain.request_id import RequestId
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import ABSENT, Cra, Frame, encode_frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_activation import (
    Activation,
    At,
    Cancel,
    Immediate,
    UseCase,
    activation_of,
)
from stayon.gbcs.prepayment_electricity import decode_electricity, encode_electricity
from stayon.gbcs.prepayment_gas import decode_gas, encode_gas
from stayon.gbcs.prepayment_parameters import use_case_of

__all__ = [
    "Activation",
    "At",
    "Cancel",
    "Immediate",
    "UpdatePrepaymentCommand",
    "UseCase",
    "activation_of",
    "decode_configuration",
    "encode_payload",
    "encode_pre_command",
]


@dataclass(frozen=True, slots=True)
class UpdatePrepaymentCommand:
    """What a command for one of the three use cases says.

    ``issuer_event_time`` is when a GCS05 was built, as it says itself; ``invocation`` the low 24
    bits of the originator counter that an ECS08 or ECS08a repeats. Each is None for the others.
    """

    use_case: UseCase
    configuration: PrepaymentConfiguration
    activation: Activation
    issuer_event_time: datetime | None
    invocation: int | None


def encode_payload(
    configuration: PrepaymentConfiguration,
    *,
    activation: Activation,
    use_case: UseCase,
    counter: int,
    now: datetime,
) -> bytes:
    """The content of the command.

    ``counter`` is the originator counter, ``now`` the time (UTC) that GCS05 writes into its issuer
    event ids. Raises ``FieldError`` naming a value that does not fit, or the configuration when it
    is of the other fuel.
    """
    if isinstance(configuration, ElectricityPrepaymentConfiguration):
        if use_case is not UseCase.GCS05:
            return encode_electricity(configuration, activation, use_case, counter)
    elif use_case is UseCase.GCS05:
        return encode_gas(configuration, activation, require_utc(now, "now"))
    raise FieldError("configuration", f"is not of the fuel that {use_case.name} is for")


def encode_pre_command(
    request_id: RequestId,
    configuration: PrepaymentConfiguration,
    *,
    activation: Activation,
    use_case: UseCase,
    now: datetime,
) -> bytes:
    """The whole pre-command, without a signature field; see ``encode_payload``."""
    content = encode_payload(
        configuration,
        activation=activation,
        use_case=use_case,
        counter=request_id.counter,
        now=now,
    )
    return frame_pre_command(request_id, use_case, content)


def frame_pre_command(request_id: RequestId, use_case: UseCase, content: bytes) -> bytes:
    """The pre-command with this content, without a signature field."""
    frame = Frame(
        cra=Cra.COMMAND,
        counter=request_id.counter,
        originator=request_id.originator,
        recipient=request_id.target,
        date_time=None,
        other_information=OtherInformation(use_case.value),
        content=content,
        signature=ABSENT,
        mac=None,
    )
    return encode_frame(frame)


def decode_configuration(frame: Frame) -> UpdatePrepaymentCommand:
    """Read a command (or pre-command) of one of the three use cases.

    Raises ``GbcsError``, with offsets in the content, for anything that is not exactly as
    ``encode_payload`` writes it; and when the invocation id does not repeat the counter.
    """
    use_case = use_case_of(frame.message_code)
    if frame.cra is not Cra.COMMAND:
        raise GbcsError("CRA flag", 0, f"is {frame.cra.name}, not COMMAND")
    configuration: ElectricityPrepaymentConfiguration | GasPrepaymentConfiguration
    if use_case is UseCase.GCS05:
        configuration, activation, event_time = decode_gas(frame.content)
        return UpdatePrepaymentCommand(use_case, configuration, activation, event_time, None)
    configuration, activation, invocation = decode_electricity(frame.content, use_case)
    if invocation != frame.counter & 0xFFFFFF:
        rule = f"{invocation:06X} is not the end of the originator counter {frame.counter:X}"
        raise GbcsError("invocation id", 1, rule)
    return UpdatePrepaymentCommand(use_case, configuration, activation, None, invocation)
