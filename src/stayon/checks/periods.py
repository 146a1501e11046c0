"""Half-open periods of reference data."""

from datetime import datetime
from typing import Protocol


class _Period(Protocol):
    @property
    def effective_from(self) -> datetime: ...

    @property
    def effective_to(self) -> datetime | None: ...


def in_force(entry: _Period, now: datetime) -> bool:
    """Whether the entry counts at ``now``: from its start on, until before its end (D1)."""
    return entry.effective_from <= now and (entry.effective_to is None or now < entry.effective_to)
