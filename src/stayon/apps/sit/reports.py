"""What a test manager files: a report to read and print, and JUnit XML for a machine."""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from pathlib import Path

from jinja2 import DictLoader, Environment, StrictUndefined, select_autoescape
from lxml import etree

from stayon.adapters import package_data
from stayon.apps.sit.verdicts import ScenarioResult, Verdict
from stayon.gbcs.catalogue import PACKAGE_PATH, parse_catalogue

_TEMPLATE = "report.html.j2"
REPORT = "sit-report.html"
JUNIT = "sit-junit.xml"


def write_reports(
    results: Sequence[ScenarioResult], place: str, at: datetime, folder: Path
) -> tuple[Path, Path]:
    """Write both into ``folder``; ``place`` is where the scenarios ran, ``at`` when (UTC)."""
    folder.mkdir(parents=True, exist_ok=True)
    report, junit = folder / REPORT, folder / JUNIT
    report.write_text(report_html(results, place, at), encoding="utf-8")
    junit.write_bytes(junit_xml(results, at))
    return report, junit


def counts(results: Sequence[ScenarioResult]) -> dict[Verdict, int]:
    """How many scenarios have each verdict."""
    return {each: sum(result.verdict is each for result in results) for each in Verdict}


def report_html(results: Sequence[ScenarioResult], place: str, at: datetime) -> str:
    """One HTML file that needs nothing else."""
    text = package_data.read(f"apps/sit/templates/{_TEMPLATE}").decode("utf-8")
    environment = Environment(
        loader=DictLoader({_TEMPLATE: text}),
        autoescape=select_autoescape(default=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    features = [
        (name, list(of)) for name, of in groupby(results, key=lambda each: each.scenario.feature)
    ]
    return environment.get_template(_TEMPLATE).render(
        features=features,
        counts=counts(results),
        place=place,
        at=at,
        catalogue=parse_catalogue(package_data.read(PACKAGE_PATH)),
    )


def junit_xml(results: Sequence[ScenarioResult], at: datetime) -> bytes:
    """One suite for each feature, one case for each scenario; what did not run is skipped."""
    suites = etree.Element("testsuites", name="SIT and UIT")
    for name, of in groupby(results, key=lambda each: each.scenario.feature):
        cases = list(of)
        found = counts(cases)
        suite = etree.SubElement(
            suites,
            "testsuite",
            name=name,
            tests=str(len(cases)),
            failures=str(found[Verdict.FAILED]),
            skipped=str(found[Verdict.NOT_RUN]),
            errors="0",
            timestamp=f"{at:%Y-%m-%dT%H:%M:%S}",
        )
        for result in cases:
            _case(suite, result)
    return etree.tostring(suites, xml_declaration=True, encoding="utf-8", pretty_print=True)


def _case(suite: etree._Element, result: ScenarioResult) -> None:
    scenario = result.scenario
    case = etree.SubElement(suite, "testcase", classname=scenario.scenario_id, name=scenario.name)
    properties = etree.SubElement(case, "properties")
    for requirement in scenario.requirements:
        etree.SubElement(properties, "property", name="requirement", value=requirement)
    if result.verdict is Verdict.FAILED:
        etree.SubElement(case, "failure", message=result.why)
    elif result.verdict is Verdict.NOT_RUN:
        etree.SubElement(case, "skipped", message=result.why)
    lines = [
        f"{step.verdict.value:8} {step.step.keyword} {step.step.text}"
        + (f"  [{step.why}]" if step.why else "")
        for step in result.steps
    ]
    lines += [f"{m.at:%H:%M:%S} {m.sender} -> {m.receiver}: {m.summary}" for m in result.messages]
    etree.SubElement(case, "system-out").text = "\n".join(lines)
