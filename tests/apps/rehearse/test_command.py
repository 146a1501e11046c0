"""``stayon rehearse`` as a person types it."""

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from tests.apps.rehearse.small_world import healthy_homes, shipped_text
from tests.apps.rehearse.test_result import KEYS

from stayon.apps.cli.main import main
from stayon.apps.rehearse.command import rehearse
from stayon.domain.eui64 import Eui64
from stayon.domain.metering import Fuel, Generation, Route
from stayon.domain.portfolio import PortfolioDevice
from stayon.parties.srp.portfolio import COLUMNS, dump_portfolio

ONE, TWO = Eui64.parse("90B3D51F30010000"), Eui64.parse("90B3D51F30020000")
SCARCE = Eui64.parse("025A5C0000000003")


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as exited:
        main(["rehearse", *map(str, arguments)])
    captured = capsys.readouterr()
    return exited.value.code, captured.out, captured.err


def portfolio(*suppliers: Eui64) -> list[PortfolioDevice]:
    """A device for each route, of the suppliers in turn."""
    model = healthy_homes(1)[0].meters[0].device
    devices = []
    for number, route in enumerate(Route):
        gas = number % 2 == 1
        smets2 = route.generation is Generation.SMETS2
        devices.append(
            replace(
                model,
                device_id=Eui64.parse(f"00DB1234567890A{number}"),
                supplier_id=suppliers[number % len(suppliers)],
                fuel=Fuel.GAS if gas else Fuel.ELECTRICITY,
                generation=route.generation,
                mpxn=f"700000000{number}" if gas else f"200000000000{number}",
                route=route,
                gbcs_version="3.2" if smets2 else None,
                counter_floor=1_900_000_000_000 if number == 0 else 0,
                postcode=None,
            )
        )
    return devices


def write(path: Path, devices: list[PortfolioDevice]) -> Path:
    path.write_text("".join(dump_portfolio(devices)))
    return path


def quiet_networks(path: Path) -> Path:
    """Assumptions under which every meter is reached."""
    text = shipped_text()
    for name in ("no_wan_electricity", "no_wan_gas", "han_lost", "moved_away", "execution_error"):
        before, found, after = text.partition(f"{name} = {{ value = ")
        assert found
        text = before + found + "0.0, " + after.split(",", 1)[1].lstrip()
    path.write_text(text.replace("ecs08_only = { value = 0.01", "ecs08_only = { value = 0.0"))
    return path


@pytest.mark.requirement("decision 16")
def test_json_is_one_object_and_the_files_are_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "deep" / "out"
    status, printed, err = run(capsys, "--homes", 3, "--seed", 5, "--out", out, "--json")
    assert (status, err) == (0, "")
    assert printed.count("\n") == 1
    summary = json.loads(printed)
    assert [key for key in KEYS if key not in summary] == []
    assert summary == json.loads((out / "summary.json").read_text())
    names = {path.name for path in out.iterdir()}
    assert names >= {"report.html", "summary.json", "portfolio.csv", "results.csv"}
    with (out / "results.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == summary["devices"]


@pytest.mark.requirement("decision 5")
@pytest.mark.parametrize("suppliers", [[ONE], [ONE, TWO]], ids=["one supplier", "two"])
def test_a_portfolio_makes_the_world(
    suppliers: list[Eui64], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    devices = portfolio(*suppliers)
    file = write(tmp_path / "mine.csv", devices)
    assumptions = quiet_networks(tmp_path / "quiet.toml")
    arguments = ("--portfolio", file, "--assumptions", assumptions, "--out", tmp_path, "--json")
    status, printed, _ = run(capsys, *arguments)
    summary = json.loads(printed)
    assert status == 0
    assert (summary["devices"], summary["safe"]) == (5, 5)
    assert (tmp_path / "portfolio.csv").read_text() == file.read_text()
    with (tmp_path / "results.csv").open(newline="") as results:
        rows = list(csv.DictReader(results))
    assert [row["device_id"] for row in rows] == [str(each.device_id) for each in devices]
    assert int(rows[0]["request_id"].rpartition(":")[2]) >= 1_900_000_000_000


def test_a_table_for_people(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "--homes", 2, "--out", tmp_path / "o")
    assert status == 0
    for words in (
        "The licence of Brightside Energy is revoked",
        "Where every meter ended",
        "Time until half of them were safe",
        "Homes off supply, nothing done",
        "report.html",
    ):
        assert words in out


def test_bad_rows_are_all_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.csv"
    rows = ["x,y,coal,SMETS9,1,nowhere,a,b,c"] * 2
    file.write_text("\n".join([",".join(COLUMNS), *rows]) + "\n")
    status, out, err = run(capsys, "--portfolio", file, "--out", tmp_path / "o")
    assert (status, out) == (2, "")
    lines = err.splitlines()
    assert len(lines) == 18
    for number, column in ((2, "device_id"), (2, "postcode"), (3, "fuel"), (3, "counter_floor")):
        assert any(f"bad.csv: line {number}, column {column}: " in line for line in lines)
    assert not (tmp_path / "o").exists()


def test_not_more_than_twenty_are_named(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "bad.csv"
    file.write_text("\n".join([",".join(COLUMNS), *["too,short"] * 33]) + "\n")
    status, _, err = run(capsys, "--portfolio", file)
    lines = err.splitlines()
    assert status == 2
    assert len(lines) == 21
    assert lines[-1] == f"stayon: {file}: and 13 more"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"\xff\xfe", "is not UTF-8"),
        (b"[event]", "assumptions: event.starts: Field required"),
    ],
)
def test_bad_assumptions_are_one_sentence(
    content: bytes, words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.toml").write_bytes(content)
    status, out, err = run(capsys, "--assumptions", tmp_path / "mine.toml")
    assert (status, out) == (2, "")
    assert words in err
    assert err.count("\n") == 1


def test_a_supplier_who_has_another_part_does_not_fail(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write(tmp_path / "mine.csv", portfolio(SCARCE))
    status, _, err = run(capsys, "--portfolio", file, "--out", tmp_path / "o", "--json")
    assert status == 2
    assert err == f"stayon: {SCARCE} is Harbour Energy and does not fail here\n"


def test_an_earlier_rehearsal_is_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first = run(capsys, "--homes", 2, "--out", tmp_path, "--json")
    assert run(capsys, "--homes", 2, "--out", tmp_path, "--json") == first


def test_an_event_that_is_over_too_soon_is_status_1(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A day is not enough for a meter without a HAN."""
    text = shipped_text().replace("days = { value = 28", "days = { value = 1")
    text = text.replace("han_lost = { value = 0.08", "han_lost = { value = 1.0")
    text = text.replace("han_heals = { value = 0.9", "han_heals = { value = 0.0")
    (tmp_path / "short.toml").write_text(text)
    arguments = ("--homes", 2, "--assumptions", tmp_path / "short.toml", "--out", tmp_path)
    status, printed, _ = run(capsys, *arguments, "--json")
    assert status == 1
    summary = json.loads(printed)
    ends = ("safe", "already_safe", "refused", "unreachable", "needs_local_delivery")
    assert sum(summary[end] for end in ends) < summary["devices"]
    assert "report.html" in {path.name for path in tmp_path.iterdir()}


def test_the_command_has_the_agreed_options() -> None:
    options = {option for parameter in rehearse.params for option in parameter.opts}
    assert options >= {"--homes", "--portfolio", "--seed", "--out", "--json"}
