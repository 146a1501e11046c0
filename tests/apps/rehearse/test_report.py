"""The report stands alone, says what was found, and believes no word it shows."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from lxml import etree
from tests.apps.rehearse.small_world import Rehearsed, shipped

from stayon.apps.rehearse.figures import figures
from stayon.apps.rehearse.report import render, write_report
from stayon.apps.rehearse.result import Milestone, Rehearsal, SupplySeries, summary
from stayon.domain.portfolio import EndState, Progress, Stage

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)> & \"' ]]> {{ 7 * 7 }}"
LOADING = {"src", "srcset", "data", "action", "poster", "background", "formaction"}


class Elements(HTMLParser):
    """Every element with its attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def references(page: str) -> Iterator[str]:
    """Whatever a browser would go and get."""
    for tag, attributes in Elements(page).elements:
        for name, value in attributes.items():
            if name in LOADING:
                yield f"{tag} {name}={value}"
            if name.rpartition(":")[2] == "href" and not (value or "").startswith("#"):
                yield f"{tag} {name}={value}"
    yield from re.findall(r"url\((?!#)[^)]*\)|@import[^;]*", page)


@pytest.fixture(scope="module")
def page(ailing: Rehearsed) -> str:
    return render(ailing.result, shipped())


def test_the_report_needs_nothing_else(page: str) -> None:
    tags = {tag for tag, _ in Elements(page).elements}
    assert not tags & {"script", "link", "iframe", "object", "embed", "base", "img"}
    assert list(references(page)) == []


def test_what_would_be_loaded_is_found() -> None:
    page = '<a href="#x"><img src=y><use xlink:href="http://z"><style>a{b:url(c)}</style>'
    assert list(references(page)) == ["img src=y", "use xlink:href=http://z", "url(c)"]


def test_the_report_says_what_was_found(page: str, ailing: Rehearsed) -> None:
    text = " ".join(Elements(page).text.split())
    assert "12 homes with 24 prepayment meters" in text
    assert f"{ailing.result.count(EndState.SAFE)} of 24" in text
    assert "The user is not responsible" in text or "not responsible for this device" in text
    for each in shipped().listed():
        assert " ".join(each.words.split()) in text
    for milestone in ailing.result.milestones:
        assert milestone.what in text


def test_what_the_two_charts_call_by_one_name_is_the_same_thing(page: str) -> None:
    drawings = [
        etree.fromstring(text.encode()) for text in re.findall(r"<svg.*?</svg>", page, re.DOTALL)
    ]
    assert len(drawings) == 2
    first, second = (
        {
            each.get("id"): etree.tostring(each, with_tail=False)
            for each in one.iter()
            if each.get("id")
        }
        for one in drawings
    )
    referred = set(re.findall(r"#([A-Za-z_][\w.-]*)", "".join(map(repr, (first, second)))))
    shared = first.keys() & second.keys() & referred
    assert shared
    assert [name for name in shared if first[name] != second[name]] == []


def hostile(result: Rehearsal) -> Rehearsal:
    def spoilt(progress: Progress) -> Progress:
        refused = progress.end is EndState.REFUSED
        return replace(progress, words=HOSTILE, code=HOSTILE) if refused else progress

    devices = tuple(replace(each, progress=spoilt(each.progress)) for each in result.devices)
    milestone = Milestone(result.failed_at, HOSTILE)
    return replace(result, devices=devices, milestones=(milestone,))


def test_hostile_words_are_only_words(ailing: Rehearsed) -> None:
    page = render(hostile(ailing.result), shipped())
    found = Elements(page)
    assert not {"script", "img"} & {tag for tag, _ in found.elements}
    assert found.text.count(HOSTILE) == 3


def nothing_safe(result: Rehearsal) -> Rehearsal:
    devices = tuple(
        replace(
            each,
            safe_after=None,
            progress=replace(each.progress, stage=Stage.ENDED, end=EndState.UNREACHABLE),
        )
        for each in result.devices
    )
    return replace(result, devices=devices)


def all_safe(result: Rehearsal) -> Rehearsal:
    safe = [each for each in result.devices if each.progress.end is EndState.SAFE]
    return replace(result, devices=tuple(safe))


def nobody_off(result: Rehearsal) -> Rehearsal:
    none = (0,) * len(result.supply.instants)
    return replace(result, supply=SupplySeries(result.supply.instants, none, none))


def test_a_rehearsal_in_which_nothing_became_safe(ailing: Rehearsed) -> None:
    text = Elements(render(nothing_safe(ailing.result), shipped())).text
    assert "0 of 24" in text
    assert "none" in text


def test_a_rehearsal_in_which_all_went_well(ailing: Rehearsed) -> None:
    page = render(nobody_off(all_safe(ailing.result)), shipped())
    assert "Every meter was made safe." in Elements(page).text


def test_the_report_of_equal_rehearsals_is_equal(ailing: Rehearsed, page: str) -> None:
    assert render(ailing.result, shipped()) == page


def test_the_summary_file_is_the_summary(ailing: Rehearsed, tmp_path: Path) -> None:
    report = write_report(ailing.result, shipped(), tmp_path / "deep" / "folder")
    assert report.read_text("utf-8").startswith("<!doctype html>")
    written = json.loads(report.with_name("summary.json").read_text("utf-8"))
    assert written == summary(ailing.result)


@pytest.mark.requirement("decision 15", "decision 16")
def test_the_minutes_add_up_to_the_meters(ailing: Rehearsed) -> None:
    minutes = figures(ailing.result, shipped(), "stayon rehearse")["meters_by_minute"]
    assert [each["at"] for each in minutes] == sorted({each["at"] for each in minutes})
    for end in EndState:
        assert sum(each[end.value] for each in minutes) == ailing.result.count(end)
    assert minutes[-1]["safe_so_far"] == ailing.result.count(EndState.SAFE)
    assert minutes[-1]["safe_so_far"] > 0
