"""Prepayment commands that several tests start from."""

from dataclasses import replace
from datetime import UTC, datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.domain.request_id import RequestId
from stayon.gbcs.frame import Frame, parse_frame
from stayon.gbcs.prepayment_configuration import (
    Activation,
    At,
    Immediate,
    UseCase,
    encode_pre_command,
)

NOW = datetime(2026, 11, 20, 18, 30, tzinfo=UTC)
REQUEST = RequestId(Eui64(b"supplier"), Eui64(b"electric"), 0x1_0203_0405)
TOMORROW = At(datetime(2026, 11, 21, 6, 0, tzinfo=UTC))


def frame_of(
    configuration: PrepaymentConfiguration,
    use_case: UseCase,
    activation: Activation = Immediate(),  # noqa: B008 - a frozen value
    now: datetime = NOW,
    counter: int = REQUEST.counter,
) -> Frame:
    request = replace(REQUEST, counter=counter)
    pre_command = encode_pre_command(
        request, configuration, activation=activation, use_case=use_case, now=now
    )
    return parse_frame(pre_command)
