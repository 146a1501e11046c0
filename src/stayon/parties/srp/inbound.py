"""What became of a request, as the receive service hands it to the campaign: verified, typed."""

from dataclasses import dataclass

from stayon.domain.metering import Generation
from stayon.domain.request_id import RequestId
from stayon.policy.retry import Event


@dataclass(frozen=True, slots=True)
class Succeeded:
    """The meter reports success; ``response`` is its signed answer, verified.

    ``generation`` tells who signed it: a SMETS2 meter itself, or the S1SP of a SMETS1 meter.
    """

    request_id: RequestId
    response: bytes
    generation: Generation = Generation.SMETS2


@dataclass(frozen=True, slots=True)
class Refused:
    """The meter, the S1SP or the DSP refuses; ``response`` is the meter's own answer.

    ``code`` is what the one that refuses said: a DUIS code, a DCC or S1SP Alert, DLMS-n or ZCL-hh
    of a SMETS2 meter, SMETS1-n of an S1SP's device error. ``event`` tells who it was.
    """

    request_id: RequestId
    code: str
    words: str
    response: bytes | None = None
    event: Event = Event.REFUSED_BY_DCC


@dataclass(frozen=True, slots=True)
class Failed:
    """The meter was not reached, or its answer proves nothing; another attempt may help."""

    request_id: RequestId
    code: str
    words: str
    event: Event = Event.NOT_REACHED


@dataclass(frozen=True, slots=True)
class CommandReturned:
    """The Command for local delivery that a request in Command Variant 7 brings (GBCS with MAC)."""

    request_id: RequestId
    command: bytes


Outcome = Succeeded | Refused | Failed | CommandReturned
