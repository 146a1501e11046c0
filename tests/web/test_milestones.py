"""Times of a campaign, its forecast and its chart."""

from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import pytest

from stayon.domain.portfolio import EndState
from stayon.ports.campaign_board import Standing
from stayon.web.rendering import duration, share
from stayon.web.srp.chart import safe_over_time
from stayon.web.srp.milestones import forecast, milestones

NOW = datetime(2026, 11, 20, 17, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


def standing(not_begun: int, waiting: int = 0) -> Standing:
    return Standing(dict.fromkeys(EndState, 0), not_begun, waiting, 0)


@pytest.mark.requirement("decision-16")
def test_when_half_and_most_were_safe() -> None:
    times = [(after(1), 40), (after(2), 10), (after(3), 44), (after(9), 1)]
    found = milestones(times, 100)
    assert (found.half, found.most, found.last) == (after(2), after(9), after(9))
    assert milestones(times, 101).most is None
    empty = milestones([], 100)
    assert (empty.half, empty.most, empty.last) == (None, None, None)


def test_the_forecast_is_the_later_of_first_pass_and_last_retry() -> None:
    times = [(after(-400), 5), (after(-100), 7)]
    found = forecast(standing(1000, 2), (after(60), after(3600)), times, 10, NOW)
    assert found.first_pass == after(100)
    assert (found.next_retry, found.last_retry, found.finish) == (after(60), *[after(3600)] * 2)
    assert found.recent == 7
    assert forecast(standing(1000), None, times, 10, NOW).finish == after(100)
    assert forecast(standing(0), None, times, 10, NOW).finish is None
    # What was due before now is due now.
    assert forecast(standing(0, 1), (after(-9), after(-9)), [], 10, NOW).finish == NOW


def test_the_chart_is_small_and_safe_svg() -> None:
    times = [(after(second), 20) for second in range(10_000)]
    drawn = safe_over_time(times, 200_000, NOW)
    assert len(drawn) < 40_000
    assert ET.fromstring(drawn).tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 - our own
    assert b"minutes since" in drawn
    assert b"hours since" in safe_over_time([(after(20_000), 1)], 2, NOW)
    assert b"days since" in safe_over_time([(after(400_000), 1)], 2, NOW)
    assert b"seconds since" in safe_over_time([], 2, NOW)


def test_durations_and_shares_read_well() -> None:
    assert duration(timedelta(seconds=10_000)) == "2 h 46 min"
    assert duration(timedelta(days=2)) == "2 d"
    assert duration(timedelta(0)) == "0 s"
    assert [share(*each) for each in ((0, 0), (0, 9), (9, 9), (1, 4))] == [
        "0 %",
        "0 %",
        "100 %",
        "25.0 %",
    ]
    assert share(1, 200_000) == "< 0.1 %"
    assert share(199_999, 200_000) == "> 99.9 %"
