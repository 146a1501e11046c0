"""Assumptions: named, sourced, changeable, used; a bad file is refused by entry and rule."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import shipped, shipped_text

import stayon.apps
from stayon.apps.world.assumptions import load_assumptions
from stayon.domain.errors import StayonError

NAMES = [(each.section, each.name) for each in shipped().listed()]


@pytest.mark.requirement("decision 16")
def test_every_assumption_says_what_it_means_and_where_it_comes_from() -> None:
    listed = shipped().listed()
    assert len(listed) == 52
    for each in listed:
        assert each.words.strip()
        assert each.source.strip()
        assert each.value
    assert len({(each.section, each.name) for each in listed}) == len(listed)


@pytest.mark.requirement("decision 16")
@pytest.mark.parametrize(("section", "name"), NAMES)
def test_every_assumption_is_used(section: str, name: str) -> None:
    (folder,) = stayon.apps.__path__
    sources = [
        path.read_text("utf-8")
        for path in Path(folder).rglob("*.py")
        if path.name != "assumptions.py"
    ]
    assert any(re.search(rf"\.{name}\b", source) for source in sources), section


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("dual_fuel = { value = 0.75", "dual_fuel = { value = 1.5", "meters.dual_fuel.value: "),
        ("loss = { value = 0.01", "loss = { value = -0.01", "networks.loss.value: "),
        ("top_up = { value = 20.00", "top_up = { value = 0", "households.top_up.value: "),
        ("days = { value = 28", "days = { value = 0", "event.days.value: "),
        ("days = { value = 28", 'days = { value = "many"', "event.days.value: "),
        ("days = { value = 28", "dayz = { value = 28", "event.days: Field required"),
        ("[networks]", "[networks]\nsnow = 1", "networks.snow: Extra inputs"),
        ("2027-01-15T17:00:00Z", "2027-01-15T17:00:00", "needs a time zone"),
        ('source = "requirements, decision 16"', 'source = ""', "event.days.source: "),
        ('words = "How long the event is followed"', 'words = ""', "event.days.words: "),
        ('unit = "days", words = "How', 'words = "How', "event.days.unit: Field required"),
        (
            "thresholds_after = { value = 75",
            "thresholds_after = { value = 95",
            "event: Value error, campaign_after is before thresholds_after",
        ),
        ("[event]", "[event", "not TOML"),
    ],
)
def test_a_bad_file_is_refused_by_entry_and_rule(old: str, new: str, words: str) -> None:
    assert old in shipped_text()
    with pytest.raises(StayonError) as refused:
        load_assumptions(shipped_text().replace(old, new, 1))
    assert str(refused.value).startswith("assumptions: ")
    assert words in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_changed_value_is_taken() -> None:
    text = shipped_text().replace("days = { value = 28", "days = { value = 14")
    assert load_assumptions(text).event.days.value == 14


def test_instants_are_in_utc_whatever_zone_they_are_given_in() -> None:
    text = shipped_text().replace("2027-01-15T17:00:00Z", "2027-06-15T18:00:00+01:00")
    assert load_assumptions(text).event.starts.value == datetime(2027, 6, 15, 17, tzinfo=UTC)


def test_the_event_can_start_at_another_time() -> None:
    at = datetime(2028, 2, 29, 12, tzinfo=UTC)
    moved = shipped().starting(at)
    assert moved.event.starts.value == at
    assert moved.event.days == shipped().event.days
    assert moved.meters == shipped().meters
