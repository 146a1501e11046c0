"""Which use case updates a prepayment configuration, and when it takes effect."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from stayon.domain.errors import FieldError
from stayon.domain.instants import CANCELLATION, require_utc
from stayon.domain.metering import Fuel


class UseCase(Enum):
    """The use cases of Service Request 2.1; the value is the message code.

    ECS08A is what a meter made to GBCS 2.0 or later takes, ECS08 what older ones take: it sets the
    maximum meter balance at once even when the rest waits for an activation time.
    """

    ECS08 = 0x001F
    ECS08A = 0x00DE
    GCS05 = 0x006F

    @property
    def fuel(self) -> Fuel:
        """The fuel whose meters take it."""
        return Fuel.GAS if self is UseCase.GCS05 else Fuel.ELECTRICITY


@dataclass(frozen=True, slots=True)
class Immediate:
    """Takes effect when the meter executes it (no ExecutionDateTime)."""


@dataclass(frozen=True, slots=True)
class At:
    """Takes effect at ``instant`` (UTC)."""

    instant: datetime

    def __post_init__(self) -> None:
        if require_utc(self.instant, "ExecutionDateTime") == CANCELLATION:
            raise FieldError("ExecutionDateTime", "3000-12-31T00:00:00Z means cancellation")


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancels what an earlier command has set for the future."""


Activation = Immediate | At | Cancel


def activation_of(execution: datetime | None) -> Activation:
    """What the ExecutionDateTime of a DUIS request, or its absence, means.

    Raises ``FieldError`` unless it is in UTC.
    """
    if execution is None:
        return Immediate()
    if require_utc(execution, "ExecutionDateTime") == CANCELLATION:
        return Cancel()
    return At(execution)
