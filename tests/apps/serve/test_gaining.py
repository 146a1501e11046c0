"""The Supplier of Last Resort gains the homes of a served world, and the contingency is over."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.apps.serve.serving import json_of, run_command, served_world

from stayon.apps.cli.main import stayon
from stayon.apps.world.cast import SUPPLIER_OF_LAST_RESORT
from stayon.parties.srp.portfolio import load_portfolio


@pytest.mark.requirement("PIA-A10", "decision-14")
def test_a_gained_device_trusts_the_gaining_supplier(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with served_world(tmp_path / "world") as world:
        monkeypatch.setenv("STAYON_WORLD", str(world))
        portfolio = world / "portfolio.csv"
        devices = load_portfolio(portfolio.read_bytes())
        early = gain(portfolio, "--device", str(devices[0].device_id))
        assert early == [{"device": str(devices[0].device_id), "gained": False, "words": "E4"}]
        for mpxn in sorted({each.mpxn for each in devices}):
            move = ("ssmi", "registration", "move", mpxn, SUPPLIER_OF_LAST_RESORT)
            run_command(*move, "--as", "alice")
        outcomes = gain(portfolio)
        assert {each["device"] for each in outcomes} == {str(each.device_id) for each in devices}
        gained = [each for each in outcomes if each["gained"]]
        assert gained, outcomes
        rows = json_of("ssmi", "sat", "--device", gained[0]["device"], "--as", "alice", "--json")
        assert "6.23" in {row["srv"] for row in rows}


def gain(portfolio: Path, *options: str) -> list[dict[str, object]]:
    """What the command says of each device, whether or not all were gained."""
    arguments = ["supplier", "gain", str(portfolio), "--json", "--answer-within", "5s", *options]
    result = CliRunner().invoke(stayon, arguments)
    assert result.exit_code in (0, 1), (result.output, result.exception)
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_a_device_that_is_in_no_portfolio(tmp_path: Path) -> None:
    portfolio = tmp_path / "portfolio.csv"
    header = "device_id,supplier_id,fuel,smets,mpxn,route,gbcs_version,counter_floor,postcode"
    row = "02-5A-E0-00-00-00-00-01,02-5A-5C-00-00-00-00-01,electricity,SMETS2"
    portfolio.write_text(f"{header}\n{row},1234567890123,csp-north,4.1,,\n")
    stranger = "02-5A-E0-FF-00-00-00-01"
    words = run_command(
        "supplier", "gain", portfolio, "--world", tmp_path, "--device", stranger, refused=True
    )
    assert f"not in {portfolio}: {stranger}" in words
