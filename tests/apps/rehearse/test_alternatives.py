"""The four ways to act on one event: what is logically forced, and that assumptions count."""

import csv
import json
import tomllib
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import (
    ELECTRICITY,
    FAILED_AT,
    GAS,
    LOST,
    NO_WAN,
    Rehearsed,
    ailing_homes,
    change,
    healthy_homes,
    shipped,
    with_values,
)

import stayon
from stayon.apps.rehearse.alternatives import Scene, compare, replay, work_by_hand
from stayon.apps.rehearse.figure_files import TABLES, write_figures
from stayon.apps.rehearse.figures import figures
from stayon.apps.rehearse.report import render
from stayon.apps.rehearse.result import Alternative, summary
from stayon.apps.world.assumptions import Assumptions
from stayon.apps.world.meters import MeterSettings
from stayon.apps.world.population import Home
from stayon.domain.portfolio import EndState

SATURDAY_8 = datetime.fromisoformat("2027-01-16T08:00:00+00:00")


def by_name(rehearsed: Rehearsed) -> dict[str, Alternative]:
    return {each.name: each for each in rehearsed.result.alternatives}


def scene(rehearsed: Rehearsed, homes: tuple[Home, ...], assumptions: Assumptions) -> Scene:
    profile = rehearsed.settings.policy.safe_prepayment
    return Scene(
        homes=homes,
        assumptions=assumptions,
        meter_settings=MeterSettings(assumptions, rehearsed.world.pki),
        safe={ELECTRICITY: profile.electricity, GAS: profile.gas},
        failed_at=FAILED_AT,
        end=FAILED_AT + timedelta(days=28),
        seed=7,
        grid=rehearsed.result.supply.instants,
    )


@pytest.mark.requirement("decision 16", "WG-1.6")
def test_all_four_are_in_the_summary_and_agree_with_it(ailing: Rehearsed) -> None:
    found = summary(ailing.result)
    assert list(found["alternatives"]) == ["stayon", "nothing_done", "by_hand", "credit_mode"]
    assert found["alternatives"]["stayon"]["homes_off_supply"] == found["homes_off_supply_with"]
    without = found["alternatives"]["nothing_done"]["homes_off_supply"]
    assert without == found["homes_off_supply_without"]


@pytest.mark.requirement("decision 16")
def test_a_delay_of_nothing_is_nothing_done(ailing: Rehearsed) -> None:
    """If the PMA does not wait, by hand is nothing done, figure for figure but for its visits."""
    at_once = with_values(pma_delay=0.0, by_hand_begins_after=0.0)
    place = scene(ailing, ailing.settings.homes, at_once)
    _, nothing, by_hand, _ = compare(place, replay(place, {}), ailing.result.devices)
    assert by_hand.people_hours == 0
    assert replace(by_hand, name=nothing.name, words=nothing.words) == nothing


@pytest.mark.requirement("decision 16")
def test_in_credit_mode_no_home_goes_off_once_its_meters_are_in_it(ailing: Rehearsed) -> None:
    found = by_name(ailing)
    assert found["credit_mode"].requests == found["stayon"].requests > 0
    assert found["credit_mode"].debt > 0
    assert found["credit_mode"].homes_off <= found["nothing_done"].homes_off


def test_by_hand_keeps_working_hours_pace_and_the_end_of_the_delay(ailing: Rehearsed) -> None:
    slow = with_values(by_hand_requests=10, pma_delay=24.0)
    done = work_by_hand(scene(ailing, healthy_homes(12), slow))
    instants = list(done.safe_at.values())
    assert instants == [SATURDAY_8 + timedelta(hours=number) for number in range(9)]
    assert done.requests == 9
    assert done.working_hours == 9


def test_by_hand_tries_the_unreached_again_and_the_unable_once(ailing: Rehearsed) -> None:
    home = healthy_homes(1)[0]
    lost = change(home, ELECTRICITY, ailment=LOST)
    lost = change(lost, GAS, answers_with_error=True)
    done = work_by_hand(scene(ailing, (lost,), shipped()))
    assert done.safe_at == {}
    assert done.requests == 3 + 1  # Saturday, Sunday, Monday until 17:00; the gas meter once
    nobody = change(change(home, ELECTRICITY, ailment=NO_WAN), GAS, ailment=NO_WAN)
    assert work_by_hand(scene(ailing, (nobody,), shipped())).safe_at == {}


@cache
def _homes() -> tuple[Home, ...]:
    return ailing_homes()


