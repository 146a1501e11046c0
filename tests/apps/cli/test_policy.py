"""``stayon policy`` as an operator types it."""

import json
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner

from stayon.adapters import package_data
from stayon.apps.cli.main import main
from stayon.apps.cli.policy import policy
from stayon.checks.order import DECLARATIONS
from stayon.policy import FILES


def shipped(name: str) -> str:
    return package_data.read(f"policy/data/{name}").decode()


def run(*arguments: str) -> str:
    result = CliRunner().invoke(policy, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.output


def test_the_shipped_policy_is_valid() -> None:
    assert run("check") == "The policy is valid; warnings: 0.\n"
    assert json.loads(run("check", "--json")) == {"valid": True, "warnings": []}


@pytest.mark.requirement("PIA-R4", "decision 17", refuses=True)
def test_doubtful_limits_are_warned_of(tmp_path: Path) -> None:
    limits = shipped("anomaly_limits.toml").replace("£2000.00", "£400.00")
    (tmp_path / "anomaly_limits.toml").write_text(limits)
    output = run("check", str(tmp_path))
    assert "warning: dsp excludes the safe profile" in output
    assert output.endswith("warnings: 8.\n")


@pytest.mark.requirement("decision 6", refuses=True)
@pytest.mark.parametrize(
    ("name", "change", "words"),
    [
        ("safe_prepayment.toml", ('"START"', '"STOP"'), "schedule row 1: is a STOP"),
        ("safe_prepayment.toml", ('"*-12-31"', '"2099-12-31"'), "schedule row 1: ends"),
        ("safe_prepayment.toml", ('limit = "£100.00"', 'limit = "£0"'), "emergency_credit_limit"),
        ("safe_prepayment.toml", ('cap = "£0"', 'cap = "£1"'), "debt_recovery_rate_cap"),
        (
            "roles.toml",
            ('"1.6", change = "CR4426", active = false', '"6.23", change = "CR1", active = true'),
            "no fixed format",
        ),
        ("safe_payment_mode.toml", ('"credit"', '"prepayment"'), "prepayment"),
    ],
)
def test_an_unsafe_policy_is_one_sentence_and_status_2(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    name: str,
    change: tuple[str, str],
    words: str,
) -> None:
    (tmp_path / name).write_text(shipped(name).replace(*change))
    with pytest.raises(SystemExit) as exited:
        main(["policy", "check", str(tmp_path)])
    assert exited.value.code == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(f"stayon: {name}: ")
    assert words in captured.err
    assert captured.err.count("\n") == 1


def test_a_file_that_cannot_be_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "roles.toml").write_bytes(b"\xff")
    with pytest.raises(SystemExit) as exited:
        main(["policy", "check", str(tmp_path)])
    assert exited.value.code == 2
    assert "cannot be read as UTF-8" in capsys.readouterr().err


@pytest.mark.requirement("R3")
def test_show_says_who_may_send_what(tmp_path: Path) -> None:
    shown = run("show")
    assert "SolrContingency 2.1; threshold without an ADT file: 0" in shown
    assert "emergency credit limit £100.00" in shown
    (tmp_path / "admission.toml").write_text(
        shipped("admission.toml").replace("require_revoked = true", "require_revoked = false")
    )
    assert "must be revoked: no" in run("show", "--policy-dir", str(tmp_path))
    found = json.loads(run("show", "--json"))
    assert found["roles"]["SolrContingency"]["services"] == ["2.1"]
    assert found["safe_prepayment"]["gas"]["max_credit_threshold"] == 9000000


def test_checks_are_listed_in_order() -> None:
    ids = [check.check_id for check in DECLARATIONS]
    rows = [json.loads(line) for line in run("checks", "--json").splitlines()]
    assert [row["check"] for row in rows] == ids
    plain = run("checks")
    assert [line.split()[0] for line in plain.splitlines() if not line.startswith(" ")] == ids
    assert run("checks", "--markdown").startswith("# Checks\n")


@pytest.mark.requirement("S1", "S2", "S3", "D13")
def test_show_says_what_each_s1sp_serves(tmp_path: Path) -> None:
    assert "S1SP Trilliant  1.6, 2.1, 6.23; tolerant load of reference data" in run("show")
    own = 'name = "S1SP Secure"\nserves = ["1.6", "2.1", "6.23"]'
    text = shipped("s1sps.toml").replace(own, own.replace('"2.1", ', ""))
    (tmp_path / "s1sps.toml").write_text(text)
    shown = json.loads(run("show", "--policy-dir", str(tmp_path), "--json"))["s1sps"]
    assert shown["s1sp-secure"]["serves"] == ["1.6", "6.23"]
    assert shown["s1sp-cgi-ie"]["alerts"]["attribute_limit"] == "S1VE4"
    assert "which s1sp-secure does not serve" in run("check", str(tmp_path))


def test_every_policy_file_has_a_schema_that_the_shipped_one_obeys() -> None:
    schemas = json.loads(run("schema"))
    assert set(schemas) == set(FILES)
    for name, schema in schemas.items():
        assert json.loads(run("schema", name)) == schema
        root = schema.get("$defs", {}).get(schema.get("$ref", "").rpartition("/")[2], schema)
        known = root.get("properties")
        if known is not None:
            assert set(tomllib.loads(shipped(name))) <= set(known), name


def test_there_is_no_schema_of_another_file(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["policy", "schema", "else.toml"])
    assert stopped.value.code == 2
    assert "else.toml" in capsys.readouterr().err
