"""The pack itself: it is whole, it passes, and its reports say what happened."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from lxml import etree
from tests.apps.sit.pack import run, scenarios

from stayon.apps.cli.main import main
from stayon.apps.sit.registry import bind, step
from stayon.apps.sit.reports import JUNIT, REPORT, junit_xml, report_html, write_reports
from stayon.apps.sit.scenarios import Scenario, Step, chosen, parse_feature
from stayon.apps.sit.scene import Scene
from stayon.apps.sit.verdicts import NotRunError, ScenarioResult, StepResult, Verdict, require
from stayon.domain.errors import StayonError

AT = datetime(2026, 11, 21, 10, tzinfo=UTC)
TESTS = [f"T{number}" for number in range(1, 9)]


@pytest.mark.requirement(
    "T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", "R6.A", "R6.B", "R6.C", "D7", "D4"
)
@pytest.mark.requirement("T1", "T2", "T3", "T4", "T5", "T6", "T7", "T8", refuses=True)
@pytest.mark.parametrize("scenario", scenarios(), ids=lambda each: each.scenario_id)
def test_every_scenario_passes(scenario: Scenario) -> None:
    (result,) = run([scenario])
    assert (result.verdict, result.why) == (Verdict.PASSED, "")


@pytest.mark.parametrize("test", TESTS)
def test_each_test_that_the_pia_names_accepts_and_refuses(test: str) -> None:
    found = chosen(scenarios(), [test])
    assert {each.refuses for each in found} == {True, False}


def test_every_step_is_known_to_one_function() -> None:
    for each in {one.text for scenario in scenarios() for one in scenario.steps}:
        bind(each)


@pytest.mark.parametrize("words", ["nobody has defined this", "the answer"])
def test_words_that_nobody_knows(words: str) -> None:
    with pytest.raises(StayonError, match="0 functions know the step"):
        bind(words)


def test_gherkin_that_is_none() -> None:
    with pytest.raises(StayonError, match=r"bad\.feature"):
        parse_feature("bad", "Scenario: of no feature\n    Given x\n")


@step("the test says that it fails")
async def fails(_scene: Scene) -> None:
    require(holds=False, words="it fails")


@step("the test says that it cannot run")
async def cannot_run(_scene: Scene) -> None:
    raise NotRunError("it cannot run")


@step("the test says that it breaks")
async def breaks(_scene: Scene) -> None:
    raise KeyError("broken")


@step("the test says that it passes")
async def passes(_scene: Scene) -> None:
    pass


def made(*texts: str) -> Scenario:
    steps = tuple(Step("Given", f"the test says that it {text}") for text in texts)
    return Scenario("s-01", "made up", "a <scenario>", ("T9",), refuses=False, steps=steps)


@pytest.mark.parametrize(
    ("texts", "verdict", "why"),
    [
        (["passes", "passes"], Verdict.PASSED, ""),
        (["passes", "fails", "passes"], Verdict.FAILED, "it fails"),
        (["cannot run", "passes"], Verdict.NOT_RUN, "it cannot run"),
        (["breaks", "passes"], Verdict.FAILED, "KeyError: 'broken'"),
        ([], Verdict.NOT_RUN, ""),
    ],
)
def test_verdicts(texts: list[str], verdict: Verdict, why: str) -> None:
    (result,) = run([made(*texts)])
    assert (result.verdict, result.why) == (verdict, why)
    assert len(result.steps) == len(texts)
    assert Verdict.PASSED not in [each.verdict for each in result.steps[2:]]


def test_junit_counts_what_did_not_run_as_skipped() -> None:
    results = run([made("passes"), made("fails"), made("cannot run")])
    root = etree.fromstring(junit_xml(results, AT))
    (suite,) = root
    assert (suite.get("tests"), suite.get("failures"), suite.get("skipped")) == ("3", "1", "1")
    assert [case[1].tag for case in suite] == ["system-out", "failure", "skipped"]
    assert suite[0].find("properties/property").get("value") == "T9"  # type: ignore[union-attr]


def test_the_report_has_every_message_whole_and_decoded(tmp_path: Path) -> None:
    (result,) = run([next(each for each in scenarios() if "becomes safe by" in each.name)])
    page = report_html([result], "here", AT)
    assert "CommandVariant 5" in page
    assert "ResponseCode I99" in page
    assert "&#34;use_case&#34;" in page or "ECS08a" in page
    for message in result.messages:
        assert str(etree.QName(etree.fromstring(message.body)).localname) in page
    assert not re.search(r"(src|href)=.http", page)
    report, junit = write_reports([result], "here", AT, tmp_path)
    assert (report.name, junit.name) == (REPORT, JUNIT)


def test_the_report_escapes_and_names_failures() -> None:
    scenario = made("fails")
    failed = ScenarioResult(scenario, [StepResult(scenario.steps[0], Verdict.FAILED, "<bad>")])
    page = report_html([failed], "<here>", AT)
    assert "a &lt;scenario&gt;" in page
    assert "&lt;bad&gt;" in page
    assert "<here>" not in page


def test_the_command_runs_what_is_chosen(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sit", "--requirement", "T1", "--out", str(tmp_path)])
    assert ended.value.code == 0
    assert "4 passed, 0 failed, 0 not run" in capsys.readouterr().out
    assert (tmp_path / JUNIT).exists()


def test_the_command_lists(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["sit", "--list", "--requirement", "T2"])
    assert "t2-files-01" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--target", "http://127.0.0.1:1"], "go together"),
        (["--only", "nothing has these words"], "no scenario is chosen"),
    ],
)
def test_the_command_says_what_is_wrong(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["sit", *arguments])
    assert ended.value.code == 2
    assert words in capsys.readouterr().err
