"""What a benchmark says of a figure, and the figures that need no quiet machine."""

from pathlib import Path

import pytest

from stayon.apps.bench.audit_trail import audit_trail_figure
from stayon.apps.bench.figures import Figure, as_json, missing, rate_figure
from stayon.apps.bench.measuring import Rate
from stayon.apps.bench.signing_tool import JAR, signing_tool_rate

TEN, FIVE = Rate(10.0, 9.0, 11.0), Rate(5.0, 4.0, 6.0)


def test_a_ratio_is_judged_where_there_is_one() -> None:
    figure = rate_figure("fast", TEN, beside=("slow", FIVE), target=2.0)
    assert (figure.ratio, figure.reached) == (2.0, True)
    assert rate_figure("fast", TEN, beside=("slow", FIVE), target=2.1).reached is False
    assert rate_figure("fast", TEN, target=11.0).reached is False
    assert rate_figure("fast", TEN).reached is None


def test_a_time_is_to_be_short() -> None:
    assert Figure("trip", "ms", 1.4, 1.0, 9.0, target=1.5, lower_is_better=True).reached is True
    assert Figure("trip", "ms", 1.6, 1.0, 9.0, target=1.5, lower_is_better=True).reached is False


def test_what_cannot_be_measured_says_why_and_is_not_reached() -> None:
    figure = missing("ours", "theirs", 8.0, "theirs is not installed")
    assert figure.reached is None
    (written,) = as_json([figure])
    assert written["median"] is None
    assert written["note"] == "theirs is not installed"
    assert written["target"] == 8.0


@pytest.mark.parametrize("there", [None, "empty"])
def test_without_the_signing_tool_the_figure_says_so(there: str | None, tmp_path: Path) -> None:
    peers = None if there is None else tmp_path
    assert JAR.name == "tool.jar"
    found = signing_tool_rate(peers, b"payload", tmp_path)
    assert isinstance(found, str)
    assert "not installed" in found


def test_the_trail_is_asked_for_rows_that_are_there(tmp_path: Path) -> None:
    figure = audit_trail_figure(tmp_path, 3_000)
    assert figure.name == "SAT query for one device, 3,000 rows"
    assert figure.median is not None
    assert figure.median > 0
