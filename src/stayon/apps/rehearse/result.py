"""What a rehearsal found, as plain values: the table, the JSON object and the report show these."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.money import MILLIPENCE_PER_POUND
from stayon.domain.portfolio import EndState, PortfolioDevice, Progress


@dataclass(frozen=True, slots=True)
class DeviceResult:
    """One device at the end; ``safe_after`` is in seconds from the campaign's first request."""

    device: PortfolioDevice
    progress: Progress
    safe_after: float | None


@dataclass(frozen=True, slots=True)
class SupplySeries:
    """Homes off supply for want of credit at each instant of a grid, with Stayon and without."""

    instants: tuple[datetime, ...]
    off_with: tuple[int, ...]
    off_without: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Milestone:
    """Something that happened in the event, at a simulated instant (UTC)."""

    at: datetime
    what: str


@dataclass(frozen=True, slots=True)
class Alternative:
    """What one way to act on the event leads to.

    ``first_off`` is when a home first goes off that was on at the failure, ``last_off`` when the
    last home off in the event is off; both UTC. ``debt`` is in MilliPence, built up in ``indebted``
    homes until the Supplier of Last Resort can act. ``in_deficit_before`` are homes on although
    their balance is used up, at that moment; ``in_deficit`` at the end. ``requests`` counts every
    attempt.
    ``meters_left`` were made safe by no request; ``visit_hours`` is what visits to them take.
    ``off_by_hour`` has a count for each instant of the rehearsal's ``SupplySeries``.
    """

    name: str
    words: str
    homes_off: int
    home_hours_off: float
    first_off: datetime | None
    last_off: datetime | None
    debt: int
    indebted: int
    in_deficit_before: int
    in_deficit: int
    requests: int
    people_hours: float
    meters_left: int
    visit_hours: float
    off_by_hour: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class HomeOff:
    """A home that was off at some time, for people to look after.

    ``back`` is the end of its last time without supply (UTC), None if it is off at the end.
    """

    number: int
    devices: tuple[PortfolioDevice, ...]
    already_off: bool
    since: datetime
    back: datetime | None
    hours_off: float


@dataclass(frozen=True, slots=True)
class EndingsFound:
    """How the contingency ended: devices whose registration moved, and which took the new supplier.

    ``not_gained`` counts why not. The ``refused`` ones count what a contingency request got, one
    for each route and fuel: between registration and trust anchor, after both, and after the failed
    supplier was withdrawn. Then one meter of each kind said that it
    was tampered with, and the alerts counted who got that.
    """

    moved: int
    gained: int
    not_gained: Mapping[str, int]
    refused_between: Mapping[str, int]
    refused_after: Mapping[str, int]
    refused_withdrawn: Mapping[str, int]
    alerts_to_gaining: int
    alerts_to_failed: int


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """A whole rehearsal. ``campaign_began`` is the instant of the first request (UTC)."""

    seed: int
    failed_at: datetime
    campaign_began: datetime
    homes: int
    homes_already_off: int
    homes_off_with: int
    homes_off_without: int
    devices: tuple[DeviceResult, ...]
    milestones: tuple[Milestone, ...]
    supply: SupplySeries
    messages: int
    wall_seconds: float
    alerts: Mapping[str, int] | None = None
    alternatives: tuple[Alternative, ...] = ()
    homes_off: tuple[HomeOff, ...] = ()
    profile_version: str = ""
    endings: EndingsFound | None = None

    def count(self, end: EndState) -> int:
        """Devices in one end state."""
        return sum(1 for each in self.devices if each.progress.end is end)

    @property
    def all_ended(self) -> bool:
        """Whether every device has an end state."""
        return all(each.progress.end is not None for each in self.devices)

    @property
    def safe_times(self) -> list[float]:
        """Seconds from the first request to each safe device, ascending."""
        return sorted(each.safe_after for each in self.devices if each.safe_after is not None)

    def seconds_to_safe(self, share: float) -> float | None:
        """Seconds until ``share`` (0 to 1) of the devices that became safe were safe."""
        times = self.safe_times
        if not times:
            return None
        return times[max(0, math.ceil(share * len(times)) - 1)]

    def by_route(self) -> list[tuple[Route, Fuel, Generation, Counter[EndState | None]]]:
        """End states counted for each route and fuel that occurs."""
        groups: dict[tuple[Route, Fuel, Generation], Counter[EndState | None]] = {}
        for each in self.devices:
            key = (each.device.route, each.device.fuel, each.device.generation)
            groups.setdefault(key, Counter())[each.progress.end] += 1
        ordered = sorted(groups, key=lambda key: (key[0].value, key[1].value))
        return [(*key, groups[key]) for key in ordered]

    def reasons(self) -> list[tuple[EndState, str, str, int]]:
        """Why devices did not become safe: end state, code, words, how many; most first."""
        counted: Counter[tuple[EndState, str, str]] = Counter()
        for each in self.devices:
            end = each.progress.end
            if end is not None and end not in (EndState.SAFE, EndState.ALREADY_SAFE):
                counted[end, each.progress.code, each.progress.words] += 1
        return [(*reason, number) for reason, number in counted.most_common()]


