"""Counting: intervals, shares, end states, reasons."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.apps.rehearse.small_world import Rehearsed

from stayon.apps.rehearse.report import duration
from stayon.apps.rehearse.result import off_counts, summary
from stayon.domain.portfolio import EndState, Progress

START = datetime(2027, 1, 15, tzinfo=UTC)
HOUR = timedelta(hours=1)
KEYS = [
    "devices",
    "safe",
    "already_safe",
    "refused",
    "unreachable",
    "needs_local_delivery",
    "seconds_to_last_safe",
    "homes_off_supply_with",
    "homes_off_supply_without",
]
hours = st.integers(min_value=0, max_value=48)
intervals = st.lists(st.tuples(hours, hours).map(lambda two: (min(two), max(two))), max_size=12)


def at(hour: int) -> datetime:
    return START + hour * HOUR


@settings(max_examples=60)
@given(intervals)
def test_off_counts_agrees_with_counting_one_by_one(pairs: list[tuple[int, int]]) -> None:
    spans = [(at(begin), at(end)) for begin, end in pairs]
    instants = [at(hour) for hour in range(49)]
    expected = tuple(sum(b <= instant < e for b, e in spans) for instant in instants)
    assert off_counts(spans, instants) == expected


def test_off_counts_of_no_intervals() -> None:
    assert off_counts([], [at(0), at(1)]) == (0, 0)
    assert off_counts([(at(0), at(1))], []) == ()


def test_the_summary_has_the_agreed_keys_and_adds_up(ailing: Rehearsed) -> None:
    found = summary(ailing.result)
    assert [key for key in KEYS if key not in found] == []
    assert sum(found[end.value] or 0 for end in EndState) == found["devices"] == 24
    half, most, last = (
        found[key]
        for key in ("seconds_to_half_safe", "seconds_to_95_percent_safe", "seconds_to_last_safe")
    )
    assert half is not None
    assert most is not None
    assert last is not None
    assert 0 < half <= most <= last
    assert last == max(ailing.result.safe_times)


@pytest.mark.parametrize(
    ("share", "index"), [(0.01, 0), (0.25, 0), (0.26, 1), (0.5, 1), (0.95, 3), (1.0, 3)]
)
def test_a_share_of_the_safe_devices(ailing: Rehearsed, share: float, index: int) -> None:
    times = (1.0, 2.0, 4.0, 8.0)
    one = ailing.result.devices[0]
    result = replace(ailing.result, devices=tuple(replace(one, safe_after=each) for each in times))
    assert result.seconds_to_safe(share) == times[index]


def test_a_device_without_an_end_state_shows(ailing: Rehearsed) -> None:
    one = ailing.result.devices[0]
    under_way = replace(one, progress=Progress(one.device.device_id), safe_after=None)
    result = replace(ailing.result, devices=(under_way,))
    assert not result.all_ended
    assert result.seconds_to_safe(1.0) is None
    assert result.reasons() == []
    assert sum(result.count(end) for end in EndState) == 0


def test_the_commonest_reason_comes_first(ailing: Rehearsed) -> None:
    numbers = [number for _, _, _, number in ailing.result.reasons()]
    assert numbers == sorted(numbers, reverse=True)
    assert numbers[0] == 2


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "none"),
        (0.4, "0 s"),
        (59, "59 s"),
        (60, "1 min"),
        (3599, "60 min"),
        (3600, "1 h 00 min"),
        (11100, "3 h 05 min"),
        (48 * 3600, "2.0 d"),
        (216000, "2.5 d"),
    ],
)
def test_durations_as_people_read_them(seconds: float | None, words: str) -> None:
    assert duration(seconds) == words
