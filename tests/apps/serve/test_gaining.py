"""The Supplier of Last Resort gains the homes of a served world, and the contingency is over."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.apps.serve.serving import json_of, run_command, served_world

from stayon.adapters.clock.system import SystemClock
from stayon.apps.cli.main import stayon
from stayon.apps.world.cast import S1SPS, SUPPLIER_OF_LAST_RESORT
from stayon.domain.instants import format_instant
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
        no = {"device": str(devices[0].device_id), "gained": False, "kept": False, "words": "E4"}
        assert early == [no]
        for mpxn in sorted({each.mpxn for each in devices}):
            move = ("ssmi", "registration", "move", mpxn, SUPPLIER_OF_LAST_RESORT)
            run_command(*move, "--as", "alice")
        # An S1SP does not wait (and a SMETS2+ meter's answer takes longer than this test).
        older = next(str(each.device_id) for each in devices if each.route in S1SPS)
        (later,) = gain(portfolio, "--device", older, "--at", tomorrow())
        assert later == no | {"device": older, "words": "DCC Alert N42"}
        (forgotten,) = gain(portfolio, "--device", older, "--cancel")
        assert (forgotten["gained"], forgotten["kept"]) == (False, False)
        outcomes = gain(portfolio)
        assert {each["device"] for each in outcomes} == {str(each.device_id) for each in devices}
        gained = [each for each in outcomes if each["gained"]]
        assert gained, outcomes
        rows = json_of("ssmi", "sat", "--device", gained[0]["device"], "--as", "alice", "--json")
        assert "6.23" in {row["srv"] for row in rows}


def tomorrow() -> str:
    at = SystemClock().now().replace(microsecond=0) + timedelta(days=1)
    return format_instant(at)


def test_a_time_and_a_cancellation_exclude_each_other(tmp_path: Path) -> None:
    (portfolio := tmp_path / "portfolio.csv").touch()
    both = ("--at", tomorrow(), "--cancel")
    words = run_command("supplier", "gain", portfolio, "--world", tmp_path, *both, refused=True)
    assert "exclude each other" in words


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
