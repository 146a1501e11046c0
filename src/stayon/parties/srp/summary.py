"""How many devices of a campaign are where."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from stayon.domain.portfolio import EndState, Progress, Stage

_SAFE = frozenset({EndState.SAFE, EndState.ALREADY_SAFE})


@dataclass(frozen=True, slots=True)
class Summary:
    """The count of each end state, and of each stage of the devices that have none yet.

    ``reasons`` counts why devices did not become safe, as (end state, code, words) of which the
    code may be empty. ``last_change`` is when a device was last moved on (UTC), None before that.
    """

    devices: int
    ends: Counter[EndState]
    under_way: Counter[Stage]
    reasons: Counter[tuple[EndState, str, str]]
    last_change: datetime | None

    @property
    def complete(self) -> bool:
        """Whether every device has an end state."""
        return self.ends.total() == self.devices


def summarise(progress: Iterable[Progress]) -> Summary:
    """Count."""
    ends: Counter[EndState] = Counter()
    under_way: Counter[Stage] = Counter()
    reasons: Counter[tuple[EndState, str, str]] = Counter()
    last: datetime | None = None
    for one in progress:
        if one.end is None:
            under_way[one.stage] += 1
        else:
            ends[one.end] += 1
            if one.end not in _SAFE:
                reasons[one.end, one.code, one.words] += 1
        if one.changed is not None and (last is None or one.changed > last):
            last = one.changed
    return Summary(ends.total() + under_way.total(), ends, under_way, reasons, last)
