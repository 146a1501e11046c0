"""How a household's use of energy is spread over the day."""

from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache

_SHAPE = (
    (time(0), 0.45),
    (time(6), 1.25),
    (time(9), 0.80),
    (time(16), 1.75),
    (time(22), 0.70),
)
"""From each time of day (UTC) on, use as a multiple of the day's mean."""

_ONE_DAY = timedelta(days=1)
_MICROSECOND = timedelta(microseconds=1)
_DAYS_KEPT = 64

Part = tuple[datetime, datetime, float]
"""A half-open part of a day (UTC) in which use is steady, and its multiple of the mean."""


@lru_cache(maxsize=_DAYS_KEPT)
def parts_of(day: date) -> tuple[Part, ...]:
    """The parts of a day in order; the first begins and the last ends at midnight."""
    begins = [datetime.combine(day, begin, UTC) for begin, _ in _SHAPE]
    ends = [*begins[1:], begins[0] + _ONE_DAY]
    return tuple(
        (begin, end, factor) for begin, end, (_, factor) in zip(begins, ends, _SHAPE, strict=True)
    )


def part_at(at: datetime) -> Part:
    """The part that ``at`` (UTC) lies in."""
    return next(part for part in parts_of(at.date()) if at < part[1])


def midnight_after(at: datetime) -> datetime:
    """The end of the day that ``at`` (UTC) lies in."""
    return parts_of(at.date())[-1][1]


def rate(per_day: int, factor: float) -> int:
    """MilliPence an hour, for a mean of ``per_day`` MilliPence."""
    return int(per_day * factor / 24)


def used(per_day: int, begin: datetime, end: datetime) -> int:
    """What is used in ``[begin, end)``, within one day, in MilliPence x microseconds / hour."""
    day = parts_of(begin.date())
    if begin == day[0][0] and end == day[-1][1]:
        return _used_in_a_day(per_day)
    return _used(per_day, begin, end)


def _used(per_day: int, begin: datetime, end: datetime) -> int:
    return sum(
        rate(per_day, factor) * ((min(end, until) - max(begin, since)) // _MICROSECOND)
        for since, until, factor in parts_of(begin.date())
        if since < end and begin < until
    )


@lru_cache(maxsize=_DAYS_KEPT)
def _used_in_a_day(per_day: int) -> int:
    begin = datetime.combine(date.min, time.min, UTC)
    return _used(per_day, begin, begin + _ONE_DAY)
