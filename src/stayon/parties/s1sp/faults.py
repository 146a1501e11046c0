"""How an S1SP can fail, as data: each of the three has its own."""

from dataclasses import dataclass, field
from datetime import datetime

from stayon.domain.eui64 import Eui64
from stayon.parties.csp.model import Outage


@dataclass(frozen=True, slots=True)
class S1spFaults:
    """What goes wrong at one S1SP.

    In an outage it takes neither work nor reference data; what it has taken, it finishes. Work for
    a ``stuck`` device is given up after ``time_limit`` seconds. What is answered for a ``garbled``
    device breaks off in the middle: nobody can read it.
    """

    outages: tuple[Outage, ...] = ()
    stuck: frozenset[Eui64] = field(default_factory=frozenset)
    garbled: frozenset[Eui64] = field(default_factory=frozenset)
    time_limit: float = 86_400.0

    def is_out(self, at: datetime) -> bool:
        """Whether nobody answers at that instant (UTC)."""
        return any(outage.start <= at < outage.end for outage in self.outages)