@pytest.mark.requirement("decision 16")
@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("pma_delay", 0.0),
        ("by_hand_begins_after", 40.0),
        ("by_hand_from", 6),
        ("by_hand_hours", 3),
        ("by_hand_people", 9),
        ("by_hand_requests", 7),
        ("pma_watch", 1.0),
        ("campaign_people_hours", 1.0),
        ("visit_hours", 9.0),
        ("build_low", 1),
        ("build_high", 9),
        ("full_assessment", 5),
        ("full_assessment_days", 99),
        ("build_months_low", 1),
        ("build_months_high", 99),
        ("srp_months_low", 1),
        ("srp_months_high", 99),
    ],
)
def test_each_assumption_of_the_comparison_changes_it(
    name: str, value: float, ailing: Rehearsed
) -> None:
    def found(assumptions: Assumptions) -> object:
        place = scene(ailing, _homes(), assumptions)
        households = ailing.world.homes.households
        ways = compare(place, households, ailing.result.devices)
        result = replace(ailing.result, alternatives=ways)
        return figures(result, assumptions, "")["alternatives"], work_by_hand(place).safe_at

    assert found(with_values(**{name: value})) != found(shipped())


@pytest.mark.requirement("decision 18")
def test_homes_off_are_listed_those_off_before_first(ailing: Rehearsed) -> None:
    result = ailing.result
    already = [each for each in result.homes_off if each.already_off]
    assert {each.number for each in already} == {7, 8}
    assert len(already) == result.homes_already_off
    assert len(result.homes_off) == result.homes_off_with
    rows = figures(result, shipped(), "")["homes_off_list"]
    flags = [row["already_off"] for row in rows]
    assert flags == sorted(flags, reverse=True)


@pytest.mark.requirement("decision 18")
def test_the_report_warns_of_the_homes_in_deficit(ailing: Rehearsed) -> None:
    households = ailing.world.homes.households
    stayon_way = by_name(ailing)["stayon"]
    assert stayon_way.in_deficit == sum(each.in_deficit for each in households)
    assert stayon_way.in_deficit_before == sum(each.was_in_deficit for each in households) > 0
    page = render(ailing.result, shipped())
    after = " ".join(page.split("Before the first Change of Supplier:", 1)[1].split())
    assert after.startswith(f"</strong> {stayon_way.in_deficit_before} homes are on")
    assert f" {stayon_way.in_deficit} at the end of the rehearsal" in after


def test_page_json_and_csv_have_the_same_figures(ailing: Rehearsed, tmp_path: Path) -> None:
    shown = figures(ailing.result, shipped(), "stayon rehearse --homes 12")
    write_figures(shown, tmp_path)
    assert json.loads((tmp_path / "report.json").read_text("utf-8")) == shown
    page = render(ailing.result, shipped(), "stayon rehearse --homes 12")
    assert "<code>stayon rehearse --homes 12</code>" in page
    for table in TABLES:
        with (tmp_path / f"{table.replace('_', '-')}.csv").open(newline="") as file:
            rows = list(csv.DictReader(file))
        expected = [
            {key: "" if value is None else str(value) for key, value in row.items()}
            for row in shown[table]
        ]
        assert rows == expected, table
    for row in shown["alternatives"]:
        for key in ("homes_off_supply", "home_hours_off", "requests", "people_hours"):
            assert f'<td class="number">{row[key]:,}</td>' in page
    for row in shown["timeline"]:
        assert row["at"][:19].replace("T", " ") in page


def test_text_is_no_formula_in_a_spreadsheet(tmp_path: Path) -> None:
    rows: dict[str, list[dict[str, str]]] = {table: [] for table in TABLES}
    write_figures({**rows, "timeline": [{"event": "=1+1"}, {"event": "1"}]}, tmp_path)
    assert (tmp_path / "timeline.csv").read_text().splitlines() == ["event", "'=1+1", "1"]


def test_the_version_is_that_of_the_package() -> None:
    project = tomllib.loads((Path(stayon.__file__).parents[2] / "pyproject.toml").read_text())
    assert stayon.__version__ == project["project"]["version"]


def test_groups_add_up_to_the_meters(ailing: Rehearsed) -> None:
    rows = figures(ailing.result, shipped(), "")["meters_by_group"]
    total = sum(row[end.value] for row in rows for end in EndState)
    assert total + sum(row["not_ended"] for row in rows) == len(ailing.result.devices)