def summary(rehearsal: Rehearsal) -> dict[str, Any]:
    """The object that ``stayon rehearse --json`` prints; times are simulated seconds."""
    return {
        "seed": rehearsal.seed,
        "homes": rehearsal.homes,
        "devices": len(rehearsal.devices),
        **{end.value: rehearsal.count(end) for end in EndState},
        "seconds_to_half_safe": rehearsal.seconds_to_safe(0.5),
        "seconds_to_95_percent_safe": rehearsal.seconds_to_safe(0.95),
        "seconds_to_last_safe": rehearsal.seconds_to_safe(1.0),
        "homes_already_off": rehearsal.homes_already_off,
        "homes_off_supply_with": rehearsal.homes_off_with,
        "homes_off_supply_without": rehearsal.homes_off_without,
        **_ended(rehearsal.endings),
        **{f"alert_{code}": number for code, number in (rehearsal.alerts or {}).items()},
        "alternatives": {
            each.name: of_alternative(each, rehearsal.failed_at) for each in rehearsal.alternatives
        },
    }


def of_alternative(alternative: Alternative, failed_at: datetime) -> dict[str, Any]:
    """One alternative as the files have it: money in GBP, hours since ``failed_at``."""
    return {
        "homes_off_supply": alternative.homes_off,
        "home_hours_off": round(alternative.home_hours_off, 1),
        "first_hour_off": _hours(alternative.first_off, failed_at),
        "last_hour_off": _hours(alternative.last_off, failed_at),
        "debt_built_up_gbp": round(alternative.debt / MILLIPENCE_PER_POUND, 2),
        "homes_with_debt": alternative.indebted,
        "homes_in_deficit_when_solr_can_act": alternative.in_deficit_before,
        "homes_in_deficit_at_end": alternative.in_deficit,
        "requests": alternative.requests,
        "people_hours": round(alternative.people_hours, 1),
        "meters_not_made_safe": alternative.meters_left,
        "visit_hours": round(alternative.visit_hours, 1),
    }


def _hours(at: datetime | None, since: datetime) -> float | None:
    return None if at is None else round((at - since) / timedelta(hours=1), 1)


def _ended(endings: EndingsFound | None) -> dict[str, int]:
    if endings is None:
        return {}
    return {
        "registrations_moved": endings.moved,
        "devices_gained": endings.gained,
        "contingency_accepted_after": endings.refused_after.get("accepted", 0),
        "alerts_to_gaining_supplier": endings.alerts_to_gaining,
        "alerts_to_failed_supplier_after": endings.alerts_to_failed,
    }


def off_counts(
    intervals: Sequence[tuple[datetime, datetime]], instants: Sequence[datetime]
) -> tuple[int, ...]:
    """How many of the half-open ``intervals`` each of the ascending ``instants`` lies in."""
    begins = sorted(begin for begin, _ in intervals)
    ends = sorted(end for _, end in intervals)
    counts: list[int] = []
    begun = ended = 0
    for instant in instants:
        while begun < len(begins) and begins[begun] <= instant:
            begun += 1
        while ended < len(ends) and ends[ended] <= instant:
            ended += 1
        counts.append(begun - ended)
    return tuple(counts)
