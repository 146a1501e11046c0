"""From what a campaign has counted: when half of it was safe, how fast it goes, when it ends."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from stayon.ports.campaign_board import Standing

SafeTimes = Sequence[tuple[datetime, int]]
_RECENT = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Milestones:
    """When 50 % and 95 % of all devices were safe, None where they are not; the last so far."""

    half: datetime | None
    most: datetime | None
    last: datetime | None


@dataclass(frozen=True, slots=True)
class Forecast:
    """What is still to come, if the pace is kept.

    ``first_pass`` is when every device has had its first attempt; ``next_retry`` and
    ``last_retry`` when those that wait are tried again; ``finish`` when all of this is over.
    ``recent`` is how many became safe in the last five minutes.
    """

    first_pass: datetime | None
    next_retry: datetime | None
    last_retry: datetime | None
    finish: datetime | None
    recent: int


def milestones(made_safe: SafeTimes, devices: int) -> Milestones:
    """Read them from how many became safe when; ``devices`` are all of the campaign."""
    sums = list(accumulate(number for _, number in made_safe))

    def when(share: float) -> datetime | None:
        return next(
            (
                at
                for (at, _), so_far in zip(made_safe, sums, strict=True)
                if so_far >= share * devices
            ),
            None,
        )

    return Milestones(when(0.5), when(0.95), made_safe[-1][0] if made_safe else None)


def forecast(
    standing: Standing,
    waiting: tuple[datetime, datetime] | None,
    made_safe: SafeTimes,
    pace: float,
    now: datetime,
) -> Forecast:
    """What is still to come; ``pace`` in requests a second."""
    first_pass = None
    if standing.not_begun:
        first_pass = now + timedelta(seconds=round(standing.not_begun / pace))
    following, last = waiting or (None, None)
    ends = [each for each in (first_pass, last) if each is not None]
    return Forecast(
        first_pass,
        following,
        last,
        max(*ends, now) if ends else None,
        sum(number for at, number in made_safe if at >= now - _RECENT),
    )
