"""A test that wants what is not there skips, but fails where everything has to be there."""

import pytest
from tests.support.servers import REQUIRED, judged, without_server


@pytest.fixture
def skipped() -> pytest.TestReport:
    return pytest.TestReport(
        nodeid="tests/x.py::test_x",
        location=("tests/x.py", 1, "test_x"),
        keywords={},
        outcome="skipped",
        longrepr=("tests/x.py", 1, "Skipped: no PostgreSQL"),
        when="setup",
    )


def test_elsewhere_it_skips(skipped: pytest.TestReport, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(REQUIRED, raising=False)
    assert judged(skipped).outcome == "skipped"
    with pytest.raises(pytest.skip.Exception, match="it is down"):
        without_server("it is down")


def test_where_servers_are_required_it_fails(
    skipped: pytest.TestReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    failed = judged(skipped)
    assert (failed.outcome, failed.longrepr) == (
        "failed",
        f"{REQUIRED} is set: Skipped: no PostgreSQL",
    )
    with pytest.raises(pytest.fail.Exception, match="is set: it is down"):
        without_server("it is down")


def test_a_failure_that_is_expected_stays_one(
    skipped: pytest.TestReport, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(REQUIRED, "1")
    skipped.wasxfail = "known"
    assert judged(skipped).outcome == "skipped"
