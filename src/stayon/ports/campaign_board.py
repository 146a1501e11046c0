"""How a campaign stands, counted: what a page shows of 200,000 devices without reading them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

from stayon.domain.eui64 import Eui64
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress


class Dimension(Enum):
    """By what devices are counted. A region is a postcode area, empty where none is known."""

    SUPPLIER = "supplier"
    FUEL = "fuel"
    ROUTE = "route"
    REGION = "region"


@dataclass(frozen=True, slots=True)
class Count:
    """Devices of one value of a dimension; a supplier is its EUI-64 as text."""

    value: str
    devices: int
    safe: int
    given_up: int

    @property
    def under_way(self) -> int:
        """Those without an end state."""
        return self.devices - self.safe - self.given_up


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the devices are.

    Of those without an end state ``not_begun`` had no attempt yet, ``waiting`` wait for another
    one, and ``in_hand`` have a request on its way.
    """

    ends: Mapping[EndState, int]
    not_begun: int
    waiting: int
    in_hand: int

    @property
    def ended(self) -> int:
        """Devices that have an end state."""
        return sum(self.ends.values())

    @property
    def devices(self) -> int:
        """All of them."""
        return self.ended + self.not_begun + self.waiting + self.in_hand

    @property
    def safe(self) -> int:
        """Devices that are proved safe."""
        return self.ends[EndState.SAFE] + self.ends[EndState.ALREADY_SAFE]

    @property
    def given_up(self) -> int:
        """Devices that somebody has to do something about."""
        return self.ended - self.safe


@dataclass(frozen=True, slots=True)
class Reason:
    """Why devices are not safe; ``end`` is None for those that are tried again by themselves."""

    end: EndState | None
    cause: str
    code: str
    devices: int


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a device; ``request`` is what was signed and sent, if it came to that.

    ``accepted`` is when the DSP answered that it has the request, ``over`` when it was known what
    came of it (UTC). ``end`` is None for an attempt after which another one was due.
    """

    number: int
    counter: int
    local: bool
    began: datetime
    accepted: datetime | None
    over: datetime | None
    end: EndState | None
    cause: str
    code: str
    words: str
    request: bytes | None


Found = tuple[PortfolioDevice, Progress]


class CampaignBoard(Protocol):
    """What is counted, and what is known of single devices."""

    def standing(self) -> Standing:
        """Where the devices are."""
        ...

    def counts(self, dimension: Dimension) -> Sequence[Count]:
        """Devices by the values of a dimension, in their order."""
        ...

    def reasons(self) -> Sequence[Reason]:
        """Why devices are not safe, the most frequent first."""
        ...

    def made_safe(self) -> Sequence[tuple[datetime, int]]:
        """How many became safe in which second (UTC), oldest first."""
        ...

    def waiting(self) -> tuple[datetime, datetime] | None:
        """When the next and the last of those that wait for another attempt are due."""
        ...

    def given_up(self, cause: str, after: Eui64 | None, limit: int) -> Sequence[Found]:
        """Devices that were given up for a cause, in the order of their identifiers."""
        ...

    def find(self, identifier: Eui64 | str) -> Sequence[Found]:
        """The device of this EUI-64, or the devices at this MPxN."""
        ...

    def attempts(self, device_id: Eui64) -> Sequence[Attempt]:
        """Every attempt at a device since attempts are written down, oldest first."""
        ...
