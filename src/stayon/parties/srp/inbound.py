"""What became of a request, as the receive service hands it to the campaign: verified, typed."""

from dataclasses import dataclass

from stayon.domain.metering import Generation
from stayon.domain.request_id import RequestId


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
    """The meter, the S1SP or the DSP refuses for good; ``response`` is the meter's answer."""

    request_id: RequestId
    code: str
    words: str
    response: bytes | None = None


@dataclass(frozen=True, slots=True)
class Failed:
    """The meter was not reached, or its answer proves nothing; another attempt may help."""

    request_id: RequestId
    code: str
    words: str


Outcome = Succeeded | Refused | Failed
