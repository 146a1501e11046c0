"""Servers that some tests need: used when they can be reached, a reason to skip otherwise."""

import os
from typing import NoReturn

import pytest

REQUIRED = "STAYON_REQUIRE_SERVERS"
"""With this set to 1 (as in ``.ci/run``) a test that would skip for want of anything fails."""


def without_server(why: str) -> NoReturn:
    """Skip, or fail where servers are required."""
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{REQUIRED} is set: {why}")
    pytest.skip(why)


def judged(report: pytest.TestReport) -> pytest.TestReport:
    """The report of a test; one that was skipped has failed where servers are required."""
    if os.environ.get(REQUIRED) == "1" and report.skipped and not hasattr(report, "wasxfail"):
        why = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{REQUIRED} is set: {why}"
    return report
