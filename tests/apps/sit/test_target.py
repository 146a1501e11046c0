"""The pack against an endpoint that somebody else runs, with an SRP's keys only."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree
from tests.apps.cli.srp_world import NO_WAN, REACHED, SrpWorld

from stayon.apps.cli.main import main
from stayon.apps.sit.reports import JUNIT


@pytest.fixture
def endpoint(tmp_path: Path) -> Iterator[SrpWorld]:
    """A DSP that accepts whatever is signed; it knows one kind of meter."""
    made = SrpWorld(tmp_path / "world")
    (tmp_path / "world").mkdir()
    made.start()
    made.portfolio(REACHED, NO_WAN)
    yield made
    made.stop()


def sit(endpoint: SrpWorld, out: Path, only: str, *more: str) -> tuple[int, etree._Element]:
    arguments = ["--target", _dsp(endpoint), "--keys", str(endpoint.folder), "--only", only]
    with pytest.raises(SystemExit) as ended:
        main(["sit", *arguments, "--patience", "20", "--out", str(out), *more])
    code = ended.value.code
    assert isinstance(code, int)
    return code, etree.fromstring((out / JUNIT).read_bytes())


def _dsp(endpoint: SrpWorld) -> str:
    world = json.loads((endpoint.folder / "world.json").read_text())
    return str(world["services"]["dsp"])


@pytest.mark.requirement("T4")
def test_what_an_srp_can_do_by_itself_is_passed(endpoint: SrpWorld, tmp_path: Path) -> None:
    code, suites = sit(endpoint, tmp_path / "o", "t4-safe-prepayment-05", "--contingency-open")
    (case,) = suites.iter("testcase")
    assert (code, case.find("failure"), case.find("skipped")) == (0, None, None)


@pytest.mark.requirement("T7", refuses=True)
def test_what_needs_the_dccs_powers_is_not_run_and_never_passed(
    endpoint: SrpWorld, tmp_path: Path
) -> None:
    only, opened = "t4-safe-prepayment-03", "--contingency-open"
    code, suites = sit(endpoint, tmp_path / "o", only, opened)
    (skipped,) = suites.iter("skipped")
    assert (code, skipped.get("message")) == (
        0,
        "this step needs the powers of the DCC's people at the place",
    )
    # The steps before it ran: the meter's signed success was verified.
    assert "passed   Then the answer is I99" in (suites.findtext(".//system-out") or "")


@pytest.mark.requirement("T7", refuses=True)
def test_nobody_has_opened_the_contingency_there(endpoint: SrpWorld, tmp_path: Path) -> None:
    code, suites = sit(endpoint, tmp_path / "o", "t4-safe-prepayment")
    assert code == 0
    cases = len(list(suites.iter("testcase")))
    assert len(list(suites.iter("skipped"))) == cases
    assert endpoint.requests == []


@pytest.mark.requirement("T4", refuses=True)
def test_an_endpoint_that_takes_what_it_must_refuse_fails(
    endpoint: SrpWorld, tmp_path: Path
) -> None:
    code, suites = sit(endpoint, tmp_path / "o", "t4-safe-prepayment-09", "--contingency-open")
    (failure,) = suites.iter("failure")
    assert (code, failure.get("message")) == (1, "the answer is I0, not E020101")


def test_the_configuration_of_an_endpoint_stays_as_it_is(
    endpoint: SrpWorld, tmp_path: Path
) -> None:
    _, suites = sit(endpoint, tmp_path / "o", "attribute limit", "--contingency-open")
    (skipped,) = suites.iter("skipped")
    assert skipped.get("message") == "the configuration of the place cannot be changed from here"
