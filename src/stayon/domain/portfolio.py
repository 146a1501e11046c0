"""A prepayment meter in a portfolio, and where a campaign has got with it."""

from dataclasses import dataclass
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route, Word


@dataclass(frozen=True, slots=True)
class PortfolioDevice:
    """A prepayment meter of a failed supplier and how to reach it (decision 5)."""

    device_id: Eui64
    supplier_id: Eui64
    fuel: Fuel
    generation: Generation
    mpxn: str
    route: Route
    gbcs_version: str | None
    counter_floor: int
    postcode: str | None


class Stage(Word):
    """How far one attempt has got; what is stored before each step makes a restart safe."""

    PLANNED = "planned"
    NUMBERED = "numbered"
    """The originator counter is stored, nothing is signed with it yet (decision 4)."""
    SIGNED = "signed"
    """The signed request is stored; whether the DSP has it is not known."""
    ACKNOWLEDGED = "acknowledged"
    """The DSP has answered I99: the outcome is on its way."""
    ENDED = "ended"


class EndState(Word):
    """Where a device ends in a campaign (decision 15); they add up to the devices."""

    SAFE = "safe"
    ALREADY_SAFE = "already_safe"
    REFUSED = "refused"
    NEEDS_LOCAL_DELIVERY = "needs_local_delivery"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Progress:
    """What a campaign knows of one device.

    ``attempt`` counts from 1 once a counter is reserved; ``first_counter`` is that of attempt 1
    and ``counter`` that of the present one. ``due`` is when the next step is to be taken.
    ``code`` is the DUIS response code, DCC alert or device result behind ``words``, ``cause`` the
    name of the retry policy's cause for it. ``local`` says that the present attempt is for a
    Command to be delivered at the meter; ``earlier_attempts`` were made before somebody asked for
    the device to be retried.
    """

    device_id: Eui64
    stage: Stage = Stage.PLANNED
    end: EndState | None = None
    attempt: int = 0
    first_counter: int | None = None
    counter: int | None = None
    due: datetime | None = None
    code: str = ""
    words: str = ""
    changed: datetime | None = None
    cause: str = ""
    local: bool = False
    earlier_attempts: int = 0

    def __post_init__(self) -> None:
        if (self.stage is Stage.ENDED) != (self.end is not None):
            raise ValueError("a device has an end state exactly when it has ended")

    @property
    def tries(self) -> int:
        """Attempts in the present round; asking for a retry begins a new one."""
        return self.attempt - self.earlier_attempts
