"""Whether a command is exactly the one agreed (requirement R5), in about a microsecond.

The agreed configuration is encoded once. What may differ between two commands with the same meaning
is one value that stands in one or more places: the invocation id of ECS08 and ECS08a, which the
originator counter gives, and the issuer event time of GCS05, which must be the same everywhere. So
the expected octets are the fixed segments joined by that value, and equal octets are equal meaning.
Only a command that differs is decoded, to say in which field.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NoReturn

from stayon.domain.differences import Difference, first_difference
from stayon.domain.errors import StayonError
from stayon.domain.instants import ZIGBEE_EPOCH
from stayon.domain.prepayment import PrepaymentConfiguration
from stayon.gbcs.errors import GbcsError
from stayon.gbcs.frame import Cra, Frame
from stayon.gbcs.other_information import OtherInformation
from stayon.gbcs.prepayment_configuration import (
    Immediate,
    UseCase,
    decode_configuration,
    encode_payload,
)
from stayon.gbcs.prepayment_gas import event_time

_INVOCATION_SIZE, _EVENT_TIME_SIZE = 3, 4
_ENDS_OF_TIME = (ZIGBEE_EPOCH, ZIGBEE_EPOCH + timedelta(seconds=0xFFFFFFFF))


class NotFixedFormat(StayonError):
    """A command that is not the agreed one.

    ``field`` is the first that differs, ``expected`` and ``found`` its values in words.
    """

    def __init__(self, field: str, expected: str, found: str) -> None:
        super().__init__(f"{field}: {found}; the agreed format has {expected}")
        self.field = field
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Match:
    """A command that is the agreed one; the time when it was built, where the use case tells it."""

    issuer_event_time: datetime | None


@dataclass(frozen=True, slots=True)
class FixedFormat:
    """One agreed configuration for one use case, immediate; made by ``for_configuration``."""

    use_case: UseCase
    configuration: PrepaymentConfiguration
    _segments: tuple[bytes, ...]
    _other_information: OtherInformation

    @classmethod
    def for_configuration(
        cls, configuration: PrepaymentConfiguration, use_case: UseCase
    ) -> "FixedFormat":
        """Encode the expected content; raises ``FieldError`` for a value that does not fit it."""
        low, high = (
            encode_payload(
                configuration,
                activation=Immediate(),
                use_case=use_case,
                counter=counter,
                now=now,
            )
            for counter, now in zip((0, 0xFFFFFF), _ENDS_OF_TIME, strict=True)
        )
        size = _EVENT_TIME_SIZE if use_case is UseCase.GCS05 else _INVOCATION_SIZE
        segments = _segments(low, high, size)
        return cls(use_case, configuration, segments, OtherInformation(use_case.value))

    def match(self, frame: Frame) -> Match:
        """Return only if ``frame`` is a command with exactly the agreed content.

        Raises ``NotFixedFormat`` for anything else. Signature, MAC, originator and recipient are
        not looked at; how old the issuer event time may be is for the caller to judge.
        """
        if (
            frame.other_information != self._other_information
            or frame.cra is not Cra.COMMAND
            or frame.date_time is not None
        ):
            self._refuse_header(frame)
        free = self._free_value(frame)
        self._compare(frame, free.join(self._segments))
        if self.use_case is not UseCase.GCS05:
            return Match(None)
        return Match(ZIGBEE_EPOCH + timedelta(seconds=int.from_bytes(free, "little")))

    def fits(self, frame: Frame) -> bool:
        """Whether ``match`` would return, without saying why not."""
        return (
            frame.other_information == self._other_information
            and frame.cra is Cra.COMMAND
            and frame.date_time is None
            and frame.content == self._free_value(frame).join(self._segments)
        )

    def encode(self, counter: int, now: datetime) -> bytes:
        """The content of a command with the agreed configuration, as ``encode_payload`` gives it.

        Raises ``FieldError`` for a time (UTC) that GCS05 cannot carry.
        """
        if self.use_case is UseCase.GCS05:
            free = event_time(now).to_bytes(_EVENT_TIME_SIZE, "little")
        else:
            free = (counter & 0xFFFFFF).to_bytes(_INVOCATION_SIZE)
        return free.join(self._segments)

    def _free_value(self, frame: Frame) -> bytes:
        """What stands where two commands of the same meaning may differ."""
        if self.use_case is not UseCase.GCS05:
            return (frame.counter & 0xFFFFFF).to_bytes(_INVOCATION_SIZE)
        start = len(self._segments[0])
        return frame.content[start : start + _EVENT_TIME_SIZE]

    def _compare(self, frame: Frame, expected: bytes) -> None:
        if frame.content == expected:
            return
        try:
            found = decode_configuration(frame)
        except GbcsError as error:
            raise NotFixedFormat(error.field, "no such form", error.rule) from error
        agreed = decode_configuration(replace(frame, content=expected))
        difference = (
            first_difference(agreed.configuration, found.configuration)
            or first_difference(agreed.activation, found.activation, "activation")
            or Difference("content", "the agreed octets", "other octets of the same meaning")
        )
        raise NotFixedFormat(difference.path, str(difference.wanted), str(difference.found))

    def _refuse_header(self, frame: Frame) -> NoReturn:
        expected, found = f"{self.use_case.value:04X}", f"{frame.message_code:04X}"
        if expected != found:
            raise NotFixedFormat("message code", expected, found)
        if frame.cra is not Cra.COMMAND:
            raise NotFixedFormat("CRA flag", Cra.COMMAND.name, frame.cra.name)
        if frame.date_time is not None:
            raise NotFixedFormat("date-time", "none", str(frame.date_time))
        raise NotFixedFormat("other information", "the message code alone", "more than that")


def _segments(low: bytes, high: bytes, size: int) -> tuple[bytes, ...]:
    """Cut where two encodings that differ in nothing but the free value differ, ``size`` octets."""
    segments, start, position = [], 0, 0
    while position < len(low):
        if low[position] == high[position]:
            position += 1
            continue
        segments.append(low[start:position])
        start = position = position + size
    segments.append(low[start:])
    return tuple(segments)
