"""The identity of a DUIS request or response: ``originator:target:counter``."""

import re
from dataclasses import dataclass

from stayon.domain.errors import FieldError
from stayon.domain.eui64 import Eui64

MAX_COUNTER = 2**64 - 1

_PATTERN = re.compile(
    r"([0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7}):([0-9A-Fa-f]{2}(?:-[0-9A-Fa-f]{2}){7})"
    r":(0|[1-9][0-9]{0,19})\Z"
)


@dataclass(frozen=True, slots=True, order=True)
class RequestId:
    """Originator, target and originator counter (unsigned, 64 bits).

    The same form serves ResponseID, where originator and target are exchanged. ``str()`` gives
    the DUIS form. Source: DUIS 5.4, RequestID pattern.
    """

    originator: Eui64
    target: Eui64
    counter: int

    def __post_init__(self) -> None:
        if not 0 <= self.counter <= MAX_COUNTER:
            raise FieldError("originator counter", f"{self.counter} is not in 0..2^64-1")

    @classmethod
    def parse(cls, text: str) -> "RequestId":
        """Read the DUIS form; raises ``FieldError`` for anything else."""
        match = _PATTERN.match(text)
        if match is None:
            raise FieldError("RequestID", f"{text[:80]!r} is not originator:target:counter")
        originator, target, counter = match.groups()
        return cls(Eui64.parse(originator), Eui64.parse(target), int(counter))

    def __str__(self) -> str:
        return f"{self.originator}:{self.target}:{self.counter}"

    @property
    def response_id(self) -> "RequestId":
        """The ResponseID that answers this request."""
        return RequestId(self.target, self.originator, self.counter)
